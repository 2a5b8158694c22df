/**
 * A token bucket: `burst` at once, then `perSecond`. In any t seconds it allows at most
 * `burst + perSecond * t`.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** @param now monotonic milliseconds */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Whether nothing of it is used. */
  full(now: number): boolean {
    return this.#tokensAt(now) === this.#burst;
  }

  /** Whether one more is allowed. */
  take(now: number): boolean {
    this.#tokens = this.#tokensAt(now);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #tokensAt(now: number): number {
    return Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1_000);
  }
}
