import { backoff, type Clock, type Timer } from '@fairlead/core';
import { busLimits } from './limits.ts';

export interface RedialSettings {
  readonly reconnect: { readonly min: number; readonly max: number };
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** When to try again: after random delays whose bound doubles with each failure, without an end. */
export class Redial {
  readonly #settings: RedialSettings;
  readonly #dial: () => void;
  #timer: Timer | undefined;
  #openedAt: number | undefined;
  #failures = 0;

  /** @param dial makes one attempt */
  constructor(settings: RedialSettings, dial: () => void) {
    this.#settings = settings;
    this.#dial = dial;
  }

  /** The attempt succeeded. */
  opened(): void {
    this.#openedAt ??= this.#settings.clock.monotonic();
  }

  /**
   * The attempt failed, or the connection is lost: schedules the next attempt.
   * @param atLeast milliseconds that the peer asked to wait
   */
  lost(atLeast = 0): void {
    const { clock, reconnect, random } = this.#settings;
    const lived = this.#openedAt === undefined ? 0 : clock.monotonic() - this.#openedAt;
    this.#openedAt = undefined;
    this.#failures = lived >= busLimits.values.stable ? 0 : this.#failures + 1;
    const wait = backoff(Math.max(0, this.#failures - 1), { ...reconnect, jitter: 'full' }, random);
    clock.clear(this.#timer);
    this.#timer = clock.after(Math.max(wait, atLeast), () => {
      this.#timer = undefined;
      this.#dial();
    });
  }

  stop(): void {
    this.#settings.clock.clear(this.#timer);
    this.#timer = undefined;
  }
}
