import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpLimits } from '../limits.ts';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import { readInteger, writeInteger } from './integers.ts';
import { binaryField, type LengthField } from './length-field.ts';
import { checkTrailer, type LengthLayout, LengthMeasure, sizeBounds } from './length-measure.ts';
import { type ByteString, byteStringOption, limitOption, stripOption, timeOption } from './option-schemas.ts';
import { notEncodable, payloadBytes } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { type TimedOptions, timed } from './timed.ts';
import { type ByteWindow, cut, View } from './window.ts';

export interface LengthOptions extends TimedOptions {
  /** Bytes before the length field. Default 0. */
  readonly offset?: number;
  /** Bytes of the length field, 1 to 8. Default 4. */
  readonly bytes?: number;
  /** Default `big`. */
  readonly endian?: 'big' | 'little';
  /** Bytes after the length field that it does not count; negative if it counts the header too. Default 0. */
  readonly adjust?: number;
  /**
   * Bytes to strip: at the head, or `[head, tail]`. Default: everything up to the end of the length field, and the trailer.
   * With 0, frames are delivered whole, and each message to send must be a whole frame.
   */
  readonly strip?: number | readonly [head: number, tail: number];
  /** What each frame begins with. Another head is `FRAME_MAGIC_MISMATCH`. */
  readonly magic?: ByteString;
  /** What each frame ends with. Another end is `FRAME_TRAILER_MISMATCH`. */
  readonly trailer?: ByteString;
  /** Largest frame as it is delivered, in bytes. Default 1 MiB. */
  readonly max?: Size;
}

const schema = z
  .strictObject({
    offset: z.int().nonnegative().max(65_536).default(0),
    bytes: z.int().min(1).max(8).default(4),
    endian: z.enum(['big', 'little']).default('big'),
    adjust: z.int().min(-65_536).max(65_536).default(0),
    strip: stripOption.optional(),
    magic: byteStringOption.optional(),
    trailer: byteStringOption.optional(),
    max: limitOption.default(tcpLimits.values.frame),
    frameTimeout: timeOption.optional(),
  })
  .refine(({ magic, offset }) => magic === undefined || magic.length <= offset, {
    path: ['magic'],
    message: 'the magic bytes must end where the length field begins or before: raise "offset"',
  });

/**
 * Frames with a length field at a fixed place.
 *
 *     | magic ..  offset bytes | LENGTH (1..8 bytes) | LENGTH + adjust bytes .. trailer |
 *     |----------------------- header --------------|
 *
 *     length({ bytes: 2 })                          00 05 'h' 'e' 'l' 'l' 'o'       -> 'hello'
 *     length({ bytes: 2, adjust: -2 })              00 07 'h' 'e' 'l' 'l' 'o'       -> 'hello'
 *     length({ offset: 2, bytes: 1, adjust: 2,      78 78 01 13 0d 0a
 *              magic: 'xx', trailer: '\r\n', strip: 0 })                            -> all of it
 *
 * The limit is checked as soon as the length field is complete. A length below the smallest possible is `FRAME_LENGTH_INVALID`.
 */
export function length(options: LengthOptions = {}): Codec<Buffer, Payload> {
  const parsed = parseOptions(schema, options, 'length()');
  const layout = layoutOf(parsed);
  return {
    name: 'length',
    decoder: timed(() => new LengthDecoder(layout), parsed.frameTimeout, layout.magic),
    encoder: () => new LengthEncoder(layout),
  };
}

/** The layout that the options of {@link length} describe. */
export function lengthLayout(options: LengthOptions, where: string): LengthLayout {
  return layoutOf(parseOptions(schema, options, where));
}

function layoutOf({
  offset,
  bytes,
  endian,
  adjust,
  strip,
  magic,
  trailer = NOTHING,
  max,
}: z.output<typeof schema>): LengthLayout {
  const [head, tail] = strip ?? [offset + bytes, trailer.length];
  return {
    fields: [binaryField(offset, bytes, endian === 'little')],
    fromStart: false,
    adjust,
    flag: undefined,
    magic: magic ?? NOTHING,
    endsWith: trailer,
    head,
    tail,
    min: 0,
    max,
  };
}

const NOTHING = Buffer.alloc(0);

/** The one field of a layout that {@link lengthLayout} made. */
function fieldOf({ fields }: LengthLayout): LengthField {
  return fields[0] as LengthField;
}

/** The decoder of a layout that {@link lengthLayout} made. */
export class LengthDecoder implements FrameDecoder<Buffer> {
  readonly #measure: LengthMeasure;
  readonly #magic: Buffer;
  readonly #trailer: Buffer;
  readonly #offset: number;
  readonly #size: number;
  readonly #little: boolean;
  readonly #header: number;
  /** Added to the length, it gives the size of the frame. */
  readonly #add: number;
  readonly #head: number;
  readonly #tail: number;
  readonly #min: number;
  readonly #max: number;

  constructor(layout: LengthLayout) {
    const { offset, size, little } = fieldOf(layout);
    const { min, max } = sizeBounds(layout, offset + size, layout.head);
    this.#measure = new LengthMeasure(layout);
    this.#magic = layout.magic;
    this.#trailer = layout.endsWith;
    this.#offset = offset;
    this.#size = size;
    this.#little = little;
    this.#header = offset + size;
    this.#add = this.#header + layout.adjust;
    this.#head = layout.head;
    this.#tail = layout.tail;
    this.#min = min;
    this.#max = max;
  }

  decode(window: ByteWindow): Buffer | undefined {
    const total = this.#measure.measure(window);
    if (total === 0) return undefined;
    checkTrailer(window, total, this.#trailer);
    const from = window.start;
    window.start = from + total;
    return cut(window.bytes, from + this.#head, from + total - this.#tail);
  }

  /** Takes complete and valid frames in a row; everything else is left to {@link decode}. */
  decodeMany(window: ByteWindow, frames: Buffer[], stopAt: number): void {
    const { bytes, end } = window;
    const { buffer, byteOffset: base } = bytes;
    const header = this.#header;
    const offset = this.#offset;
    const size = this.#size;
    const little = this.#little;
    const add = this.#add;
    const head = this.#head;
    const tail = this.#tail;
    const min = this.#min;
    const max = this.#max;
    const plain = this.#magic.length === 0 && this.#trailer.length === 0;
    let at = window.start;
    while (at < end) {
      const total = plain && end - at >= header ? readInteger(bytes, at + offset, size, little) + add : 0;
      if (total >= min && total <= max && total <= end - at) {
        frames.push(new View(buffer, base + at + head, total - head - tail));
        at += total;
        window.start = at;
      } else {
        const frame = this.decode(window);
        if (frame === undefined) return;
        frames.push(frame);
        at = window.start;
      }
      if (at >= stopAt) return;
    }
  }
}

/** Adds what the decoder strips, as far as this side knows those bytes. */
class LengthEncoder implements FrameEncoder<Payload> {
  readonly #layout: LengthLayout;

  constructor(layout: LengthLayout) {
    this.#layout = layout;
  }

  encode(message: Payload, sink: ByteSink): void {
    const { adjust, magic, endsWith: trailer, head, tail } = this.#layout;
    const { offset, size, little } = fieldOf(this.#layout);
    const bytes = payloadBytes(message, 'length');
    const header = offset + size;
    if (head !== 0 && (head !== header || magic.length !== offset))
      throw notEncodable(
        'length',
        `frames come without ${head} bytes of their head that this side does not know`,
      );
    if (tail !== 0 && tail !== trailer.length)
      throw notEncodable(
        'length',
        `frames come without ${tail} bytes of their end that this side does not know`,
      );
    if (head !== 0) {
      const value = bytes.length + tail - adjust;
      if (value < 0 || value >= 256 ** size)
        throw notEncodable('length', `${bytes.length} bytes do not fit a length field of ${size} bytes`);
      if (tail === 0 && trailer.length > 0 && !endsWith(bytes, trailer))
        throw notEncodable('length', `it must end with ${trailer.toString('hex')}`);
      const place = sink.reserve(header);
      place.set(magic);
      writeInteger(place, offset, size, little, value);
    }
    sink.bytes(bytes);
    if (tail !== 0) sink.bytes(trailer);
  }
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  const at = bytes.length - end.length;
  return at >= 0 && end.every((byte, i) => byte === bytes[at + i]);
}
