/** Detects that the clock of the machine was set. */
import type { Clock, Timer } from '@fairlead/core';

/** Milliseconds between two checks. */
const LOOK = 10_000;
/** Smaller differences are the normal corrections of a time service. */
const TOLERANCE = 1_000;

/** The clock was set, or the machine slept. */
export interface ClockJump {
  /** Milliseconds: positive where it was set ahead, negative where it was set back. */
  readonly by: number;
  /** Unix milliseconds, on the new scale, of the last check at which the clock was right. */
  readonly since: number;
}

export class ClockWatch {
  readonly #clock: Clock;
  readonly #jumped: (jump: ClockJump) => void;
  #timer: Timer | undefined;
  /** Time of the last check, on both scales. */
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

  /** Checks now. Called before something acts on the time of day. */
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
