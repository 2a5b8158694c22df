const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether a JSON text has more than `most` levels of nesting. `JSON.parse` accepts any depth, but `JSON.stringify` and other
 * recursive code fails at some thousand levels. This function checks only the brackets outside strings;
 * the parser refuses text that is not JSON. The time is proportional to the length of the text; short texts cost nothing.
 */
export function nestsDeeper(json: string, most: number): boolean {
  // Each level has two brackets.
  if (json.length < 2 * most) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) quoted = !quoted;
    else if (quoted) {
      if (code === BACKSLASH) i++;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > most) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
