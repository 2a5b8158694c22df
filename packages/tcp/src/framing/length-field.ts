import { tcpErrors } from '../catalogue.ts';
import { hexDigit, readInteger, writeInteger } from './integers.ts';
import { headHex } from './payload.ts';
import type { ByteWindow } from './window.ts';

/** A length field in one of its forms. */
export interface LengthField {
  /** Counted from the start of the frame; -1: it follows the previous field. */
  readonly offset: number;
  readonly as: 'binary' | 'decimal' | 'hex' | 'varint';
  /** Bytes it has, or may have. */
  readonly size: number;
  readonly little: boolean;
  readonly mask: number;
  readonly shift: number;
  /** -1: none. */
  readonly until: number;
  readonly counts: boolean;
}

/**
 * Reads a field whose first byte is `at` bytes from the window's start.
 *
 *     binary    | 1..8 bytes |              mask and shift apply up to 4
 *     decimal   '0' '0' '4' '2'             all of them digits
 *     decimal   '4' '2' ','                 up to "until", which is part of the field
 *     varint    1aaaaaaa 0bbbbbbb           bbbbbbb aaaaaaa, 7 bits a byte, lowest first
 */
export class LengthFieldReader {
  /** After {@link read}: where the field ends, counted as `at` is; or, if it was incomplete, bytes that are needed. */
  end = 0;
  readonly #field: LengthField;

  constructor(field: LengthField) {
    this.#field = field;
  }

  /** Returns the number, or -1 if bytes are missing. Throws `FRAME_LENGTH_UNREADABLE`. */
  read(window: ByteWindow, at: number): number {
    const { as, size, little, mask, shift, until } = this.#field;
    const have = window.end - window.start;
    if (as === 'varint') return this.#varint(window, at, have);
    if (until >= 0) return this.#digitsUntil(window, at, have);
    this.end = at + size;
    if (have < this.end) return -1;
    if (as === 'binary') {
      const value = readInteger(window.bytes, window.start + at, size, little);
      return size <= 4 ? (value & mask) >>> shift : value;
    }
    const base = as === 'hex' ? 16 : 10;
    let value = 0;
    for (let i = at; i < at + size; i++) {
      const one = hexDigit(window.at(i));
      if (one < 0 || one >= base) throw this.#unreadable(window, at, at + size);
      value = value * base + one;
    }
    return value;
  }

  #digitsUntil(window: ByteWindow, at: number, have: number): number {
    const { as, size, until } = this.#field;
    const base = as === 'hex' ? 16 : 10;
    let value = 0;
    for (let i = at; i < have; i++) {
      const byte = window.at(i);
      if (byte === until && i > at) {
        this.end = i + 1;
        return value;
      }
      const one = hexDigit(byte);
      if (one < 0 || one >= base || i - at >= size) throw this.#unreadable(window, at, i + 1);
      value = value * base + one;
    }
    this.end = Math.max(have, at) + 1;
    return -1;
  }

  #varint(window: ByteWindow, at: number, have: number): number {
    let value = 0;
    for (let i = at; i < have; i++) {
      if (i - at >= this.#field.size) throw this.#unreadable(window, at, i);
      const byte = window.at(i);
      value += (byte & 0x7f) * 2 ** (7 * (i - at));
      if (byte < 0x80) {
        this.end = i + 1;
        return value;
      }
    }
    if (have - at >= this.#field.size) throw this.#unreadable(window, at, have);
    this.end = Math.max(have, at) + 1;
    return -1;
  }

  #unreadable(window: ByteWindow, from: number, to: number): Error {
    const { as } = this.#field;
    return tcpErrors.error('FRAME_LENGTH_UNREADABLE', {
      found: headHex(window.view(from, to)),
      expected: as === 'varint' ? `varint of ${this.#field.size} bytes` : `${as} number`,
    });
  }
}

/** The bytes of a field with this value; undefined if it does not fit. Varints and digits up to `until` have no more than needed. */
export function writeLengthField(
  { as, size, little, mask, shift, until }: LengthField,
  value: number,
): Buffer | undefined {
  if (value < 0) return undefined;
  if (as === 'varint') {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
    return bytes.length > size ? undefined : Buffer.from(bytes);
  }
  if (as !== 'binary') {
    const digits = value.toString(as === 'hex' ? 16 : 10).toUpperCase();
    if (digits.length > size) return undefined;
    return until < 0
      ? Buffer.from(digits.padStart(size, '0'))
      : Buffer.concat([Buffer.from(digits), Buffer.from([until])]);
  }
  const place = Buffer.alloc(size);
  const raw = size <= 4 ? value * 2 ** shift : value;
  if (raw >= 256 ** size || (size <= 4 && (raw & mask) >>> 0 !== raw)) return undefined;
  writeInteger(place, 0, size, little, raw);
  return place;
}

/** A plain binary field at a fixed place. */
export function binaryField(offset: number, size: number, little: boolean): LengthField {
  return { offset, as: 'binary', size, little, mask: 0xffff_ffff, shift: 0, until: -1, counts: true };
}
