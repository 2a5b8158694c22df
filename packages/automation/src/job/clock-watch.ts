/** Notices that the clock of the machine was set: who waits for a time of day must look at it anew. */
import type { Clock, Timer } from '@fairlead/core';

/** Milliseconds between two looks. */
const LOOK = 10_000;
/** Smaller differences between the two scales are corrections that a time service makes all the time. */
const TOLERANCE = 1_000;

/** The clock differs from what it should show: it was set, or the machine slept. */
export interface ClockJump {
  /** Milliseconds: positive where it was set ahead, negative where it was set back. */
  readonly by: number;
  /** Unix milliseconds on the scale as it is now: when it was right for certain. */
  readonly since: number;
}

export class ClockWatch {
  readonly #clock: Clock;
  readonly #jumped: (jump: ClockJump) => void;
  #timer: Timer | undefined;
  /** Of the last look, on both scales. */
  #wall = 0;
  #monotonic = 0;

  constructor(clock: Clock, jumped: (jump: ClockJump) => void) {
    this.#clock = clock;
    this.#jumped = jumped;
  }

  open(): void {
    this.#note();
    this.#arm();
  }

  close(): void {
    this.#clock.clear(this.#timer);
  }

  /** Looks at once: what acts by the time of day may ask before it does. */
  look(): void {
    const passed = this.#clock.monotonic() - this.#monotonic;
    const now = this.#clock.now();
    const by = Math.round(now - this.#wall - passed);
    this.#note();
    if (Math.abs(by) > TOLERANCE) this.#jumped({ by, since: now - passed });
  }

  #note(): void {
    this.#wall = this.#clock.now();
    this.#monotonic = this.#clock.monotonic();
  }

  #arm(): void {
    this.#timer = this.#clock.after(LOOK, () => {
      this.#arm();
      this.look();
    });
    this.#timer.unref?.();
  }
}
