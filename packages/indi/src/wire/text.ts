/** Bytes and text of XML: spaces, ends of names, and entities. */
import { isAscii } from 'node:buffer';

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are not plain
const PLAIN = /^[^\u0000-\u001f<>&'"\u007f-\uffff]*$/;
const SPECIAL = /[<>&'"\r\n\t]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};
// Characters that XML 1.0 cannot contain, not even as an entity.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether `byte` ends a name: a space, `/` or `>`. */
export function isNameEnd(byte: number): boolean {
  return byte === 0x3e || byte === 0x2f || isSpace(byte);
}

/** Resolves the five named entities and numeric ones. Others are left as they are. */
export function resolveEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex as string, 16);
    return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? whole : String.fromCodePoint(code);
  });
}

/** Escapes text for an attribute value in either kind of quotes. */
export function escapeAttribute(text: string): string {
  return text.replace(SPECIAL, (char) => ESCAPED[char] as string);
}

/** Escapes text for the content of an element, in which line ends stay as they are. */
export function escapeContent(text: string): string {
  return text.replace(SPECIAL, (char) => (char === '\n' || char === '\t' ? char : (ESCAPED[char] as string)));
}

/** Whether `text` needs no escapes anywhere. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** Why `text` cannot be written in XML, or undefined. */
export function notWritable(text: string): string | undefined {
  if (!text.isWellFormed()) return 'it holds half of a surrogate pair';
  const found = FORBIDDEN.exec(text);
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0).toString(16).padStart(4, '0');
  return `it holds the control character U+${code} at ${found.index}`;
}

/**
 * ASCII bytes up to this size are converted to one string, whose parts are then sliced: this costs less than one string
 * per part.
 */
const AT_ONCE = 65_536;

/** UTF-8 bytes of which parts are needed as strings. */
export class Utf8 {
  readonly bytes: Buffer;
  readonly #text: string | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#text = bytes.length <= AT_ONCE && isAscii(bytes) ? bytes.toString('latin1') : undefined;
  }

  slice(from: number, to: number): string {
    return this.#text === undefined ? this.bytes.toString('utf8', from, to) : this.#text.slice(from, to);
  }
}
