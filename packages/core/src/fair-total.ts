/**
 * A limit over all peers that still leaves room for each peer. Beyond the total, a peer may hold more as long as it holds no more than an
 * equal share: the total divided by the number of peers that hold anything. Therefore a peer that holds much never takes the room of a peer
 * that holds little. With n peers, the sum is at most the total times 1 + ln(n).
 */
export class FairTotal {
  readonly limit: number;
  /** The sum over all peers. */
  used = 0;
  #holders = 0;

  /** @param limit in bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether a peer that holds `own` may hold `more` in addition. A single peer always may. */
  allows(own: number, more: number): boolean {
    if (this.used === 0 || this.used + more <= this.limit) return true;
    const holders = this.#holders + (own === 0 ? 1 : 0);
    return own + more <= this.limit / holders;
  }

  /** Records that a peer that held `before` now holds `now`. */
  change(before: number, now: number): void {
    this.used += now - before;
    if (before === 0 && now > 0) this.#holders++;
    else if (before > 0 && now === 0) this.#holders--;
  }
}
