import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import type { Measure } from './measure.ts';
import { limitOption, timeOption } from './option-schemas.ts';
import { notEncodable, payloadBytes } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { type TimedOptions, timed } from './timed.ts';
import { type ByteWindow, cut, View } from './window.ts';

const schema = z.strictObject({ size: limitOption, frameTimeout: timeOption.optional() });

/**
 * Frames that all have the same number of bytes.
 *
 *     |-- size --|-- size --|-- size --|
 */
export function fixed(size: Size, options: TimedOptions = {}): Codec<Buffer, Payload> {
  const { size: checked, frameTimeout } = parseOptions(schema, { ...options, size }, 'fixed()');
  return {
    name: 'fixed',
    decoder: timed(() => new FixedDecoder(checked), frameTimeout),
    encoder: () => new FixedEncoder(checked),
  };
}

export class FixedDecoder implements FrameDecoder<Buffer>, Measure {
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  measure(window: ByteWindow): number {
    const size = this.#size;
    if (window.end - window.start >= size) return size;
    window.short(size);
    return 0;
  }

  decode(window: ByteWindow): Buffer | undefined {
    const from = window.start;
    const to = from + this.#size;
    if (to > window.end) return window.short(this.#size);
    window.start = to;
    return cut(window.bytes, from, to);
  }

  decodeMany(window: ByteWindow, frames: Buffer[], stopAt: number): void {
    const { bytes, end } = window;
    const { buffer, byteOffset: base } = bytes;
    const size = this.#size;
    let at = window.start;
    for (let to = at + size; to <= end; to += size) {
      frames.push(new View(buffer, base + at, size));
      at = to;
      window.start = at;
      if (at >= stopAt) return;
    }
    if (at < end) window.short(size);
  }
}

class FixedEncoder implements FrameEncoder<Payload> {
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  encode(message: Payload, sink: ByteSink): void {
    const bytes = payloadBytes(message, 'fixed');
    if (bytes.length !== this.#size)
      throw notEncodable('fixed', `it has ${bytes.length} bytes, a frame has ${this.#size}`);
    sink.bytes(bytes);
  }
}
