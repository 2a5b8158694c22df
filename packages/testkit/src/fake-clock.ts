import type { Clock, Timer } from '@fairlead/core';

interface Pending extends Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that a test turns. Timers run in the order of their time, those of one time in the order of their making. */
export class FakeClock implements Clock {
  #now: number;
  readonly #start: number;
  #timers: Pending[] = [];
  #made = 0;
  /** What the wall clock shows beyond the time that has passed. */
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

  /** Sets the wall clock, ahead or back by `ms`; no time passes, and timers wait as long as before. */
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

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer, or undefined. */
  get next(): number | undefined {
    const at = this.#first()?.at;
    return at === undefined ? undefined : at - this.#now;
  }

  /** Turns the clock, running what falls due; after each timer pending promises settle. */
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

/** Lets everything that waits for no clock and no socket come to rest. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}
