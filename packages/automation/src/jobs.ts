/** Jobs at work: who starts what, in which lane, and what it came to. */
import { type Clock, type FairleadError, isFairleadError } from '@fairlead/core';
import { Counters } from './body/counters.ts';
import { type Budget, Share } from './budget.ts';
import { automationErrors } from './catalogue.ts';
import type { DefinitionRepository, Named } from './definition/repository.ts';
import type { RunHistory, RunView } from './history/run-history.ts';
import { JobQueue } from './job/job-queue.ts';
import { QueuedStarts } from './job/queued-starts.ts';
import { Scheduler } from './job/scheduler.ts';
import type { Job } from './job/schema.ts';
import { type JobEnd, runSteps, type StepTools, stopError } from './job/steps.ts';
import { Values } from './job/values.ts';
import { automationLimits } from './limits.ts';
import type { Judge } from './match/judge.ts';
import type { Result } from './message.ts';
import type { AutomationStore, Log } from './ports.ts';
import type { ActiveRuns } from './run/active-runs.ts';
import type { Vault } from './secret/vault.ts';
import { throttled } from './throttled.ts';

export interface JobsOptions {
  readonly activeRuns: ActiveRuns;
  readonly repository: DefinitionRepository;
  readonly history: RunHistory;
  readonly store: AutomationStore;
  readonly vault: Vault;
  readonly budget: Budget;
  readonly judge: Judge;
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: ReadonlyMap<string, string | undefined>;
  /** All but other jobs, which are started here. `depth` says how many jobs stand above the step. */
  tools(depth: number): Omit<StepTools, 'job'>;
}

export interface Start {
  /** What started it, for the record. */
  readonly cause: string;
  readonly variables?: Iterable<readonly [string, string]> | undefined;
  readonly messages?: readonly Result[] | undefined;
  /** How many jobs led here. */
  readonly depth?: number | undefined;
  /** The jobs whose steps wait for this one. */
  readonly waiting?: readonly string[] | undefined;
  /** Gives the run up. */
  readonly signal?: AbortSignal | undefined;
}

/** A run that has begun, or was refused: either way it has an id in the history. */
export interface Started {
  readonly id: number;
  readonly ended: Promise<FairleadError | undefined>;
}

/** What a job is about to do, does and did. */
export interface JobStatus {
  readonly name: string;
  /** false: it is started by a person alone. */
  readonly enabled: boolean;
  /** When its schedules start it next, Unix milliseconds. */
  readonly nextAt?: number | undefined;
  readonly running: number;
  /** Starts that wait for their turn. */
  readonly waiting: number;
  /** Its latest run, without what it did. */
  readonly last?: RunView | undefined;
}

export class Jobs {
  readonly #options: JobsOptions;
  readonly #lanes = new Map<string, JobQueue>();
  /** Counters of jobs live as long as the service. */
  readonly #counters = new Counters();
  readonly #scheduler: Scheduler;
  readonly #waiting: QueuedStarts;
  /** Whether runs wait for `open`, though their turn has come. */
  #held = false;
  /** All jobs, opened: a trigger may fire a thousand times a second. */
  readonly #known = new Map<string, Job>();
  readonly #failures = new Map<string, (failure: [run: number, code: string | undefined]) => void>();
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#waiting = new QueuedStarts(options);
    this.#scheduler = new Scheduler({ ...options, due: (...given) => this.#scheduled(...given) });
  }

  /** Runs that have waited for their turn since an earlier process. */
  waitingRuns(): readonly number[] {
    return this.#waiting.runs();
  }

  /** Takes over all jobs, and the starts that wait for their turn; before `open` none begins. */
  load(): void {
    const { repository, log } = this.#options;
    for (const { name, definition } of repository.read('job').found) this.#known.set(name, definition);
    const runs = this.#waiting.runs();
    this.#held = true;
    for (const run of runs) this.#restore(run);
    if (runs.length > 0) log.info({ starts: runs.length }, 'Starts of jobs wait again for their turn');
  }

  /** Lets jobs begin, and arms all schedules; times that passed meanwhile are handled as each job says. One that cannot be armed keeps none of the others. */
  open(): void {
    const { repository, log } = this.#options;
    this.#held = false;
    for (const [name, lane] of this.#lanes) lane.open(this.#known.get(name) as Job);
    this.#scheduler.open();
    for (const job of repository.read('job').found) {
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
      const start = this.#waiting.get(run);
      history.resume(run, 'job', start);
      const definition = this.#known.get(start.name);
      if (definition === undefined) {
        this.#waiting.forget(run);
        const { name } = start;
        const error = automationErrors.error('DEFINITION_UNKNOWN', { kind: 'job', name });
        this.#refused(name, run, 'failure', error);
      } else this.#enter(run, start.name, definition, start, true);
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      log.error({ run, code: error.code }, `A start of a job that waited is left out: ${error.message}`);
    }
  }

  /** A job was read at the start, or saved: times before that are none of a saved one's. Throws SCHEDULE_INVALID. */
  arm({ name, definition }: Named<'job'>, how: 'opened' | 'saved'): void {
    this.#known.set(name, definition);
    this.#scheduler.arm(name, definition, how);
  }

  /** A job was removed. What runs of it goes on to its end. */
  forget(name: string): void {
    this.#scheduler.disarm(name);
    this.#known.delete(name);
    this.#failures.delete(name);
  }

  #scheduled(name: string, pattern: string, at: number, note: string): void {
    const variables: [string, string][] = [['ScheduledTime', new Date(at).toISOString()]];
    this.#quietly(() => this.start(name, { cause: `schedule ${pattern}${note}`, variables }));
  }

  /** Starts the jobs that this trigger starts. `start` is asked for only where there is one. */
  fired(trigger: string, start: () => Start): void {
    let known: Start | undefined;
    for (const [name, definition] of this.#known) {
      if (!definition.enabled || !definition.on.some((on) => on.trigger === trigger)) continue;
      known ??= start();
      const given = known;
      this.#quietly(() => this.start(name, given));
    }
  }

  /** Starts a job. Throws DEFINITION_UNKNOWN. What refuses it afterwards stands in the record. */
  start(name: string, start: Start): Started {
    const { history } = this.#options;
    const definition = this.#known.get(name);
    if (definition === undefined) throw automationErrors.error('DEFINITION_UNKNOWN', { kind: 'job', name });
    const id = history.begin('job', name, start.cause, true);
    if (this.#closed) {
      const reason = 'the service stops';
      return this.#refused(name, id, 'stopped', automationErrors.error('RUN_STOPPED', { reason }));
    }
    return this.#enter(id, name, definition, start, false);
  }

  /** @param restored whether it has waited in an earlier process */
  #enter(id: number, name: string, definition: Job, start: Start, restored: boolean): Started {
    const { history } = this.#options;
    const depth = start.depth ?? 0;
    const { jobDepth } = automationLimits.values;
    const { waiting = [] } = start;
    // One that would wait for itself ends here as well as one that goes too deep.
    const stuck = definition.concurrency === 'queue' && waiting.includes(name);
    if (depth >= jobDepth || stuck)
      return this.#refused(
        name,
        id,
        'failure',
        automationErrors.error('JOB_TOO_DEEP', { job: name, limit: jobDepth }),
      );
    const share = new Share(this.#options.budget);
    let values: Values;
    try {
      values = this.#values(name, definition, start, share);
    } catch (error) {
      share.end();
      if (restored) this.#waiting.forget(id);
      if (!isFairleadError(error)) throw error;
      return this.#refused(name, id, 'failure', error);
    }
    const stop = new AbortController();
    const lane = this.#lanes.get(name) ?? new JobQueue(name, this.#held);
    this.#lanes.set(name, lane);
    const { waiting: before } = lane;
    const turn = lane.enter(definition, stop.signal, restored);
    if (!(turn instanceof Promise)) {
      share.end();
      return this.#refused(name, id, 'skipped', turn);
    }
    const waits = lane.waiting > before;
    if (waits) history.waits(id, true);
    // What a step of another job has started ends with that job.
    const kept = waits && start.signal === undefined;
    if (kept && !restored) this.#keep(id, name, start);
    const follow = () => stop.abort(start.signal?.reason ?? 'who waited for it gave up');
    start.signal?.addEventListener('abort', follow, { once: true });
    const ended = (async () => {
      // What it began with: without it nobody can tell later why it did what it did.
      const inputs = Object.fromEntries(values.variables);
      const has = await turn;
      if (this.#closed && kept) {
        if (has) lane.leave();
        share.end();
        return stopError(stop.signal); // it waits for the next process
      }
      history.waits(id, false);
      if (kept) this.#waiting.forget(id);
      if (has) history.progress(id, { inputs, steps: [] });
      const tools: StepTools = {
        ...this.#options.tools(depth + 1),
        job: (other, variables, signal, began) => {
          const below = [...waiting, name];
          const cause = `job ${name}`;
          const { id: run, ended } = this.start(other, {
            cause,
            variables,
            depth: depth + 1,
            waiting: below,
            signal,
          });
          began(run);
          return ended;
        },
      };
      const end: JobEnd = has
        ? await runSteps(definition, values, tools, stop.signal, (steps) =>
            history.progress(id, { inputs, steps }),
          )
        : { result: 'stopped', error: stopError(stop.signal), steps: [] };
      if (has) lane.leave();
      start.signal?.removeEventListener('abort', follow);
      this.#options.activeRuns.delete(id);
      if (lane.idle) this.#lanes.delete(name);
      share.end();
      const { result, error, steps } = end;
      history.end(id, { result, code: error?.code, error: error?.message, detail: { inputs, steps } });
      if (result === 'failure') this.#failed(name, id, error);
      return error;
    })();
    this.#options.activeRuns.add(id, stop, ended);
    return { id, ended };
  }

  #keep(id: number, name: string, { cause, depth = 0, variables = [], messages = [] }: Start): void {
    const startedAt = this.#options.clock.now();
    this.#waiting.keep(id, { name, cause, startedAt, depth, variables: [...variables], messages });
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
      judge: this.#options.judge,
    });
  }

  /** Times of schedules that passed unused, and what became of them. */
  get missed(): Readonly<Scheduler['missed']> {
    return this.#scheduler.missed;
  }

  /** All jobs, by name. */
  list(): JobStatus[] {
    return Array.from(this.#known, ([name, { enabled }]) => {
      const { running = 0, waiting = 0 } = this.#lanes.get(name) ?? {};
      const [last] = this.#options.history.list({ kind: 'job', name, limit: 1 });
      return { name, enabled, nextAt: this.#scheduler.nextAt(name), running, waiting, last };
    }).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** From here on none begins; those that run are stopped by who stops all runs. */
  close(): void {
    this.#closed = true;
    this.#scheduler.close();
  }

  #refused(
    name: string,
    id: number,
    result: 'failure' | 'skipped' | 'stopped',
    error: FairleadError,
  ): Started {
    this.#options.history.end(id, { result, code: error.code, error: error.message });
    // What is skipped because the job says so is no failure.
    if (result === 'failure' || error.code === 'JOB_QUEUE_FULL') this.#failed(name, id, error);
    return { id, ended: Promise.resolve(error) };
  }

  /** Nobody may be there at night: the log has it, within bounds, and without what is secret. */
  #failed(job: string, run: number, error: FairleadError | undefined): void {
    const { clock, log } = this.#options;
    const told =
      this.#failures.get(job) ??
      throttled<[run: number, code: string | undefined]>(clock, ([of, code], count) =>
        log.warn({ job, run: of, code, count }, 'A job did not succeed; "fairlead run show" tells why'),
      );
    this.#failures.set(job, told);
    told([run, error?.code]);
  }

  /** Where nobody waits for an answer. */
  #quietly(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'A job could not be started');
    }
  }
}
