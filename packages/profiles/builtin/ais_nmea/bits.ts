// The bits of an AIS message.

import { BitReader, hex } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

export type Message = Record<string, number | string | boolean>;

export class Bits {
  readonly #bytes: Uint8Array;
  readonly #reader: BitReader;
  readonly #padding: number;

  constructor(payload: string, fill: number, skip = 0) {
    const length = payload.length * 6 - fill;
    this.#bytes = unarmoured(payload);
    this.#reader = new BitReader(this.#bytes);
    this.#padding = this.#bytes.length * 8 - length;
    this.#reader.skip(skip);
  }

  get left(): number {
    return this.#reader.left - this.#padding;
  }

  /** `short`: bits that are missing are 0. */
  read(kind: string, bits: number, short: boolean): number | string | boolean {
    if (bits > this.left) {
      if (!short) throw new Error('the message is cut off');
      const given = Math.max(0, this.left);
      return kind === 'b' ? false : this.#reader.bits(given) * 2 ** (bits - given);
    }
    if (kind === 'i') return this.#reader.signed(bits);
    if (kind === 'b') return this.#reader.flag();
    if (kind === 't') return this.text(bits);
    return this.#reader.bits(bits);
  }

  text(bits: number): string {
    const text = this.#reader.text6(Math.floor(bits / 6));
    this.#reader.skip(bits % 6);
    return text;
  }

  /** bits:hex, the last byte with the bits that follow on the wire. */
  data(bits: number): string {
    const bytes: number[] = [];
    for (let left = bits; left > 0; left -= 8) {
      const some = Math.min(8, left);
      let byte = this.#reader.bits(some);
      for (let ahead = 0; ahead < 8 - some; ahead++) byte = byte * 2 + Number(this.peek(ahead));
      bytes.push(byte);
    }
    return `${bits}:${hex(Uint8Array.from(bytes))}`;
  }

  /** The bit so far on; behind the message they are 0. */
  peek(ahead: number): boolean {
    if (ahead >= this.left) return false;
    const at = this.#bytes.length * 8 - this.#reader.left + ahead;
    return (((this.#bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) === 1;
  }
}

/** Six bits a character, packed into bytes. */
function unarmoured(payload: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((payload.length * 6) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of payload) {
    const code = character.charCodeAt(0);
    if (code < 48 || code > 119 || (code > 87 && code < 96)) throw new Error(`not armoured: ${character}`);
    held = ((held << 6) | (code > 87 ? code - 56 : code - 48)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  if (bits > 0) bytes[at] = held << (8 - bits);
  return bytes;
}
