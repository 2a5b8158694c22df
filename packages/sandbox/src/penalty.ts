import type { Clock } from '@fairlead/core';

interface PenaltyRules {
  readonly strikes: number;
  readonly restMin: number;
  readonly restMax: number;
  readonly probationFrames: number;
  readonly probationTime: number;
}

export type Offence = 'timeout' | 'memory' | 'kill';
const weight: Readonly<Record<Offence, number>> = { timeout: 1, memory: 2, kill: 4 };

/**
 * The penalty state of one script.
 *
 * ```
 * good --offence--> penalised --many offences--> resting --time--> penalised
 *   ^                  |
 *   +-- long without --+
 * ```
 * A penalised script runs in the penalty process; the calls of a resting one fail at once.
 */
export class Penalty {
  readonly #rules: PenaltyRules;
  readonly #clock: Clock;
  #penalised = false;
  #strikes = 0;
  #rests = 0;
  #restsUntil = 0;
  #goodFrames = 0;
  #lastOffence = 0;

  constructor(rules: PenaltyRules, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  get penalised(): boolean {
    return this.#penalised;
  }

  /** Milliseconds until calls are accepted again; 0: now. */
  rest(): number {
    return this.#restsUntil === 0 ? 0 : Math.max(0, this.#restsUntil - this.#clock.monotonic());
  }

  offend(offence: Offence): void {
    this.#penalised = true;
    this.#goodFrames = 0;
    this.#lastOffence = this.#clock.monotonic();
    this.#strikes += weight[offence];
    if (this.#strikes < this.#rules.strikes || this.rest() > 0) return;
    this.#restsUntil =
      this.#lastOffence + Math.min(this.#rules.restMax, this.#rules.restMin * 2 ** this.#rests);
    this.#rests += 1;
    // After one more kill or a few timeouts, it is disabled again.
    this.#strikes = this.#rules.strikes - weight.kill;
  }

  behave(frames: number): void {
    if (!this.#penalised) return;
    this.#goodFrames += frames;
    const quiet = this.#clock.monotonic() - this.#lastOffence;
    if (this.#goodFrames < this.#rules.probationFrames && quiet < this.#rules.probationTime) return;
    this.#penalised = false;
    this.#strikes = 0;
    this.#rests = 0;
    this.#restsUntil = 0;
  }
}
