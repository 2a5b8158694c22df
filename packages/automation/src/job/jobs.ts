/** All jobs: what starts them, their queues, and their state. */
import { type Clock, type FairleadError, isFairleadError, type Log } from '@fairlead/core';
import { Counters } from '../body/counters.ts';
import { type Budget, Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import type { RunHistory, RunView } from '../history/run-history.ts';
import { automationLimits } from '../limits.ts';
import type { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { AutomationStore } from '../ports.ts';
import type { ActiveRuns } from '../run/active-runs.ts';
import type { Vault } from '../secret/vault.ts';
import { throttled } from '../throttled.ts';
import { JobQueue } from './job-queue.ts';
import { JobRun, type JobRunServices } from './job-run.ts';
import { QueuedStarts } from './queued-starts.ts';
import { Scheduler } from './scheduler.ts';
import type { Job } from './schema.ts';
import type { Start, Started } from './start.ts';
import type { JobEnd, StepTools } from './steps.ts';
import { Values } from './values.ts';

interface SavedJob {
  readonly name: string;
  readonly definition: Job;
}

interface JobsOptions {
  readonly activeRuns: ActiveRuns;
  readonly history: RunHistory;
  readonly store: AutomationStore;
  readonly vault: Vault;
  readonly budget: Budget;
  readonly evaluator: ConditionEvaluator;
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: ReadonlyMap<string, string | undefined>;
  /** The saved jobs that can be read. */
  saved(): readonly SavedJob[];
  /** All tools but other jobs, which are started here. `depth` is how many jobs are above the step. */
  tools(depth: number): Omit<StepTools, 'job'>;
}

/** The state of a job: its next start, its runs, and its last run. */
export interface JobStatus {
  readonly name: string;
  /** false: only a person starts it. */
  readonly enabled: boolean;
  /** When its schedules start it next, Unix milliseconds. */
  readonly nextAt?: number | undefined;
  readonly running: number;
  /** Starts that wait for their turn. */
  readonly waiting: number;
  /** Its latest run, without details. */
  readonly last?: RunView | undefined;
}

export class Jobs {
  readonly #options: JobsOptions;
  readonly #services: JobRunServices;
  readonly #queues = new Map<string, JobQueue>();
  /** Counters of jobs live as long as the service. */
  readonly #counters = new Counters();
  readonly #scheduler: Scheduler;
  readonly #queuedStarts: QueuedStarts;
  /** While true, all runs wait for `open`. */
  #held = false;
  /** All jobs, decrypted: a trigger may fire a thousand times a second. */
  readonly #known = new Map<string, Job>();
  readonly #failures = new Map<string, (failure: [run: number, code: string | undefined]) => void>();
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#queuedStarts = new QueuedStarts(options);
    this.#scheduler = new Scheduler({ ...options, due: (...given) => this.#scheduled(...given) });
    this.#services = {
      history: options.history,
      activeRuns: options.activeRuns,
      queuedStarts: this.#queuedStarts,
      stopping: () => this.#closed,
      tools: (depth) => options.tools(depth),
      startJob: (name, start) => this.start(name, start),
      ended: ({ id, name }, end) => this.#ended(id, name, end),
    };
  }

  /** Queued runs that an earlier process saved. */
  waitingRuns(): readonly number[] {
    return this.#queuedStarts.runs();
  }

  /** Reads all jobs, and the starts that wait for their turn. No run begins before `open`. */
  load(): void {
    const { saved, log } = this.#options;
    for (const { name, definition } of saved()) this.#known.set(name, definition);
    const runs = this.#queuedStarts.runs();
    this.#held = true;
    for (const run of runs) this.#restore(run);
    if (runs.length > 0) log.info({ starts: runs.length }, 'Queued starts of jobs were restored');
  }

  /**
   * Lets runs begin and arms all schedules. Times that passed meanwhile are handled as each job says. A job that cannot be
   * scheduled is logged; the others are not affected.
   */
  open(): void {
    const { saved, log } = this.#options;
    this.#held = false;
    for (const [name, queue] of this.#queues) queue.open(this.#known.get(name) as Job);
    this.#scheduler.open();
    for (const job of saved()) {
      try {
        this.arm(job, 'opened');
      } catch (error) {
        if (!isFairleadError(error)) throw error;
        log.error({ job: job.name, code: error.code }, `A job is not scheduled: ${error.message}`);
      }
    }
  }

  #restore(run: number): void {
    const { history, log } = this.#options;
    try {
      const start = this.#queuedStarts.get(run);
      history.resume(run, 'job', start);
      const definition = this.#known.get(start.name);
      if (definition === undefined) {
        this.#queuedStarts.forget(run);
        const { name } = start;
        const error = automationErrors.error('DEFINITION_UNKNOWN', { kind: 'job', name });
        this.#refuse(name, run, 'failure', error);
      } else this.#accept(run, start.name, definition, start, true);
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      log.error({ run, code: error.code }, `A queued start of a job was skipped: ${error.message}`);
    }
  }

  /**
   * Schedules a job. One that was `opened` also handles the times that it missed; one that was just `saved` has missed none.
   * Throws SCHEDULE_INVALID.
   */
  arm({ name, definition }: SavedJob, how: 'opened' | 'saved'): void {
    this.#known.set(name, definition);
    this.#scheduler.arm(name, definition, how);
  }

  /** A job was removed. Its active runs continue to their end. */
  forget(name: string): void {
    this.#scheduler.disarm(name);
    this.#known.delete(name);
    this.#failures.delete(name);
  }

  #scheduled(name: string, pattern: string, at: number, note: string): void {
    const variables: [string, string][] = [['ScheduledTime', new Date(at).toISOString()]];
    this.#startAndLog(name, { cause: `schedule ${pattern}${note}`, variables });
  }

  /** Starts the jobs that this trigger starts. Calls `start` only if there is one. */
  fired(trigger: string, start: () => Start): void {
    let known: Start | undefined;
    for (const [name, definition] of this.#known) {
      if (!definition.enabled || !definition.on.some((on) => on.trigger === trigger)) continue;
      known ??= start();
      this.#startAndLog(name, known);
    }
  }

  /** Starts a job. Throws DEFINITION_UNKNOWN. If the run is refused, its record says why. */
  start(name: string, start: Start): Started {
    const { history } = this.#options;
    const definition = this.#known.get(name);
    if (definition === undefined) throw automationErrors.error('DEFINITION_UNKNOWN', { kind: 'job', name });
    const id = history.begin('job', name, start.cause, true);
    if (this.#closed) {
      const reason = 'the service is stopping';
      return this.#refuse(name, id, 'stopped', automationErrors.error('RUN_STOPPED', { reason }));
    }
    return this.#accept(id, name, definition, start, false);
  }

  /**
   * Gives a run its memory and its place in the queue, or refuses it.
   * @param restored whether an earlier process had queued it
   */
  #accept(id: number, name: string, definition: Job, start: Start, restored: boolean): Started {
    if (isTooDeep(name, definition, start)) {
      const limit = automationLimits.values.jobDepth;
      return this.#refuse(name, id, 'failure', automationErrors.error('JOB_TOO_DEEP', { job: name, limit }));
    }
    const share = new Share(this.#options.budget);
    let values: Values;
    try {
      values = this.#values(name, definition, start, share);
    } catch (error) {
      share.end();
      if (restored) this.#queuedStarts.forget(id);
      if (!isFairleadError(error)) throw error;
      return this.#refuse(name, id, 'failure', error);
    }
    const stop = new AbortController();
    const signal = start.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, start.signal]);
    const queue = this.#queueOf(name);
    const turn = queue.enter(definition, signal, restored);
    if (isFairleadError(turn)) {
      share.end();
      return this.#refuse(name, id, 'skipped', turn);
    }
    const input = { id, name, definition, start, values, share, queue, turn, stop, signal };
    return new JobRun(this.#services, input).start(restored);
  }

  #queueOf(name: string): JobQueue {
    const queue = this.#queues.get(name) ?? new JobQueue(name, this.#held);
    this.#queues.set(name, queue);
    return queue;
  }

  /** What the steps of a run see. Throws RUNS_FULL. */
  #values(name: string, { variables }: Job, start: Start, share: Share): Values {
    return new Values({
      variables: [...Object.entries(variables), ...(start.variables ?? []), ['Job', name]],
      messages: start.messages ?? [],
      counters: this.#counters,
      environment: this.#options.environment,
      now: () => this.#options.clock.now(),
      share,
      evaluator: this.#options.evaluator,
    });
  }

  /** Times of schedules that were missed, and what was done about them. */
  get missed(): Readonly<Scheduler['missed']> {
    return this.#scheduler.missed;
  }

  /** All jobs, by name. */
  list(): JobStatus[] {
    return Array.from(this.#known, ([name, { enabled }]) => {
      const { running = 0, waiting = 0 } = this.#queues.get(name) ?? {};
      const [last] = this.#options.history.list({ kind: 'job', name, limit: 1 });
      return { name, enabled, nextAt: this.#scheduler.nextAt(name), running, waiting, last };
    }).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Lets no further run begin. The service stops the active runs. */
  close(): void {
    this.#closed = true;
    this.#scheduler.close();
  }

  #ended(id: number, name: string, { result, error }: JobEnd): void {
    if (this.#queues.get(name)?.idle) this.#queues.delete(name);
    if (result === 'failure') this.#logFailure(name, id, error);
  }

  #refuse(
    name: string,
    id: number,
    result: 'failure' | 'skipped' | 'stopped',
    error: FairleadError,
  ): Started {
    this.#options.history.end(id, { result, code: error.code, error: error.message });
    // A run that the concurrency rule skips is not a failure.
    if (result === 'failure' || error.code === 'JOB_QUEUE_FULL') this.#logFailure(name, id, error);
    return { id, ended: Promise.resolve(error) };
  }

  /** Logs failures of a job, once a second at most, and nothing secret. */
  #logFailure(job: string, run: number, error: FairleadError | undefined): void {
    const { clock, log } = this.#options;
    let report = this.#failures.get(job);
    if (report === undefined) {
      report = throttled<[run: number, code: string | undefined]>(clock, ([of, code], count) =>
        log.warn(
          { job, run: of, code, count },
          'A job did not succeed; "fairlead run show" shows the reason',
        ),
      );
      this.#failures.set(job, report);
    }
    report([run, error?.code]);
  }

  /** Starts a job without waiting for it. An error is logged. */
  #startAndLog(name: string, start: Start): void {
    try {
      this.start(name, start);
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'A job could not be started');
    }
  }
}

/** Whether jobs have started jobs too often, or the run would wait for itself. */
function isTooDeep(name: string, { concurrency }: Job, { depth = 0, waiting = [] }: Start): boolean {
  const waitsForItself = concurrency === 'queue' && waiting.includes(name);
  return depth >= automationLimits.values.jobDepth || waitsForItself;
}
