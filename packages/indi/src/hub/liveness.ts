import type { Clock, Timer } from '@fairlead/core';

/** Checks within the limit: if the hub itself was blocked, it misses one check, not the whole limit. */
const LOOKS = 6;

interface DriverLivenessOptions {
  readonly clock: Clock;
  /** Milliseconds of silence after which a callback is called. */
  readonly limit: number;
  /** The heartbeats stopped: its event loop is blocked. */
  readonly hangs: () => void;
  /** It did not answer a request that every driver answers. The answer may also take long. */
  readonly silent: () => void;
  /** It sent something after `silent`. */
  readonly heardAgain: () => void;
}

/** Milliseconds between heartbeats for a {@link DriverLiveness} with this limit. */
export function beatFor(limit: number): number {
  return Math.max(1, Math.round(limit / LOOKS));
}

/**
 * Whether a driver runs, judged by its output.
 *
 *     sent heartbeats   silence for the limit: it hangs
 *     was asked         silence for the limit: it is silent, until it sends something
 *     neither           no check: a driver may have nothing to send
 */
export class DriverLiveness {
  readonly #options: DriverLivenessOptions;
  readonly #period: number;
  #timer: Timer | undefined;
  #beats = false;
  #asked = false;
  #told = false;
  #heard = false;
  #silentLooks = 0;

  constructor(options: DriverLivenessOptions) {
    this.#options = options;
    this.#period = beatFor(options.limit);
  }

  /** It sent something. */
  heard(): void {
    this.#heard = true;
  }

  /** It sent a heartbeat, and must continue to send them. */
  beat(): void {
    this.#beats = true;
    this.#watch();
  }

  /** It was sent a request that every driver answers. */
  asked(): void {
    if (this.#beats || (this.#asked && !this.#heard)) return;
    this.#asked = true;
    this.#heard = false;
    this.#silentLooks = 0;
    this.#watch();
  }

  stop(): void {
    this.#options.clock.clear(this.#timer);
  }

  #watch(): void {
    this.#timer ??= this.#options.clock.after(this.#period, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#heard) {
      this.#heard = this.#asked = false;
      this.#silentLooks = 0;
      if (this.#told) this.#options.heardAgain();
      this.#told = false;
    } else if (++this.#silentLooks >= LOOKS) {
      if (this.#beats) {
        this.#options.hangs();
        return;
      }
      if (!this.#told) this.#options.silent();
      this.#told = true;
    }
    if (this.#beats || this.#asked) this.#watch();
  }
}
