/**
 * A bound over all peers that still leaves each some room. Beyond the total a peer may go on as long as it holds no more than an
 * equal part: the total divided by the number of peers that hold anything. One that holds much thus never takes the room of one
 * that holds little. With n peers the sum is at most the total times 1 + ln(n).
 */
export class FairTotal {
  readonly limit: number;
  /** The sum of what all hold. */
  used = 0;
  #holders = 0;

  /** @param limit in the unit of what is held: bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether a peer that holds `own` may hold `more` beside it. Alone it always may. */
  allows(own: number, more: number): boolean {
    if (this.used === 0 || this.used + more <= this.limit) return true;
    const holders = this.#holders + (own === 0 ? 1 : 0);
    return own + more <= this.limit / holders;
  }

  /** A peer that held `before` holds `now`. */
  change(before: number, now: number): void {
    this.used += now - before;
    if (before === 0 && now > 0) this.#holders++;
    else if (before > 0 && now === 0) this.#holders--;
  }
}
