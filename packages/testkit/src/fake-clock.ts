import type { Clock, Timer } from '@fairlead/core';

interface Pending extends Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that a test controls. Timers run in the order of their time; timers with the same time run in the order of their creation. */
export class FakeClock implements Clock {
  #now: number;
  readonly #start: number;
  #timers: Pending[] = [];
  #made = 0;
  /** The offset of the wall clock from the elapsed time. */
  #set = 0;

  /** @param start Unix milliseconds */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#now = this.#start = start;
  }

  now(): number {
    return this.#now + this.#set;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  /** Moves the wall clock by `ms`, forward or back. No time passes, and timers are not affected. */
  set(ms: number): void {
    this.#set += ms;
  }

  after(ms: number, run: () => void): Timer {
    const timer: Pending = { at: this.#now + ms, order: this.#made++, run, unref: () => undefined };
    this.#timers.push(timer);
    return timer;
  }

  clear(timer: Timer | undefined): void {
    this.#timers = this.#timers.filter((pending) => pending !== timer);
  }

  /** The pending timers. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer, or undefined. */
  get next(): number | undefined {
    const at = this.#first()?.at;
    return at === undefined ? undefined : at - this.#now;
  }

  /** Advances the clock and runs the timers that are due. After each timer, pending promises settle. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let first = this.#first(); first !== undefined && first.at <= until; first = this.#first()) {
      this.#now = Math.max(this.#now, first.at);
      this.clear(first);
      first.run();
      await settled();
    }
    this.#now = until;
  }

  #first(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Waits until all pending promises have settled that depend on no clock and no socket. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}
