import type { Clock, Timer } from '@fairlead/core';

/** A subscriber, as far as its reading is concerned. */
export interface Subscriber {
  /** Whose clients share their patience: a user, or all who are anonymous. */
  readonly owner: string;
  /** Whether messages wait for its socket. */
  readonly blocked: boolean;
  /** Bytes that its socket has taken so far. */
  readonly taken: number;
  /** Cuts it off. */
  cut(): void;
}

interface StallLimits {
  /** How long a subscriber may take nothing, in milliseconds, and the least that this shrinks to. */
  readonly patience: number;
  readonly least: number;
  /** Time after which the clients of an owner are trusted again. */
  readonly memory: number;
}

interface Standing {
  taken: number;
  since: number;
}

/** How much shorter the patience is after each time that it was used up. */
const SHRINK = 4;

/**
 * Cuts off subscribers that take nothing while messages wait for them, because the others wait meanwhile. Each time that a
 * client has used the patience up, the next ones of the same owner have a quarter of it: many that never read, or come
 * again, hold the others up for little longer than one.
 */
export class Stalls {
  readonly #limits: StallLimits;
  readonly #clock: Clock;
  readonly #subscribers: () => Iterable<Subscriber>;
  readonly #standing = new Map<Subscriber, Standing>();
  readonly #cuts = new Map<string, { count: number; at: number }>();
  #timer: Timer | undefined;

  /** @param subscribers those connected now */
  constructor(limits: StallLimits, clock: Clock, subscribers: () => Iterable<Subscriber>) {
    this.#limits = limits;
    this.#clock = clock;
    this.#subscribers = subscribers;
  }

  /** Messages are under way; looks now and then until there is nobody for whom they wait. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.after(this.#limits.least / 2, () => {
      this.#timer = undefined;
      if (this.#look()) this.watch();
    });
  }

  close(): void {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }

  patienceWith(owner: string): number {
    const cuts = this.#cuts.get(owner);
    if (cuts === undefined || this.#clock.monotonic() - cuts.at > this.#limits.memory)
      return this.#limits.patience;
    return Math.min(
      this.#limits.patience,
      Math.max(this.#limits.least, this.#limits.patience / SHRINK ** cuts.count),
    );
  }

  /** Returns whether somebody is blocked. */
  #look(): boolean {
    const now = this.#clock.monotonic();
    const guilty = new Set<string>();
    const before = new Map(this.#standing);
    this.#standing.clear();
    for (const subscriber of this.#subscribers()) {
      if (!subscriber.blocked) continue;
      const { taken, owner } = subscriber;
      const last = before.get(subscriber);
      const standing = last?.taken === taken ? last : { taken, since: now };
      this.#standing.set(subscriber, standing);
      if (now - standing.since < this.patienceWith(owner)) continue;
      subscriber.cut();
      guilty.add(owner);
    }
    // Those who were cut off at the same time held the others up but once.
    for (const owner of guilty) {
      const fresh = this.patienceWith(owner) === this.#limits.patience;
      const count = fresh ? 0 : (this.#cuts.get(owner)?.count ?? 0);
      this.#cuts.set(owner, { count: count + 1, at: now });
    }
    return this.#standing.size > 0;
  }
}
