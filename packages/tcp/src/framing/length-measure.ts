import { tcpErrors } from '../catalogue.ts';
import { type LengthField, LengthFieldReader } from './length-field.ts';
import { MEASURED, type Measure } from './measure.ts';
import { headHex } from './payload.ts';
import type { ByteWindow } from './window.ts';

/**
 * The place of the length field of a frame, and the bytes that it counts.
 *
 *     | magic .. | FIELD .. FIELD | .. LENGTH + adjust bytes .. endsWith |      counted from the end of the last field
 *     |-------------------- LENGTH + adjust bytes -----------------------|      fromStart
 */
export interface LengthLayout {
  /** Their values are added. */
  readonly fields: readonly LengthField[];
  readonly fromStart: boolean;
  readonly adjust: number;
  /** A bit that adds to the length. */
  readonly flag: { readonly at: number; readonly mask: number; readonly add: number } | undefined;
  readonly magic: Buffer;
  readonly endsWith: Buffer;
  /** Bytes to strip. {@link MEASURED}: up to the end of the last field that counts. */
  readonly head: number;
  readonly tail: number;
  /** Smallest frame on the wire, if it is larger than what follows from the other keys. */
  readonly min: number;
  /** Largest frame as it is delivered. */
  readonly max: number;
}

/** The smallest and the largest frame on the wire. */
interface SizeBounds {
  readonly min: number;
  readonly max: number;
}

/** @param header bytes up to the end of the last field */
export function sizeBounds(
  { min, max, endsWith, tail }: LengthLayout,
  header: number,
  head: number,
): SizeBounds {
  return { min: Math.max(min, header + endsWith.length, head + tail, 1), max: max + head + tail };
}

/** Where the last field that counts ends, if all fields have a fixed size; else undefined. */
export function fixedHeader({ fields }: LengthLayout): number | undefined {
  return fieldsEnd(fields)?.counted;
}

/** Bytes from the start that decide the size of a frame, errors included; undefined: that depends on the bytes. */
export function decidedBy({ fields, flag }: LengthLayout): number | undefined {
  return flag === undefined ? fieldsEnd(fields)?.all : undefined;
}

/** Where the fields end: those that count, and all; undefined if their size depends on the bytes. */
function fieldsEnd(fields: LengthLayout['fields']): { counted: number; all: number } | undefined {
  let at = 0;
  let [counted, all] = [0, 0];
  for (const { offset, size, as, until, counts } of fields) {
    if (as === 'varint' || until >= 0) return undefined;
    at = (offset < 0 ? at : offset) + size;
    all = Math.max(all, at);
    if (counts) counted = at;
  }
  return { counted, all };
}

/**
 * Frames whose size follows from one number at a fixed place, as in most protocols. The decoder finds their end without
 * the measure.
 */
export interface PlainLength extends SizeBounds {
  /** What each frame begins with. */
  readonly prefix: Buffer;
  readonly offset: number;
  /** 1 to 4; 0: there is no field, all frames have `add` bytes. */
  readonly size: number;
  readonly little: boolean;
  readonly mask: number;
  readonly shift: number;
  /** Added to the number, it gives the size of the frame. */
  readonly add: number;
}

/** The layout as a {@link PlainLength}; undefined if it needs more than that. */
export function plainLength(layout: LengthLayout): PlainLength | undefined {
  const { fields, fromStart, adjust, flag, magic } = layout;
  const [field] = fields;
  if (field === undefined || fields.length > 1 || flag !== undefined) return undefined;
  if (field.as !== 'binary' || field.size > 4) return undefined;
  const header = field.offset + field.size;
  return {
    prefix: magic,
    offset: field.offset,
    size: field.size,
    little: field.little,
    mask: field.mask | 0,
    shift: field.shift,
    add: adjust + (fromStart ? 0 : header),
    ...sizeBounds(layout, header, layout.head === MEASURED ? header : layout.head),
  };
}

/**
 * Measures frames by their {@link LengthLayout}. It checks the limit as soon as the length is there. A length below the
 * smallest possible is `FRAME_LENGTH_INVALID`. The end (`endsWith`) is left to the caller.
 */
export class LengthMeasure implements Measure {
  head = 0;
  readonly tail: number;
  readonly #layout: LengthLayout;
  readonly #readers: readonly LengthFieldReader[];

  constructor(layout: LengthLayout) {
    this.#layout = layout;
    this.#readers = layout.fields.map((field) => new LengthFieldReader(field));
    this.tail = layout.tail;
  }

  measure(window: ByteWindow): number {
    const { fields, fromStart, adjust, flag, magic } = this.#layout;
    if (magic.length > 0 && !this.#checkMagic(window)) return 0;
    let at = 0;
    let length = 0;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as LengthField;
      const reader = this.#readers[i] as LengthFieldReader;
      const value = reader.read(window, field.offset < 0 ? at : field.offset);
      at = reader.end;
      if (value < 0) {
        window.short(at);
        return 0;
      }
      if (field.counts) {
        length += value;
        this.head = at;
      }
    }
    if (this.#layout.head !== MEASURED) this.head = this.#layout.head;
    let total = length + adjust + (fromStart ? 0 : at);
    if (flag !== undefined) {
      if (window.length <= flag.at) {
        window.short(flag.at + 1);
        return 0;
      }
      if ((window.at(flag.at) & flag.mask) !== 0) total += flag.add;
    }
    this.#checkSize(total, length, at);
    if (window.length < total) {
      window.short(total);
      return 0;
    }
    return total;
  }

  #checkSize(total: number, length: number, header: number): void {
    const { min, max } = sizeBounds(this.#layout, header, this.head);
    if (total < min) throw tcpErrors.error('FRAME_LENGTH_INVALID', { length, size: total, min });
    const stripped = this.head + this.tail;
    if (total > max)
      throw tcpErrors.error('FRAME_TOO_LARGE', { size: total - stripped, limit: max - stripped });
  }

  /** Returns false if too few bytes are there. */
  #checkMagic(window: ByteWindow): boolean {
    const { magic } = this.#layout;
    const have = Math.min(magic.length, window.length);
    for (let i = 0; i < have; i++) {
      if (window.at(i) !== magic[i])
        throw tcpErrors.error('FRAME_MAGIC_MISMATCH', {
          expected: magic.toString('hex'),
          found: headHex(window.view(0, have)),
        });
    }
    if (have < magic.length) window.short(have + 1);
    return have === magic.length;
  }
}

/** Throws `FRAME_TRAILER_MISMATCH` unless the first `total` bytes end with `trailer`. */
export function checkTrailer(window: ByteWindow, total: number, trailer: Buffer): void {
  const at = total - trailer.length;
  for (let i = 0; i < trailer.length; i++) {
    if (window.at(at + i) !== trailer[i])
      throw tcpErrors.error('FRAME_TRAILER_MISMATCH', {
        expected: trailer.toString('hex'),
        found: window.view(at, total).toString('hex'),
      });
  }
}
