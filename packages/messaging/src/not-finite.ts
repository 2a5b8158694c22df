/** Finds numbers that are not valid in JSON in text that another program wrote. */

/** Replaces such a number. If the text itself contains this string, only the reported place may be wrong. */
const STAND_IN = '\u0000not-finite';

/**
 * The place of the first NaN, Infinity or -Infinity (as Python writes them) in a text that is otherwise JSON.
 * Undefined if the text is not JSON for another reason.
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

/** The first place, in the order of the text, at which `is` returns true. Without recursion, so that depth needs no stack. */
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
