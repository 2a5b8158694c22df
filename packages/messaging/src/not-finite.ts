/** Finds the numbers that JSON cannot hold in text that another program wrote. */

/** Stands in for such a number. Text that holds this very string can only move the place that is told. */
const STAND_IN = '\u0000not-finite';

/**
 * Where a text that would be JSON but for NaN, Infinity or -Infinity (Python writes them so) has the first of them.
 * Undefined when the text is not JSON for another reason.
 */
export function notFiniteInText(text: string): { token: string; path: string } | undefined {
  const pieces: string[] = [];
  let token: string | undefined;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === 'N' || char === 'I') {
      const word = char === 'N' ? 'NaN' : 'Infinity';
      if (!text.startsWith(word, at)) return undefined;
      const start = char === 'I' && text[at - 1] === '-' ? at - 1 : at;
      pieces.push(text.slice(from, start), token === undefined ? `"${escaped(STAND_IN)}"` : 'null');
      token ??= text.slice(start, at + word.length);
      from = at + word.length;
      at = from - 1;
    }
  }
  if (token === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(pieces.join('') + text.slice(from));
    return { token, path: pathOf(value, (item) => item === STAND_IN) ?? 'the top' };
  } catch {
    return undefined;
  }
}

/** The first place, in the order of the text, at which `is` holds. Without recursion: depth costs no stack. */
function pathOf(value: unknown, is: (item: unknown) => boolean): string | undefined {
  const waiting: { value: unknown; path: string }[] = [{ value, path: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: item, path } = next;
    if (is(item)) return path === '' ? 'the top' : path;
    if (typeof item !== 'object' || item === null) continue;
    const list = Array.isArray(item);
    for (const [key, inner] of Object.entries(item).reverse())
      waiting.push({ value: inner, path: list ? `${path}[${key}]` : path === '' ? key : `${path}.${key}` });
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
