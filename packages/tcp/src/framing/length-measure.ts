import { tcpErrors } from '../catalogue.ts';
import { type Field, FieldReader, fieldsOf } from './length-field.ts';
import { headHex } from './payload.ts';
import type { ParsedLength } from './spec/schema-parts.ts';
import type { PlainLength, RuleMeasure } from './spec/shape.ts';
import type { ByteWindow } from './window.ts';

/** Keys of a length, checked and worked out. */
export interface LengthLayout {
  readonly fields: readonly Field[];
  readonly fromStart: boolean;
  readonly adjust: number;
  readonly flag: { readonly at: number; readonly mask: number; readonly add: number } | undefined;
  readonly magic: Buffer;
  readonly endsWith: number;
  /** Bytes that are taken off; -1: up to the end of the last field that counts. */
  readonly head: number;
  readonly tail: number;
  readonly min: number;
  /** Largest frame as it is delivered. */
  readonly max: number;
}

export interface LengthAround {
  readonly magic?: Buffer | undefined;
  readonly endsWith?: Buffer | undefined;
  readonly head: number;
  readonly tail: number;
  readonly max: number;
}

export function lengthLayout(keys: ParsedLength, around: LengthAround): LengthLayout {
  const fields = fieldsOf(keys);
  if (
    keys.fields !== undefined &&
    (keys.offset !== undefined || keys.size !== undefined || keys.until !== undefined)
  )
    throw new Error('with "fields", offset, size and the like stand in them');
  if (!fields.some((field) => field.counts)) throw new Error('none of the fields counts');
  return {
    fields,
    fromStart: keys.from === 'start',
    adjust: keys.adjust,
    flag: keys.flag,
    magic: around.magic ?? NOTHING,
    endsWith: around.endsWith?.length ?? 0,
    head: around.head,
    tail: around.tail,
    min: keys.min ?? 0,
    max: around.max,
  };
}

/** Where the header ends if all fields have one size; else undefined. */
export function fixedHeader({ fields }: LengthLayout): number | undefined {
  let at = 0;
  let counted = 0;
  for (const { offset, size, as, until, counts } of fields) {
    if (as === 'varint' || until >= 0) return undefined;
    at = (offset < 0 ? at : offset) + size;
    if (counts) counted = at;
  }
  return counted;
}

/** The layout as a {@link PlainLength} where it is one. */
export function plainLength(layout: LengthLayout): PlainLength | undefined {
  const { fields, fromStart, adjust, flag, magic, head, tail, max } = layout;
  const [field] = fields;
  if (field === undefined || fields.length > 1 || flag !== undefined) return undefined;
  if (field.as !== 'binary' || ![1, 2, 4].includes(field.size)) return undefined;
  const header = field.offset + field.size;
  const off = (head < 0 ? header : head) + tail;
  return {
    prefix: magic,
    offset: field.offset,
    size: field.size,
    little: field.little,
    mask: field.mask | 0,
    shift: field.shift,
    add: adjust + (fromStart ? 0 : header),
    min: Math.max(layout.min, header + layout.endsWith, off, 1),
    max: max + off,
  };
}

/**
 *     | magic .. | FIELD .. FIELD | .. LENGTH + adjust bytes .. endsWith |      from: field
 *     |-------------------- LENGTH + adjust bytes -----------------------|      from: start
 *
 * The limit is checked as soon as the length is there. A length below the smallest possible is `FRAME_LENGTH_INVALID`.
 */
export class LengthMeasure implements RuleMeasure {
  head = 0;
  readonly tail: number;
  readonly #layout: LengthLayout;
  readonly #readers: readonly FieldReader[];

  constructor(layout: LengthLayout) {
    this.#layout = layout;
    this.#readers = layout.fields.map((field) => new FieldReader(field));
    this.tail = layout.tail;
  }

  measure(window: ByteWindow): number {
    const { fields, fromStart, adjust, flag, magic } = this.#layout;
    if (magic.length > 0 && !this.#checkMagic(window)) return 0;
    let at = 0;
    let length = 0;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as Field;
      const reader = this.#readers[i] as FieldReader;
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
    if (this.#layout.head >= 0) this.head = this.#layout.head;
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
    const { head, tail } = this;
    const { max, endsWith } = this.#layout;
    const min = Math.max(this.#layout.min, header + endsWith, head + tail, 1);
    if (total < min) throw tcpErrors.error('FRAME_LENGTH_INVALID', { length, size: total, min });
    const size = total - head - tail;
    if (size > max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: max });
  }

  /** False where too few bytes are there to tell. */
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

const NOTHING = Buffer.alloc(0);
