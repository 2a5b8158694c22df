import type { Clock, Timer } from '@fairlead/core';

/** Looks within the limit: a hub that stood still itself takes one of them, not the whole limit. */
const LOOKS = 6;

interface DriverLivenessOptions {
  readonly clock: Clock;
  /** Milliseconds of silence that mean something. */
  readonly limit: number;
  /** It has beaten before and does not any more: its event loop stands still. */
  readonly hangs: () => void;
  /** It was asked what every driver answers, and has said nothing since. That may be an answer that takes long. */
  readonly silent: () => void;
  /** It is heard again after that. */
  readonly heardAgain: () => void;
}

/** Milliseconds between two beats that a {@link DriverLiveness} with this limit is content with. */
export function beatFor(limit: number): number {
  return Math.max(1, Math.round(limit / LOOKS));
}

/**
 * Whether a driver lives, as far as that can be known from what it says.
 *
 *     has beaten   silence for the limit: it hangs
 *     was asked    silence for the limit: it is silent, until it is heard
 *     neither      nobody looks: a driver may have nothing to say
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

  /** It has said something, be it what it may. */
  heard(): void {
    this.#heard = true;
  }

  /** It has beaten, and so will go on. */
  beat(): void {
    this.#beats = true;
    this.#watch();
  }

  /** It has been asked for what it surely has. */
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
