/** Who may run of one job: its concurrency rule. */

import type { FairleadError } from '@fairlead/tcp';
import { automationErrors } from '../catalogue.ts';
import type { Job } from './schema.ts';

type Rule = Pick<Job, 'concurrency' | 'queue' | 'parallel'>;

export class Lane {
  readonly #job: string;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(job: string) {
    this.#job = job;
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
   */
  enter(rule: Rule, signal: AbortSignal): FairleadError | Promise<boolean> {
    const most = rule.concurrency === 'parallel' ? rule.parallel : 1;
    if (this.#running < most && this.#waiting.length === 0) {
      this.#running++;
      return Promise.resolve(true);
    }
    if (rule.concurrency === 'skip') return automationErrors.error('JOB_SKIPPED', { job: this.#job });
    if (this.#waiting.length >= rule.queue)
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
}
