/** Text with escape sequences, in bodies and conditions. */

/** A piece of a body: text is encoded in the code page, bytes are sent unchanged. */
export type Piece =
  | { readonly text: string; readonly bytes?: undefined }
  | { readonly bytes: Uint8Array; readonly text?: undefined };

export class LiteralError extends Error {}

const SIMPLE: Readonly<Record<string, string>> = {
  r: '\r',
  n: '\n',
  t: '\t',
  '0': '\0',
  '\\': '\\',
  '{': '{',
  '}': '}',
};

/**
 * `\r \n \t \0 \\ \{ \}`, `\uHHHH` for a character, `\xHH` for a byte. Throws {@link LiteralError} with the reason.
 */
export function pieces(source: string): Piece[] {
  const found: Piece[] = [];
  let text = '';
  const bytes: number[] = [];
  const endText = () => {
    if (text !== '') found.push({ text });
    text = '';
  };
  const endBytes = () => {
    if (bytes.length > 0) found.push({ bytes: Uint8Array.from(bytes.splice(0)) });
  };
  for (let at = 0; at < source.length; at++) {
    if (source[at] !== '\\') {
      endBytes();
      text += source[at];
      continue;
    }
    const letter = source[++at];
    if (letter === 'x') {
      endText();
      bytes.push(hexadecimal(source, at + 1, 2));
      at += 2;
      continue;
    }
    endBytes();
    if (letter === 'u') {
      text += String.fromCharCode(hexadecimal(source, at + 1, 4));
      at += 4;
    } else {
      const meant = letter === undefined ? undefined : SIMPLE[letter];
      if (meant === undefined)
        throw new LiteralError(`\\${letter ?? ''} is not an escape sequence; write \\\\ for a backslash`);
      text += meant;
    }
  }
  endText();
  endBytes();
  return found;
}

/** Text with escape sequences that must not contain bytes: in conditions on text. Throws {@link LiteralError}. */
export function literalText(source: string): string {
  return pieces(source)
    .map((piece) => {
      if (piece.text !== undefined) return piece.text;
      if (piece.bytes.every((byte) => byte < 0x80)) return Buffer.from(piece.bytes).toString('latin1');
      throw new LiteralError('bytes above \\x7F are not text; compare bytes instead, with on: bytes');
    })
    .join('');
}

/** Bytes in hexadecimal. Spaces, colons and hyphens between them are allowed. Throws {@link LiteralError}. */
export function hexBytes(source: string): Buffer {
  const digits = source.replace(/[\s:-]/g, '');
  if (!/^([0-9A-Fa-f]{2})*$/.test(digits))
    throw new LiteralError('write each byte as two hexadecimal digits, such as 02 41 0D');
  return Buffer.from(digits, 'hex');
}

function hexadecimal(source: string, from: number, digits: number): number {
  const text = source.slice(from, from + digits);
  if (text.length === digits && /^[0-9A-Fa-f]+$/.test(text)) return Number.parseInt(text, 16);
  throw new LiteralError(`${digits} hexadecimal digits are required after \\${digits === 2 ? 'x' : 'u'}`);
}
