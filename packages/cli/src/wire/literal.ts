import type { CodePage } from '@fairlead/tcp';
import { cliErrors } from '../catalogue.ts';

interface LiteralOptions {
  /** The encoding of the text; else UTF-8. */
  readonly page?: CodePage | undefined;
  /** Whether each line feed is sent as CR LF. */
  readonly crlf?: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\' };

/**
 * Parses bytes on the command line: `hex:0d0a`, or text with `\n`, `\r`, `\t`, `\0`, `\\` and `\x7e`
 * for single bytes. Throws `USAGE_INVALID` or `TEXT_NOT_ENCODABLE`.
 */
export function literalBytes(text: string, { page, crlf = false }: LiteralOptions = {}): Buffer {
  if (text.startsWith('hex:')) return hexBytes(text.slice('hex:'.length), text);
  const encode = (part: string): Buffer => {
    const lines = crlf ? part.replaceAll(/\r?\n/g, '\r\n') : part;
    return page === undefined ? Buffer.from(lines) : page.encode(lines);
  };
  const parts: Buffer[] = [];
  let plain = '';
  for (const [token, byte, letter] of text.matchAll(/\\x([0-9a-fA-F]{2})|\\(.)|[^\\]+|\\$/gs)) {
    if (byte !== undefined) {
      parts.push(encode(plain), Buffer.from(byte, 'hex'));
      plain = '';
    } else if (letter !== undefined) plain += unescaped(letter, text);
    else if (token === '\\') throw badEscape('\\', text);
    else plain += token;
  }
  return Buffer.concat([...parts, encode(plain)]);
}

function unescaped(letter: string, text: string): string {
  const character = ESCAPES[letter];
  if (character === undefined) throw badEscape(`\\${letter}`, text);
  return character;
}

function badEscape(found: string, text: string): Error {
  const reason = `"${found}" in "${text}" is not one of \\n, \\r, \\t, \\0, \\\\ and \\x7e.`;
  return cliErrors.error('USAGE_INVALID', { reason });
}

function hexBytes(digits: string, text: string): Buffer {
  const plain = digits.replaceAll(/[\s:]/g, '');
  if (/^([0-9a-f]{2})+$/i.test(plain)) return Buffer.from(plain, 'hex');
  throw cliErrors.error('USAGE_INVALID', { reason: `"${text}": expected pairs of hexadecimal digits.` });
}
