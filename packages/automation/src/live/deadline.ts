import type { Clock, Timer } from '@fairlead/core';

/**
 * A time limit that is set anew for each message. The timer behind it is left running when the limit is lifted or moved
 * on, and asked again when it goes off: a conversation of a thousand messages a second then costs one timer a limit, not
 * a thousand a second.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #missed: () => void;
  #timer: Timer | undefined;
  /** Monotonic milliseconds at which the timer goes off. */
  #rings = 0;
  /** Monotonic milliseconds; infinite while nothing is limited. */
  #due = Number.POSITIVE_INFINITY;

  /** @param missed called when a limit is over */
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

  /** Nothing is limited any more. */
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
    // Timers of the system may ring part of a millisecond early.
    if (this.#due - now >= 1) this.#arm(now);
    else {
      this.lift();
      this.#missed();
    }
  }
}
