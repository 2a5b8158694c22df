import iconv from 'iconv-lite';
import { type InvalidBytes, REPLACEMENT, type Scheme } from './scheme.ts';

/**
 * The number of bytes of the character at `at`, valid or not; 0: more bytes are needed. A byte below 80 is a character
 * by itself unless a valid character could contain it, so that an invalid character never includes a line end.
 */
type Step = (bytes: Buffer, at: number) => number;

/**
 * Encodings with one to four bytes per character, by the tables of iconv-lite. It replaces what it cannot convert
 * without an error, so its result is checked: an encoded text is decoded again, and decoded bytes are examined
 * character by character if a U+FFFD appears.
 */
class MultiByte implements Scheme {
  readonly marked = false;
  readonly #encoding: string;
  readonly #step: Step;
  readonly #doubtful: RegExp;
  readonly #exact: boolean;

  /**
   * @param exact whether each character has exactly one form: then bytes that change when decoded and encoded again are
   * invalid
   */
  constructor(encoding: string, step: Step, exact = false) {
    this.#encoding = encoding;
    this.#step = step;
    this.#exact = exact;
    this.#doubtful = exact ? /[\ud800-\udfff\ufffd]/ : /\ufffd/;
  }

  whole(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      const size = (bytes[at] as number) < 0x80 ? 1 : this.#step(bytes, at);
      if (size === 0) return at;
      at += size;
    }
    return at;
  }

  text(bytes: Buffer): string {
    const text = this.#decode(bytes);
    if (!this.#doubtful.test(text)) return text;
    let checked = '';
    for (const { at, size, character } of this.#characters(bytes)) {
      const piece = bytes.subarray(at, at + size);
      checked += character ?? REPLACEMENT + this.#asciiEnd(piece);
    }
    return checked;
  }

  invalid(bytes: Buffer): InvalidBytes | undefined {
    for (const { at, size, character } of this.#characters(bytes)) {
      if (character !== undefined) continue;
      const kept = this.#asciiEnd(bytes.subarray(at, at + size)).length;
      return { at, length: size - kept };
    }
    return undefined;
  }

  broken(): number {
    return 1;
  }

  encode(text: string): Buffer | number {
    const bytes = this.replace(text);
    const back = this.text(bytes);
    if (back === text) return bytes;
    let at = 0;
    while (back[at] === text[at]) at++;
    const behind = at > 0 && /[\ud800-\udbff]/.test(text[at - 1] as string);
    return behind && /[\udc00-\udfff]/.test(text[at] ?? '') ? at - 1 : at;
  }

  replace(text: string): Buffer {
    return iconv.encode(text, this.#encoding);
  }

  #decode(bytes: Buffer): string {
    return iconv.decode(bytes, this.#encoding, { stripBOM: false });
  }

  *#characters(bytes: Buffer): Generator<{ at: number; size: number; character: string | undefined }> {
    let decoder = this.#decoder();
    for (let at = 0; at < bytes.length; ) {
      const size = Math.min(this.#step(bytes, at) || bytes.length, bytes.length - at);
      const piece = bytes.subarray(at, at + size);
      const text = decoder.write(piece) + (decoder.end() || '');
      const doubtful = this.#doubtful.test(text);
      // A decoder that stopped within a character may keep state. A new decoder costs more than a decoded character.
      if (doubtful && (size > 1 || this.#exact)) decoder = this.#decoder();
      const valid = !doubtful || (this.#exact && this.replace(text).equals(piece));
      yield { at, size, character: valid ? text : undefined };
      at += size;
    }
  }

  #decoder(): iconv.DecoderStream {
    return iconv.getDecoder(this.#encoding, { stripBOM: false });
  }

  /**
   * If an invalid character ends with an ASCII byte, that byte is a character by itself, except the fourth byte of
   * GB18030.
   */
  #asciiEnd(piece: Buffer): string {
    const last = piece[piece.length - 1] as number;
    return piece.length > 1 && piece.length < 4 && last < 0x80 ? String.fromCharCode(last) : '';
  }
}

/** Encodings whose characters of two bytes begin with a lead byte. */
function pairs(isLead: (byte: number) => boolean): Step {
  return (bytes, at) => (!isLead(bytes[at] as number) ? 1 : at + 1 < bytes.length ? 2 : 0);
}

const upper = pairs((byte) => byte >= 0x81 && byte <= 0xfe);
const isKanji = (byte: number): boolean => byte >= 0xa1 && byte <= 0xfe;

/** `8e xx` and `xx xx` of two bytes, `8f xx xx` of three. */
const eucJp: Step = (bytes, at) => {
  const lead = bytes[at] as number;
  if (lead !== 0x8e && lead !== 0x8f && !isKanji(lead)) return 1;
  if (at + 1 >= bytes.length) return 0;
  if (lead !== 0x8f || !isKanji(bytes[at + 1] as number)) return 2;
  return at + 2 < bytes.length ? 3 : 0;
};

/** `81-fe 40-fe` of two bytes, `81-fe 30-39 81-fe 30-39` of four. */
const gb18030: Step = (bytes, at) => {
  const left = bytes.length - at;
  const isDigit = (offset: number): boolean => isBetween(bytes[at + offset], 0x30, 0x39);
  if (!isBetween(bytes[at], 0x81, 0xfe)) return 1;
  if (left < 2) return 0;
  if (!isDigit(1)) return 2;
  if (left < 3) return 0;
  if (!isBetween(bytes[at + 2], 0x81, 0xfe)) return 1;
  if (left < 4) return 0;
  return isDigit(3) ? 4 : 1;
};

/** UTF-8 whose characters above U+FFFF are two surrogates of three bytes each. */
const cesu8: Step = (bytes, at) => {
  const lead = bytes[at] as number;
  const size = isBetween(lead, 0xc0, 0xdf) ? 2 : isBetween(lead, 0xe0, 0xef) ? 3 : 1;
  for (let i = 1; i < size; i++) {
    if (at + i >= bytes.length) return 0;
    if (!isBetween(bytes[at + i], 0x80, 0xbf)) return i;
  }
  return size;
};

function isBetween(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high;
}

/** The multi-byte encodings, by their names in iconv-lite. */
export const multiByteSchemes: Readonly<Record<string, () => Scheme>> = {
  shiftjis: () =>
    new MultiByte(
      'shiftjis',
      pairs((byte) => isBetween(byte, 0x81, 0x9f) || isBetween(byte, 0xe0, 0xfc)),
    ),
  eucjp: () => new MultiByte('eucjp', eucJp),
  cp936: () => new MultiByte('cp936', upper),
  gbk: () => new MultiByte('gbk', upper),
  gb18030: () => new MultiByte('gb18030', gb18030, true),
  cp949: () => new MultiByte('cp949', upper),
  cp950: () => new MultiByte('cp950', upper),
  big5hkscs: () => new MultiByte('big5hkscs', upper),
  cesu8: () => new MultiByte('cesu8', cesu8, true),
};
