import type { Clock, Timer } from '@fairlead/core';
import type { Pending } from './pending.ts';

/** One timer for many deadlines. It is set to the earliest, and finds those that are due. */
export class Deadlines<P extends Pending<never>> {
  readonly #clock: Clock;
  readonly #open: () => Iterable<P>;
  readonly #expired: (pending: P) => void;
  #timer: Timer | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  /**
   * @param open all that have a deadline now
   * @param expired gets those whose deadline is met; it must settle them or take them out of `open`
   */
  constructor(clock: Clock, open: () => Iterable<P>, expired: (pending: P) => void) {
    this.#clock = clock;
    this.#open = open;
    this.#expired = expired;
  }

  /** Takes a new deadline into account. */
  watch({ deadline }: P): void {
    if (deadline < this.#wakeAt) this.#wake(deadline);
  }

  /** There are no deadlines any more. */
  stop(): void {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #wake(at: number): void {
    this.#clock.clear(this.#timer);
    this.#wakeAt = at;
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => this.#expire());
  }

  #expire(): void {
    this.#timer = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const pending of [...this.#open()]) {
      if (pending.deadline > now) next = Math.min(next, pending.deadline);
      else this.#expired(pending);
    }
    if (next < this.#wakeAt) this.#wake(next);
  }
}
