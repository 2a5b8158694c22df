import type { Clock, Timer } from '@fairlead/core';

/** A subscriber, as far as this file needs it. */
export interface Subscriber {
  /** The clients of an owner share a time limit: a user, or all anonymous clients. */
  readonly owner: string;
  /** Whether messages wait for its socket. */
  readonly blocked: boolean;
  /** Bytes that its socket has accepted so far. */
  readonly taken: number;
  /** Disconnects it. */
  cut(): void;
}

interface StallLimits {
  /** How long a subscriber may accept nothing, in milliseconds, and the minimum of this limit. */
  readonly patience: number;
  readonly least: number;
  /** Time after which the full limit applies to an owner again. */
  readonly memory: number;
}

interface Standing {
  taken: number;
  since: number;
}

/** The factor by which the limit shrinks each time that it was exceeded. */
const SHRINK = 4;

/**
 * Disconnects subscribers that accept nothing while messages wait for them, because all other subscribers wait too. Each time
 * that a client exceeded the limit, the next clients of its owner have a quarter of it. So many clients that never read, or
 * that reconnect, delay the others for little longer than one client.
 */
export class Stalls {
  readonly #limits: StallLimits;
  readonly #clock: Clock;
  readonly #subscribers: () => Iterable<Subscriber>;
  readonly #standing = new Map<Subscriber, Standing>();
  readonly #cuts = new Map<string, { count: number; at: number }>();
  #timer: Timer | undefined;

  /** @param subscribers the connected subscribers */
  constructor(limits: StallLimits, clock: Clock, subscribers: () => Iterable<Subscriber>) {
    this.#limits = limits;
    this.#clock = clock;
    this.#subscribers = subscribers;
  }

  /** Call it when messages are in delivery. Checks the subscribers repeatedly until no message waits. */
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

  /** Returns whether a subscriber is blocked. */
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
    // Subscribers that are disconnected at the same time count once: they delayed the others once.
    for (const owner of guilty) {
      const fresh = this.patienceWith(owner) === this.#limits.patience;
      const count = fresh ? 0 : (this.#cuts.get(owner)?.count ?? 0);
      this.#cuts.set(owner, { count: count + 1, at: now });
    }
    return this.#standing.size > 0;
  }
}
