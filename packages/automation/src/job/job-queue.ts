/** Who may run of one job: its concurrency rule. */

import type { FairleadError } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';
import type { Job } from './schema.ts';

type Rule = Pick<Job, 'concurrency' | 'queue' | 'parallel'>;

export class JobQueue {
  readonly #job: string;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** Whether all wait, though none runs. */
  #held: boolean;

  /** @param held whether all wait until {@link open} */
  constructor(job: string, held = false) {
    this.#job = job;
    this.#held = held;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get idle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0;
  }

  /**
   * Asks for a turn: the reason why there is none, or a promise of it. Who has had a turn calls {@link leave}; who gives
   * up while waiting (the signal) has none and must not.
   * @param accepted whether it has waited before, so that there is no reason why not
   */
  enter(rule: Rule, signal: AbortSignal, accepted = false): FairleadError | Promise<boolean> {
    if (!this.#held && this.#running < mostOf(rule) && this.#waiting.length === 0) {
      this.#running++;
      return Promise.resolve(true);
    }
    if (rule.concurrency === 'skip' && !accepted && !this.#idleButHeld)
      return automationErrors.error('JOB_SKIPPED', { job: this.#job });
    if (this.#waiting.length >= rule.queue && !accepted)
      return automationErrors.error('JOB_QUEUE_FULL', { job: this.#job, limit: rule.queue });
    return new Promise((resolve) => {
      const turn = () => {
        signal.removeEventListener('abort', giveUp);
        this.#running++;
        resolve(true);
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        resolve(false);
      };
      if (signal.aborted) return resolve(false);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(turn);
    });
  }

  leave(): void {
    this.#running--;
    this.#waiting.shift()?.();
  }

  /** Those that wait first have their turn. */
  open(rule: Rule): void {
    this.#held = false;
    while (this.#running < mostOf(rule) && this.#waiting.length > 0) this.#waiting.shift()?.();
  }

  get #idleButHeld(): boolean {
    return this.#held && this.idle;
  }
}

const mostOf = ({ concurrency, parallel }: Rule): number => (concurrency === 'parallel' ? parallel : 1);
