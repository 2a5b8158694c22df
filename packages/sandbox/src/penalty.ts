import { type Clock, Transitions } from '@fairlead/core';

interface PenaltyRules {
  readonly strikes: number;
  readonly restMin: number;
  readonly restMax: number;
  readonly probationFrames: number;
  readonly probationTime: number;
}

export type Offence = 'timeout' | 'memory' | 'kill';
const weight: Readonly<Record<Offence, number>> = { timeout: 1, memory: 2, kill: 4 };

/** The states of a script with regard to its offences. */
type PenaltyState =
  | 'good' // it runs in the process of all scripts
  | 'penalised' // it runs in the penalty process
  | 'resting'; // its calls fail at once

type PenaltyEvent =
  | 'offend' // a timeout, too much memory, or a process that had to be killed
  | 'rest' // too many offences
  | 'rested' // the rest is over
  | 'clear'; // no offence for many frames or for a long time

export const penaltyTransitions: Transitions<PenaltyState, PenaltyEvent> = new Transitions('A script', {
  good: { offend: 'penalised' },
  penalised: { offend: 'penalised', rest: 'resting', clear: 'good' },
  resting: { offend: 'resting', rested: 'penalised', clear: 'good' },
});

/** The offences of one script, and what follows from them. */
export class Penalty {
  readonly #rules: PenaltyRules;
  readonly #clock: Clock;
  #state: PenaltyState = 'good';
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
    return this.#state !== 'good';
  }

  /** Milliseconds until calls are accepted again; 0: now. */
  rest(): number {
    if (this.#state !== 'resting') return 0;
    const left = this.#restsUntil - this.#clock.monotonic();
    if (left > 0) return left;
    this.#become('rested');
    return 0;
  }

  offend(offence: Offence): void {
    this.#become('offend');
    this.#goodFrames = 0;
    this.#lastOffence = this.#clock.monotonic();
    this.#strikes += weight[offence];
    if (this.#strikes < this.#rules.strikes || this.rest() > 0) return;
    this.#become('rest');
    this.#restsUntil =
      this.#lastOffence + Math.min(this.#rules.restMax, this.#rules.restMin * 2 ** this.#rests);
    this.#rests += 1;
    // After one more kill or a few timeouts, it is disabled again.
    this.#strikes = this.#rules.strikes - weight.kill;
  }

  behave(frames: number): void {
    if (this.#state === 'good') return;
    this.#goodFrames += frames;
    const quiet = this.#clock.monotonic() - this.#lastOffence;
    if (this.#goodFrames < this.#rules.probationFrames && quiet < this.#rules.probationTime) return;
    this.#become('clear');
    this.#strikes = 0;
    this.#rests = 0;
  }

  #become(event: PenaltyEvent): void {
    this.#state = penaltyTransitions.next(this.#state, event);
  }
}
