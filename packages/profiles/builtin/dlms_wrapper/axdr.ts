// Data in A-XDR.

import { f32, f64, hex, i8, i16, i32, i64, latin1, u8, u16, u32, u64, utf8 } from 'fairlead:helpers';
import { MAX_DEPTH } from './codes.ts';

export type Data = null | boolean | number | string | Uint8Array | Data[];

export type Values = Record<string, unknown>;

export interface Link {
  associated?: boolean;
  title?: string;
  block?: string;
}

export class Axdr {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(size: number): Uint8Array {
    if (size > this.left) throw new Error('a value ends beyond the APDU');
    this.#at += size;
    return this.#bytes.slice(this.#at - size, this.#at);
  }

  /** One byte, or 81 to 84 and as many bytes. */
  length(): number {
    const first = u8(this.take(1));
    if (first < 0x80) return first;
    if (first === 0x80 || first > 0x84) throw new Error(`no length: ${first}`);
    return this.take(first - 0x80).reduce((length, byte) => length * 256 + byte, 0);
  }

  data(depth = 0): Data {
    if (depth > MAX_DEPTH) throw new Error('values are nested too deep');
    const tag = u8(this.take(1));
    if (tag === 1 || tag === 2) return this.#items(depth);
    if (tag === 4) return hex(this.take(Math.ceil(this.length() / 8)));
    if (tag === 9) return this.take(this.length());
    if (tag === 10) return latin1(this.take(this.length()));
    if (tag === 12) return utf8(this.take(this.length()));
    const scalar = SCALARS[tag];
    if (scalar === undefined) throw new Error(`a value of the unknown type ${tag}`);
    const [size, read] = scalar;
    return read(this.take(size));
  }

  #items(depth: number): Data[] {
    const items: Data[] = [];
    for (let left = this.length(); left > 0; left--) items.push(this.data(depth + 1));
    return items;
  }
}

const SCALARS: Record<number, readonly [size: number, read: (bytes: Uint8Array) => Data]> = {
  0: [0, () => null],
  3: [1, (bytes) => u8(bytes) !== 0],
  5: [4, (bytes) => i32(bytes)],
  6: [4, (bytes) => u32(bytes)],
  13: [1, (bytes) => hex(bytes)],
  15: [1, (bytes) => i8(bytes)],
  16: [2, (bytes) => i16(bytes)],
  17: [1, (bytes) => u8(bytes)],
  18: [2, (bytes) => u16(bytes)],
  20: [8, (bytes) => Number(i64(bytes))],
  21: [8, (bytes) => Number(u64(bytes))],
  22: [1, (bytes) => u8(bytes)],
  23: [4, (bytes) => f32(bytes)],
  24: [8, (bytes) => f64(bytes)],
  25: [12, (bytes) => bytes],
  26: [5, (bytes) => hex(bytes)],
  27: [4, (bytes) => hex(bytes)],
};
