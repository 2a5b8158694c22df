/** Decides which runs of one job may start: its concurrency rule, and its queue. */
import { type FairleadError, Fifo, untilAborted } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';
import type { Job } from './schema.ts';

type Rule = Pick<Job, 'concurrency' | 'queue' | 'parallel'>;

/** A turn to run, now or later. */
export interface Turn {
  /** Whether the run has to wait for it. */
  readonly queued: boolean;
  /** Resolves with true when the turn has come, with false when the signal fired first. After true, call `leave`. */
  readonly granted: Promise<boolean>;
}

interface Waiting {
  readonly signal: AbortSignal;
  readonly resolve: (granted: boolean) => void;
}

export class JobQueue {
  readonly #job: string;
  #running = 0;
  readonly #waiting = new Fifo<Waiting>();
  /** While true, all runs wait. */
  #held: boolean;

  /** @param held whether all runs wait until {@link open} */
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
   * Asks for a turn. Returns JOB_SKIPPED or JOB_QUEUE_FULL if the run is refused.
   * @param accepted whether the run was queued by an earlier process: it is not refused
   */
  enter(rule: Rule, signal: AbortSignal, accepted = false): FairleadError | Turn {
    if (!this.#held && this.#running < runsAtOnce(rule) && this.#waiting.length === 0) {
      this.#running++;
      return { queued: false, granted: Promise.resolve(true) };
    }
    if (rule.concurrency === 'skip' && !accepted && !(this.#held && this.idle))
      return automationErrors.error('JOB_SKIPPED', { job: this.#job });
    if (this.#waiting.length >= rule.queue && !accepted)
      return automationErrors.error('JOB_QUEUE_FULL', { job: this.#job, limit: rule.queue });
    const { promise: granted, resolve } = Promise.withResolvers<boolean>();
    const waiting = { signal, resolve };
    this.#waiting.push(waiting);
    void untilAborted(signal).then(() => {
      if (this.#waiting.remove(waiting)) resolve(false);
    });
    return { queued: true, granted };
  }

  /** A run that had a turn has ended. */
  leave(): void {
    this.#running--;
    this.#startNext();
  }

  /** Starts the runs that wait, as far as the rule allows. */
  open(rule: Rule): void {
    this.#held = false;
    while (this.#running < runsAtOnce(rule) && this.#waiting.length > 0) this.#startNext();
  }

  #startNext(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { signal, resolve } = next;
      if (!signal.aborted) this.#running++;
      resolve(!signal.aborted);
      if (!signal.aborted) return;
    }
  }
}

const runsAtOnce = ({ concurrency, parallel }: Rule): number => (concurrency === 'parallel' ? parallel : 1);
