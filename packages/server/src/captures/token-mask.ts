const ASTERISK = 0x2a;
const [F, L, UNDERSCORE] = [0x66, 0x6c, 0x5f];
const PREFIX = 3;
const TOKEN = 35;

/** Overwrites the digits of tokens that Fairlead made (`fl_` and 32 hexadecimal digits), also of one that comes in several pieces. */
export class TokenMask {
  /** How many bytes of a token came last. */
  #matched = 0;

  /** A copy of the next piece. */
  next(piece: Uint8Array): Buffer {
    const masked = Buffer.from(piece);
    for (let at = 0; at < masked.length; at++) {
      const byte = masked[at] as number;
      if (this.#matched >= PREFIX && isDigit(byte)) {
        masked[at] = ASTERISK;
        this.#matched = (this.#matched + 1) % TOKEN;
      } else if (byte === [F, L, UNDERSCORE][this.#matched]) this.#matched++;
      else this.#matched = byte === F ? 1 : 0;
    }
    return masked;
  }
}

/** The same for bytes that are whole. */
export function masked(bytes: Uint8Array): Buffer {
  return new TokenMask().next(bytes);
}

const isDigit = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
