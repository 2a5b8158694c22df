/** Search for a text in a text, and for bytes in bytes, in time linear in both. */

/** For shorter needles the search of the runtime is faster; its worst case is this many times linear. */
const SHORT = 32;

/** Compiles a search for a text in texts. */
export function textFinder(wanted: string): (text: string) => boolean {
  if (wanted.length <= SHORT) return (text) => text.includes(wanted);
  const failures = failuresOf(wanted.length, (at) => wanted.charCodeAt(at));
  return (text) => {
    let matched = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      while (matched > 0 && wanted.charCodeAt(matched) !== unit) matched = failures[matched - 1] as number;
      if (wanted.charCodeAt(matched) === unit) matched++;
      if (matched === wanted.length) return true;
    }
    return false;
  };
}

/** Compiles a search for bytes in bytes. */
export function bytesFinder(wanted: Buffer): (bytes: Uint8Array) => boolean {
  if (wanted.length <= SHORT)
    return (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(wanted);
  const failures = failuresOf(wanted.length, (at) => wanted[at] as number);
  return (bytes) => {
    let matched = 0;
    for (let at = 0; at < bytes.length; at++) {
      const unit = bytes[at];
      while (matched > 0 && wanted[matched] !== unit) matched = failures[matched - 1] as number;
      if (wanted[matched] === unit) matched++;
      if (matched === wanted.length) return true;
    }
    return false;
  };
}

/**
 * Knuth, Morris and Pratt: for each position how many units that end there are also a beginning, so that the search never
 * goes back in the text.
 */
function failuresOf(length: number, unitAt: (at: number) => number): Int32Array {
  const failures = new Int32Array(length);
  let matched = 0;
  for (let at = 1; at < length; at++) {
    const unit = unitAt(at);
    while (matched > 0 && unitAt(matched) !== unit) matched = failures[matched - 1] as number;
    if (unitAt(matched) === unit) matched++;
    failures[at] = matched;
  }
  return failures;
}
