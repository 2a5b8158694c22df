/** Bytes as text. */

/** As `TextDecoder` calls them. */
export const codePages = [
  'utf-8',
  'windows-1252',
  'gb18030',
  'big5',
  'shift_jis',
  'euc-kr',
  'windows-1251',
  'utf-16le',
  'utf-16be',
] as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/g;

/** The text of a line of bytes, two digits each; a point for what cannot be seen. */
export function lineText(bytes: readonly string[], codePage: string): string {
  return textOf(bytes.join(''), codePage);
}

/** @param most bytes that are decoded */
export function textOf(hex: string, codePage: string, most = Number.POSITIVE_INFINITY): string {
  const size = Math.min(hex.length >> 1, most);
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return decoderOf(codePage).decode(bytes).replace(UNSEEN, '.');
}

function decoderOf(codePage: string): TextDecoder {
  return new TextDecoder((codePages as readonly string[]).includes(codePage) ? codePage : 'utf-8');
}
