/** `fairlead:helpers`: a cursor over bytes. */
import { hex } from './bytes.ts';
import * as numbers from './numbers.ts';
import { ascii } from './text.ts';

/** Reads one field after another, from `at` to before `end`. Reading beyond `end` throws a RangeError and moves nothing. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    if (!(at >= 0 && at <= end && end <= bytes.length)) throw new RangeError('beyond the end');
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** Where the next byte is. */
  get at(): number {
    return this.#at;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return numbers.u8(this.#bytes, this.#pass(1));
  }

  i8(): number {
    return numbers.i8(this.#bytes, this.#pass(1));
  }

  u16(): number {
    return numbers.u16(this.#bytes, this.#pass(2));
  }

  u16le(): number {
    return numbers.u16le(this.#bytes, this.#pass(2));
  }

  i16(): number {
    return numbers.i16(this.#bytes, this.#pass(2));
  }

  i16le(): number {
    return numbers.i16le(this.#bytes, this.#pass(2));
  }

  u24(): number {
    return numbers.u24(this.#bytes, this.#pass(3));
  }

  u24le(): number {
    return numbers.u24le(this.#bytes, this.#pass(3));
  }

  i24(): number {
    return numbers.i24(this.#bytes, this.#pass(3));
  }

  i24le(): number {
    return numbers.i24le(this.#bytes, this.#pass(3));
  }

  u32(): number {
    return numbers.u32(this.#bytes, this.#pass(4));
  }

  u32le(): number {
    return numbers.u32le(this.#bytes, this.#pass(4));
  }

  i32(): number {
    return numbers.i32(this.#bytes, this.#pass(4));
  }

  i32le(): number {
    return numbers.i32le(this.#bytes, this.#pass(4));
  }

  f32(): number {
    return numbers.f32(this.#bytes, this.#pass(4));
  }

  f32le(): number {
    return numbers.f32le(this.#bytes, this.#pass(4));
  }

  f64(): number {
    return numbers.f64(this.#bytes, this.#pass(8));
  }

  f64le(): number {
    return numbers.f64le(this.#bytes, this.#pass(8));
  }

  u64(): number | bigint {
    return numbers.u64(this.#bytes, this.#pass(8));
  }

  u64le(): number | bigint {
    return numbers.u64le(this.#bytes, this.#pass(8));
  }

  i64(): number | bigint {
    return numbers.i64(this.#bytes, this.#pass(8));
  }

  i64le(): number | bigint {
    return numbers.i64le(this.#bytes, this.#pass(8));
  }

  /** The next `count` bytes, which share the memory of all. */
  take(count: number): Uint8Array {
    const from = this.#pass(count);
    return this.#bytes.subarray(from, from + count);
  }

  hex(count: number): string {
    return hex(this.take(count));
  }

  ascii(count: number): string {
    return ascii(this.take(count));
  }

  skip(count: number): void {
    this.#pass(count);
  }

  /** Where the bytes begin that are passed. */
  #pass(count: number): number {
    if (!(count >= 0 && count <= this.left)) throw new RangeError('beyond the end');
    const from = this.#at;
    this.#at += count;
    return from;
  }
}
