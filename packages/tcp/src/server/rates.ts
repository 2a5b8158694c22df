import { tcpLimits } from '../limits.ts';
import { TokenBucket } from './rate.ts';

/** More than one, so that the number falls while new sources come. */
const FORGOTTEN_AT_ONCE = 2;

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
    const allowed = bucket.take(now);
    this.#forget(now);
    return allowed;
  }

  /** Of the sources seen least recently: those whose bucket is full again, and those above the limit. */
  #forget(now: number): void {
    let looks = FORGOTTEN_AT_ONCE;
    for (const [source, bucket] of this.#buckets) {
      if (looks-- === 0) return;
      if (!bucket.full(now) && this.#buckets.size <= tcpLimits.values.rateAddresses) return;
      this.#buckets.delete(source);
    }
  }
}
