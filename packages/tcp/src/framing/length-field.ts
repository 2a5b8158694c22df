import { tcpErrors } from '../catalogue.ts';
import { readLength } from './integers.ts';
import { headHex } from './payload.ts';
import { digit } from './spec/parts/check.ts';
import type { ParsedField, ParsedLength } from './spec/schema-parts.ts';
import type { ByteWindow } from './window.ts';

/** A length field in one of its forms. */
export interface Field {
  /** Counted from the start of the frame; -1: it follows the field before. */
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

/** The fields of a rule, in order. */
export function fieldsOf(keys: ParsedLength): Field[] {
  const { fields, ...single } = keys;
  const list = fields ?? [{ ...single, counts: true }];
  const all = list.map((field, i) => fieldOf(field, i));
  checkApart(all);
  return all;
}

/** Offsets count from the start of the frame. Throws an `Error` where a field stands on one before it. */
function checkApart(fields: readonly Field[]): void {
  const taken: { readonly from: number; readonly to: number }[] = [];
  let end = 0;
  for (const [i, { offset, size, until }] of fields.entries()) {
    const from = offset < 0 ? end : offset;
    const to = from + size + (until < 0 ? 0 : 1);
    if (offset >= 0 && taken.some((other) => from < other.to && other.from < to))
      throw new Error(
        `field ${i + 1} stands on one before it: "offset" counts from the start of the frame; leave it out where the field follows the one before`,
      );
    taken.push({ from, to });
    end = to;
  }
}

function fieldOf(
  { offset, as, size, endian, mask, shift, until, counts }: ParsedField,
  index: number,
): Field {
  return {
    offset: offset ?? (index === 0 ? 0 : -1),
    as,
    size: size ?? (as === 'varint' ? 5 : until !== undefined ? 16 : 4),
    little: endian === 'little',
    mask: mask === undefined ? 0xffff_ffff : mask.readUIntBE(0, mask.length),
    shift,
    until: until ?? -1,
    counts,
  };
}

/**
 * Reads a field whose first byte is `at` bytes from the window's start.
 *
 *     binary    | 1..8 bytes |              mask and shift apply up to 4
 *     decimal   '0' '0' '4' '2'             all of them digits
 *     decimal   '4' '2' ','                 up to "until", which is part of the field
 *     varint    1aaaaaaa 0bbbbbbb           bbbbbbb aaaaaaa, 7 bits a byte, lowest first
 */
export class FieldReader {
  /** After {@link read}: where the field ends, counted as `at` is; or, if it was incomplete, bytes that are needed. */
  end = 0;
  readonly #field: Field;

  constructor(field: Field) {
    this.#field = field;
  }

  /** The number, or -1 where bytes are missing. Throws `FRAME_LENGTH_UNREADABLE`. */
  read(window: ByteWindow, at: number): number {
    const { as, size, little, mask, shift, until } = this.#field;
    const have = window.end - window.start;
    if (as === 'varint') return this.#varint(window, at, have);
    if (until >= 0) return this.#digitsUntil(window, at, have);
    this.end = at + size;
    if (have < this.end) return -1;
    if (as === 'binary') {
      const value = readLength(window.bytes, window.start + at, size, little);
      return size <= 4 ? (value & mask) >>> shift : value;
    }
    const base = as === 'hex' ? 16 : 10;
    let value = 0;
    for (let i = at; i < at + size; i++) {
      const one = digit(window.at(i));
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
      const one = digit(byte);
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

/** The bytes of a field that says `value`; undefined where it does not fit. Digits and varints have no more than needed. */
export function writeField(
  { as, size, little, mask, shift, until }: Field,
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
  for (let i = 0, rest = raw; i < size; i++, rest = Math.floor(rest / 256))
    place[little ? i : size - 1 - i] = rest % 256;
  return place;
}
