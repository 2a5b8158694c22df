import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpLimits } from '../limits.ts';
import type { Codec, FrameDecoder, Payload } from './codec.ts';
import type { Measure } from './measure.ts';
import { limitOption } from './option-schemas.ts';
import { PlainEncoder } from './payload.ts';
import type { ByteWindow } from './window.ts';

export interface RawOptions {
  /** Largest piece; what is read at once is cut into such pieces. Default 64 KiB. */
  readonly max?: Size;
}

const schema = z.strictObject({ max: limitOption.default(tcpLimits.values.rawFrame) });

/**
 * No framing: bytes as they arrive, cut at `max`. Where a piece ends depends on the network.
 *
 *     ..bytes..bytes..     each chunk -> one or more Buffers of 1..max bytes
 */
export function raw(options: RawOptions = {}): Codec<Buffer, Payload> {
  const { max } = parseOptions(schema, options, 'raw()');
  return { name: 'raw', decoder: () => new RawDecoder(max), encoder: () => new PlainEncoder('raw') };
}

export class RawDecoder implements FrameDecoder<Buffer>, Measure {
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  measure(window: ByteWindow): number {
    const have = window.end - window.start;
    if (have === 0) window.short(1);
    return have < this.#max ? have : this.#max;
  }

  decode(window: ByteWindow): Buffer | undefined {
    const size = this.measure(window);
    return size === 0 ? undefined : window.take(size);
  }
}
