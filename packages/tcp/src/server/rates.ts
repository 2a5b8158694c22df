import { tcpLimits } from '../limits.ts';
import { TokenBucket } from './rate.ts';

/** A token bucket for each source of links. As many are kept as the limit says; those seen least recently are forgotten. */
export class SourceRates {
  readonly #perSecond: number;
  readonly #burst: number;
  /** The one seen least recently first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** Whether this source may open one more link. @param now monotonic milliseconds */
  take(source: string, now: number): boolean {
    const bucket = this.#buckets.get(source) ?? new TokenBucket(this.#perSecond, this.#burst, now);
    this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    if (this.#buckets.size > tcpLimits.values.rateAddresses) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest as string);
    }
    return bucket.take(now);
  }
}
