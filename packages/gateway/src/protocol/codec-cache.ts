import type { Codec } from '@fairlead/tcp';
import { gatewayLimits } from '../limits.ts';

/** Codecs in use, by what they are made from: devices with the same framing share one. */
export class CodecCache<F, M> {
  readonly #codecs = new Map<string, Codec<F, M>>();

  get(key: string, make: () => Codec<F, M>): Codec<F, M> {
    let codec = this.#codecs.get(key);
    if (codec === undefined) {
      codec = make();
      if (this.#codecs.size >= gatewayLimits.values.codecs) this.#codecs.clear();
      this.#codecs.set(key, codec);
    }
    return codec;
  }
}
