import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import type { Measure } from './measure.ts';
import { type ByteString, byteStringOption, limitOption, timeOption } from './option-schemas.ts';
import { notEncodable, payloadBytes } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { type TimedOptions, timed } from './timed.ts';
import { type ByteWindow, cut, searchIn, View } from './window.ts';

export interface DelimitedOptions extends TimedOptions {
  /** The bytes that end a frame: bytes, text, or `{ hex: '0d0a' }`. */
  readonly delimiter: ByteString;
  /** Largest frame as it is delivered, in bytes. Default 1 MiB. */
  readonly max?: Size;
  /** Whether frames come without their delimiter, and it is added when sending. Default true. */
  readonly strip?: boolean;
}

const schema = z.strictObject({
  delimiter: byteStringOption,
  max: limitOption.default(tcpLimits.values.frame),
  strip: z.boolean().default(true),
  frameTimeout: timeOption.optional(),
});

/**
 * Frames that end with a fixed sequence of bytes.
 *
 *     frame DELIMITER frame DELIMITER     the first occurrence ends the frame
 */
export function delimited(options: DelimitedOptions): Codec<Buffer, Payload> {
  const { delimiter, max, strip, frameTimeout } = parseOptions(schema, options, 'delimited()');
  return {
    name: 'delimited',
    decoder: timed(() => new DelimitedDecoder(delimiter, max, strip ? delimiter.length : 0), frameTimeout),
    encoder: () => new DelimitedEncoder('delimited', delimiter, strip),
  };
}

/** Finds where the first delimiter ends. Bytes are not searched twice. */
export class DelimiterMeasure implements Measure {
  protected readonly delimiter: number | Buffer;
  protected readonly size: number;
  protected readonly max: number;
  /** Bytes in which it does not begin. */
  protected searched = 0;
  readonly #cut: number;

  /**
   * @param max largest frame as it is delivered
   * @param cut bytes that are stripped then
   */
  constructor(delimiter: Buffer, max: number, cut: number) {
    this.delimiter = delimiter.length === 1 ? (delimiter[0] as number) : delimiter;
    this.size = delimiter.length;
    this.#cut = cut;
    this.max = max + cut;
  }

  measure(window: ByteWindow): number {
    const at = window.indexOf(this.delimiter, this.searched);
    if (at < 0) {
      const have = window.end - window.start;
      if (have >= this.max) throw this.#tooLarge(have + 1);
      // The delimiter may have begun in the last bytes.
      this.searched = Math.max(0, have - this.size + 1);
      // When as many bytes as the limit are there, the answer is known as well.
      window.short(Math.max(have + 1, Math.min(this.size, this.max)));
      return 0;
    }
    this.searched = 0;
    const total = at + this.size;
    if (total > this.max) throw this.#tooLarge(total);
    return total;
  }

  #tooLarge(total: number): Error {
    const cut = this.#cut;
    return tcpErrors.error('FRAME_TOO_LARGE', { size: total - cut, limit: this.max - cut });
  }
}

class DelimitedDecoder extends DelimiterMeasure implements FrameDecoder<Buffer> {
  readonly #tail: number;

  constructor(delimiter: Buffer, max: number, tail: number) {
    super(delimiter, max, tail);
    this.#tail = tail;
  }

  decode(window: ByteWindow): Buffer | undefined {
    const total = this.measure(window);
    if (total === 0) return undefined;
    const from = window.start;
    window.start = from + total;
    return cut(window.bytes, from, from + total - this.#tail);
  }

  decodeMany(window: ByteWindow, frames: Buffer[], stopAt: number): void {
    while (window.start < window.end && window.start < stopAt) {
      const from = window.start;
      if (this.searched === 0)
        takeDelimited(window, this.delimiter, this.size, this.max, this.#tail, frames, stopAt);
      if (window.start > from) continue;
      const frame = this.decode(window);
      if (frame === undefined) return;
      frames.push(frame);
    }
  }
}

/** The hot loop: whole frames in a row, up to one that is incomplete or too large. */
function takeDelimited(
  window: ByteWindow,
  delimiter: number | Buffer,
  size: number,
  max: number,
  tail: number,
  frames: Buffer[],
  stopAt: number,
): void {
  const { bytes, end } = window;
  const { buffer, byteOffset: base } = bytes;
  let at = window.start;
  for (
    let found = searchIn(bytes, delimiter, at, end);
    found >= 0;
    found = searchIn(bytes, delimiter, at, end)
  ) {
    const total = found + size - at;
    if (total > max || total > end - at) break;
    frames.push(new View(buffer, base + at, total - tail));
    at += total;
    if (at >= stopAt) break;
  }
  window.start = at;
}

class DelimitedEncoder implements FrameEncoder<Payload> {
  readonly #codec: string;
  readonly #delimiter: Buffer;
  readonly #strip: boolean;
  readonly #head: Buffer;

  /** @param head bytes that are sent before each payload */
  constructor(codec: string, delimiter: Buffer, strip: boolean, head: Buffer = NOTHING) {
    this.#codec = codec;
    this.#delimiter = delimiter;
    this.#strip = strip;
    this.#head = head;
  }

  encode(message: Payload, sink: ByteSink): void {
    const bytes = payloadBytes(message, this.#codec);
    const delimiter = this.#delimiter;
    // The whole frame is searched: after a payload that ends with 0d, the delimiter 0d0d would be found one byte too early.
    const whole = Buffer.concat([this.#head, bytes, this.#strip ? delimiter : NOTHING]);
    const at = whole.indexOf(delimiter);
    if (at < 0) throw notEncodable(this.#codec, 'it must end with the delimiter');
    if (at !== whole.length - delimiter.length)
      throw notEncodable(this.#codec, `it contains the delimiter at ${at - this.#head.length}`);
    sink.bytes(whole);
  }
}

const NOTHING = Buffer.alloc(0);
