import type { Clock, Timer } from '@fairlead/core';

/**
 * A time limit that is set again for each message. When the limit is lifted or moved, the timer keeps running and is
 * checked when it fires: an exchange of a thousand messages a second needs one timer for each limit, not a thousand a second.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #missed: () => void;
  #timer: Timer | undefined;
  /** Monotonic milliseconds at which the timer fires. */
  #rings = 0;
  /** Monotonic milliseconds; infinite while there is no limit. */
  #due = Number.POSITIVE_INFINITY;

  /** @param missed called when a limit is exceeded */
  constructor(clock: Clock, missed: () => void) {
    this.#clock = clock;
    this.#missed = missed;
  }

  /** From now on, `ms` milliseconds. */
  set(ms: number): void {
    const now = this.#clock.monotonic();
    this.#due = now + ms;
    if (this.#timer !== undefined && this.#rings <= this.#due) return;
    this.#clock.clear(this.#timer);
    this.#arm(now);
  }

  lift(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** Ends the limit and its timer. */
  end(): void {
    this.lift();
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #arm(now: number): void {
    this.#rings = this.#due;
    this.#timer = this.#clock.after(this.#due - now, () => this.#ring());
  }

  #ring(): void {
    this.#timer = undefined;
    if (this.#due === Number.POSITIVE_INFINITY) return;
    const now = this.#clock.monotonic();
    // System timers may fire part of a millisecond early.
    if (this.#due - now >= 1) this.#arm(now);
    else {
      this.lift();
      this.#missed();
    }
  }
}
