import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import { type LengthField, readLength, writeLength } from './integers.ts';
import type { Measure } from './measure.ts';
import { type ByteString, byteStringOption, limitOption, stripOption, timeOption } from './option-schemas.ts';
import { headHex, notEncodable, payloadBytes } from './payload.ts';
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
  /** Bytes after the length field that it does not count; negative where it counts the header too. Default 0. */
  readonly adjust?: number;
  /**
   * Bytes to take off: at the head, or `[head, tail]`. Default: the length field and all before it, and the trailer.
   * With 0 frames are whole, and what is sent is a whole frame too, written as it is.
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
 * The limit is checked as soon as the length is there. A length below the smallest possible is `FRAME_LENGTH_INVALID`.
 */
export function length(options: LengthOptions = {}): Codec<Buffer, Payload> {
  const layout = lengthLayout(options, 'length()');
  return {
    name: 'length',
    decoder: timed(() => new LengthDecoder(layout), layout.frameTimeout, layout.magic),
    encoder: () => new LengthEncoder(layout),
  };
}

/** Options of {@link length}, checked and worked out. */
export interface LengthLayout {
  readonly field: LengthField;
  readonly adjust: number;
  readonly magic: Buffer;
  readonly trailer: Buffer;
  readonly head: number;
  readonly tail: number;
  /** Smallest frame on the wire. */
  readonly min: number;
  /** Largest frame as delivered. */
  readonly max: number;
  /** Milliseconds that a begun frame may take. */
  readonly frameTimeout: number | undefined;
}

export function lengthLayout(options: LengthOptions, where: string): LengthLayout {
  const { offset, bytes, endian, adjust, strip, magic, trailer, max, frameTimeout } = parseOptions(
    schema,
    options,
    where,
  );
  const header = offset + bytes;
  const [head, tail] = strip ?? [header, trailer?.length ?? 0];
  return {
    field: { offset, bytes, endian },
    adjust,
    magic: magic ?? NOTHING,
    trailer: trailer ?? NOTHING,
    head,
    tail,
    min: Math.max(header + (trailer?.length ?? 0), head + tail),
    max,
    frameTimeout,
  };
}

const NOTHING = Buffer.alloc(0);

export class LengthDecoder implements FrameDecoder<Buffer>, Measure {
  readonly #offset: number;
  readonly #header: number;
  readonly #size: number;
  readonly #little: boolean;
  readonly #adjust: number;
  readonly #magic: Buffer;
  readonly #trailer: Buffer;
  readonly #head: number;
  readonly #tail: number;
  readonly #min: number;
  readonly #max: number;

  constructor({ field, adjust, magic, trailer, head, tail, min, max }: LengthLayout) {
    this.#offset = field.offset;
    this.#header = field.offset + field.bytes;
    this.#size = field.bytes;
    this.#little = field.endian === 'little';
    this.#adjust = this.#header + adjust;
    this.#magic = magic;
    this.#trailer = trailer;
    this.#head = head;
    this.#tail = tail;
    this.#min = min;
    this.#max = max + head + tail;
  }

  measure(window: ByteWindow): number {
    const start = window.start;
    const have = window.end - start;
    if (this.#magic.length > 0) this.#checkMagic(window);
    if (have < this.#header) {
      window.short(have < this.#magic.length ? have + 1 : this.#header);
      return 0;
    }
    const value = readLength(window.bytes, start + this.#offset, this.#size, this.#little);
    const total = value + this.#adjust;
    if (total < this.#min || total > this.#max) throw this.#badLength(total);
    if (have < total) {
      window.short(total);
      return 0;
    }
    if (this.#trailer.length > 0) checkTrailer(window, total, this.#trailer);
    return total;
  }

  decode(window: ByteWindow): Buffer | undefined {
    const total = this.measure(window);
    if (total === 0) return undefined;
    const from = window.start;
    window.start = from + total;
    return cut(window.bytes, from + this.#head, from + total - this.#tail);
  }

  /** Complete and faultless frames in a row; what is not is left to {@link decode}. */
  decodeMany(window: ByteWindow, frames: Buffer[], stopAt: number): void {
    const { bytes, end } = window;
    const { buffer, byteOffset: base } = bytes;
    const header = this.#header;
    const offset = this.#offset;
    const size = this.#size;
    const little = this.#little;
    const adjust = this.#adjust;
    const head = this.#head;
    const tail = this.#tail;
    const min = this.#min;
    const max = this.#max;
    const plain = this.#magic.length === 0 && this.#trailer.length === 0;
    let at = window.start;
    while (at < end) {
      const total = plain && end - at >= header ? readLength(bytes, at + offset, size, little) + adjust : 0;
      if (total >= min && total <= max && total <= end - at && total > 0) {
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

  #checkMagic(window: ByteWindow): void {
    const magic = this.#magic;
    const to = Math.min(magic.length, window.end - window.start);
    for (let i = 0; i < to; i++) {
      if (window.bytes[window.start + i] !== magic[i])
        throw tcpErrors.error('FRAME_MAGIC_MISMATCH', {
          expected: magic.toString('hex'),
          found: headHex(window.view(0, Math.min(window.length, this.#header))),
        });
    }
  }

  #badLength(total: number): Error {
    const stripped = this.#head + this.#tail;
    return total < this.#min
      ? tcpErrors.error('FRAME_LENGTH_INVALID', {
          length: total - this.#adjust,
          size: total,
          min: this.#min,
        })
      : tcpErrors.error('FRAME_TOO_LARGE', { size: total - stripped, limit: this.#max - stripped });
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

/** Adds what the decoder takes off, as far as it is known what stood there. */
export class LengthEncoder implements FrameEncoder<Payload> {
  readonly #layout: LengthLayout;

  constructor(layout: LengthLayout) {
    this.#layout = layout;
  }

  encode(message: Payload, sink: ByteSink): void {
    const { field, adjust, magic, trailer, head, tail } = this.#layout;
    const bytes = payloadBytes(message, 'length');
    const header = field.offset + field.bytes;
    if (head !== 0 && (head !== header || magic.length !== field.offset))
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
      if (value < 0 || value >= 256 ** field.bytes)
        throw notEncodable(
          'length',
          `${bytes.length} bytes do not fit a length field of ${field.bytes} bytes`,
        );
      if (tail === 0 && trailer.length > 0 && !endsWith(bytes, trailer))
        throw notEncodable('length', `it must end with ${trailer.toString('hex')}`);
      const place = sink.reserve(header);
      place.set(magic);
      writeLength(place, field, value);
    }
    sink.bytes(bytes);
    if (tail !== 0) sink.bytes(trailer);
  }
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  const at = bytes.length - end.length;
  return at >= 0 && end.every((byte, i) => byte === bytes[at + i]);
}
