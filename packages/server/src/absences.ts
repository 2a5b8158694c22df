/** How many devices are dead, and how many never connected. Counting takes milliseconds with many devices, so it is done seldom. */
import type { Clock } from '@fairlead/core';
import { deathOf } from '@fairlead/gateway';
import type { Store } from '@fairlead/store';

/** Milliseconds for which a count is good. */
const FRESH = 5_000;

interface Counts {
  readonly dead: number;
  readonly never: number;
}

export class Absences {
  readonly #store: Pick<Store, 'devices' | 'presence'>;
  readonly #clock: Clock;
  #last: { readonly at: number; readonly counts: Counts } | undefined;

  constructor(store: Pick<Store, 'devices' | 'presence'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  read(): Counts {
    const now = this.#clock.monotonic();
    if (this.#last !== undefined && now - this.#last.at < FRESH) return this.#last.counts;
    let seen = 0;
    let dead = 0;
    for (const { status, code, n } of this.#store.presence.counts()) {
      seen += n;
      if (status === 'offline' && deathOf(code) !== undefined) dead += n;
    }
    const counts = { dead, never: Math.max(0, this.#store.devices.count() - seen) };
    this.#last = { at: now, counts };
    return counts;
  }
}
