import type { Clock, Timer } from '@fairlead/core';

interface Pending extends Timer {
  readonly run: () => void;
  /** On the scale of {@link HeldClock.monotonic}. */
  readonly due: number;
  real: Timer | undefined;
}

/** A clock that can be held. While it is held, its timers do not run; `now()` continues. */
export class HeldClock implements Clock {
  readonly #real: Clock;
  /** Total milliseconds for which it was held before. */
  #lost = 0;
  #heldSince: number | undefined;
  readonly #waiting = new Set<Pending>();

  constructor(real: Clock) {
    this.#real = real;
  }

  now(): number {
    return this.#real.now();
  }

  monotonic(): number {
    return (this.#heldSince ?? this.#real.monotonic()) - this.#lost;
  }

  after(ms: number, run: () => void): Timer {
    const timer: Pending = {
      run,
      due: this.monotonic() + ms,
      real: undefined,
      unref: () => timer.real?.unref?.(),
    };
    this.#waiting.add(timer);
    if (this.#heldSince === undefined) this.#arm(timer);
    return timer;
  }

  clear(timer: Timer | undefined): void {
    if (timer === undefined || !this.#waiting.delete(timer as Pending)) return;
    this.#real.clear((timer as Pending).real);
  }

  hold(): void {
    if (this.#heldSince !== undefined) return;
    this.#heldSince = this.#real.monotonic();
    for (const { real } of this.#waiting) this.#real.clear(real);
  }

  release(): void {
    if (this.#heldSince === undefined) return;
    this.#lost += this.#real.monotonic() - this.#heldSince;
    this.#heldSince = undefined;
    for (const timer of this.#waiting) this.#arm(timer);
  }

  #arm(timer: Pending): void {
    timer.real = this.#real.after(Math.max(0, timer.due - this.monotonic()), () => {
      this.#waiting.delete(timer);
      timer.run();
    });
  }
}
