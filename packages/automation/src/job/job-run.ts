/** One run of a job that was accepted: it waits for its turn, runs the steps, and leaves its record in the history. */
import type { FairleadError } from '@fairlead/core';
import type { Share } from '../budget.ts';
import type { RunHistory } from '../history/run-history.ts';
import type { ActiveRuns } from '../run/active-runs.ts';
import { stopError } from '../run/stop-reason.ts';
import type { JobQueue, Turn } from './job-queue.ts';
import type { QueuedStarts } from './queued-starts.ts';
import type { Job } from './schema.ts';
import type { Start, Started } from './start.ts';
import { type JobEnd, runSteps, type StepTools } from './steps.ts';
import type { Values } from './values.ts';

/** The parts of the service that a run uses; the same for all runs. */
export interface JobRunServices {
  readonly history: RunHistory;
  readonly activeRuns: ActiveRuns;
  readonly queuedStarts: QueuedStarts;
  /** Whether the service is stopping: a start that is saved then waits for the next process. */
  stopping(): boolean;
  /** All tools but other jobs. `depth` is how many jobs are above the step. */
  tools(depth: number): Omit<StepTools, 'job'>;
  startJob(name: string, start: Start): Started;
  /** Called when the record of a run is complete. */
  ended(run: Pick<JobRunInput, 'id' | 'name'>, end: JobEnd): void;
}

/** One run and its inputs. */
interface JobRunInput {
  readonly id: number;
  readonly name: string;
  readonly definition: Job;
  readonly start: Start;
  readonly values: Values;
  /** The memory of the run; given back at its end. */
  readonly share: Share;
  readonly queue: JobQueue;
  readonly turn: Turn;
  /** Stops the run. */
  readonly stop: AbortController;
  /** Fires when the run is stopped, or when its caller stops waiting for it. */
  readonly signal: AbortSignal;
}

export class JobRun {
  readonly #services: JobRunServices;
  readonly #input: JobRunInput;
  /** The variables that the run began with. */
  readonly #inputs: Readonly<Record<string, string>>;

  constructor(services: JobRunServices, input: JobRunInput) {
    this.#services = services;
    this.#input = input;
    this.#inputs = Object.fromEntries(input.values.variables);
  }

  /** Whether the start is saved until its turn comes. A run that a step of another job started ends with that job. */
  get #isSaved(): boolean {
    const { turn, start } = this.#input;
    return turn.queued && start.signal === undefined;
  }

  /**
   * Waits for the turn, then runs the steps. Resolves with the error of the run; never rejects because of a step.
   * @param restored whether an earlier process has saved the start
   */
  start(restored: boolean): Started {
    const { id, name, start, turn, stop } = this.#input;
    const { history, activeRuns, queuedStarts } = this.#services;
    if (turn.queued) history.waits(id, true);
    if (this.#isSaved && !restored) queuedStarts.keep(id, name, start);
    const ended = this.#run();
    activeRuns.add(id, stop, ended);
    return { id, ended };
  }

  async #run(): Promise<FairleadError | undefined> {
    const { signal, queue, share, turn } = this.#input;
    const hasTurn = await turn.granted;
    if (this.#services.stopping() && this.#isSaved) {
      if (hasTurn) queue.leave();
      share.end();
      return stopError(signal);
    }
    this.#begin();
    const end = hasTurn ? await this.#steps() : stoppedBeforeStart(signal);
    if (hasTurn) queue.leave();
    share.end();
    this.#record(end);
    return end.error;
  }

  /** The run no longer waits. */
  #begin(): void {
    const { id } = this.#input;
    this.#services.history.waits(id, false);
    if (this.#isSaved) this.#services.queuedStarts.forget(id);
  }

  #steps(): Promise<JobEnd> {
    const { id, definition, values, start, signal } = this.#input;
    const { history, tools } = this.#services;
    const depth = (start.depth ?? 0) + 1;
    const progress = (steps: JobEnd['steps']) => history.progress(id, { inputs: this.#inputs, steps });
    progress([]);
    const stepTools: StepTools = {
      ...tools(depth),
      job: (other, variables, stepSignal, began) => this.#startJob(other, variables, stepSignal, began),
    };
    return runSteps(definition, values, stepTools, signal, progress);
  }

  /** A step starts another job and waits for it. */
  #startJob(
    ...[other, variables, signal, began]: Parameters<StepTools['job']>
  ): ReturnType<StepTools['job']> {
    const { name, start } = this.#input;
    const { id, ended } = this.#services.startJob(other, {
      cause: `job ${name}`,
      variables,
      depth: (start.depth ?? 0) + 1,
      waiting: [...(start.waiting ?? []), name],
      signal,
    });
    began(id);
    return ended;
  }

  #record(end: JobEnd): void {
    const { id } = this.#input;
    const { history, activeRuns } = this.#services;
    const { result, error, steps } = end;
    activeRuns.delete(id);
    history.end(id, {
      result,
      code: error?.code,
      error: error?.message,
      detail: { inputs: this.#inputs, steps },
    });
    this.#services.ended(this.#input, end);
  }
}

const stoppedBeforeStart = (signal: AbortSignal): JobEnd => ({
  result: 'stopped',
  error: stopError(signal),
  steps: [],
});
