/** Jobs at work: who starts what, in which lane, and what it came to. */
import { type Clock, type FairleadError, isFairleadError, type Timer } from '@fairlead/tcp';
import { automationErrors } from './catalogue.ts';
import type { Named, Repository } from './definition/repository.ts';
import type { History, RunView } from './history/history.ts';
import { Lane } from './job/lane.ts';
import { type JobEnd, runSteps, type StepTools, stopError } from './job/run.ts';
import { type Schedule, schedule, timesBetween } from './job/schedule.ts';
import type { Job } from './job/schema.ts';
import { Values } from './job/values.ts';
import { automationLimits } from './limits.ts';
import type { Result } from './message.ts';
import type { AutomationStore, Log } from './ports.ts';
import { Counters } from './run/counters.ts';
import type { UnderWay } from './run/under-way.ts';
import type { Vault } from './secret/vault.ts';
import { seldom } from './seldom.ts';

/** What starts later than this, because the machine slept or its clock was set, counts as missed. */
const PUNCTUAL = 60_000;
/** Longest that a timer waits before it looks again: what the system's timers can hold, and clocks may be set. */
const LOOK_AGAIN = 3_600_000;

export interface JobsOptions {
  readonly underWay: UnderWay;
  readonly repository: Repository;
  readonly history: History;
  readonly store: AutomationStore;
  readonly vault: Vault;
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

type Schedules = readonly { readonly pattern: string; readonly next: Schedule }[];

export class Jobs {
  /** Times of schedules that passed unused, and what became of them. */
  readonly missed = { made: 0, skipped: 0 };
  readonly #options: JobsOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Counters of jobs live as long as the service. */
  readonly #counters = new Counters();
  readonly #timers = new Map<string, Timer>();
  /** When each job's schedules start it next, Unix milliseconds. */
  readonly #next = new Map<string, number>();
  /** All jobs, opened: a trigger may fire a thousand times a second. */
  readonly #known = new Map<string, Job>();
  readonly #failures = new Map<string, (failure: [run: number, code?: string]) => void>();
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Arms all schedules, and handles times that passed meanwhile as each job says. One that cannot be armed keeps none of the others. */
  open(): void {
    const { repository, log } = this.#options;
    for (const job of repository.read('job').found) {
      try {
        this.arm(job, 'opened');
      } catch (error) {
        if (!isFairleadError(error)) throw error;
        log.error({ job: job.name, code: error.code }, `A job is not scheduled: ${error.message}`);
      }
    }
  }

  /** A job was read at the start, or saved: times before that are none of a saved one's. Throws SCHEDULE_INVALID. */
  arm({ name, definition }: Named<'job'>, how: 'opened' | 'saved'): void {
    this.#disarm(name);
    this.#known.set(name, definition);
    const schedules = definition.on.flatMap(({ schedule: pattern, zone }) =>
      pattern === undefined ? [] : [{ pattern, next: schedule(name, pattern, zone) }],
    );
    if (!definition.enabled || this.#closed || schedules.length === 0) return;
    const { clock, store, vault } = this.#options;
    const id = vault.idOf('job', name);
    const now = clock.now();
    const seen = how === 'saved' ? now : Math.min(store.scheduledAt(id) ?? now, now);
    store.setScheduledAt(id, now);
    this.#late(name, schedules, seen, now);
    this.#wait(name, schedules, now);
  }

  /** A job was removed. What runs of it goes on to its end. */
  forget(name: string): void {
    this.#disarm(name);
    this.#known.delete(name);
    this.#failures.delete(name);
  }

  #disarm(name: string): void {
    this.#options.clock.clear(this.#timers.get(name));
    this.#timers.delete(name);
    this.#next.delete(name);
  }

  #wait(name: string, schedules: Schedules, from: number): void {
    const { clock, store, vault } = this.#options;
    const times = schedules.flatMap(({ next }) => next(from) ?? []);
    this.#next.delete(name);
    if (times.length === 0 || this.#closed) return;
    const first = Math.min(...times);
    this.#next.set(name, first);
    const timer = clock.after(Math.min(Math.max(0, first - clock.now()), LOOK_AGAIN), () => {
      const now = clock.now();
      if (now < first) {
        this.#wait(name, schedules, from);
        return;
      }
      store.setScheduledAt(vault.idOf('job', name), now);
      const edge = Math.max(from, now - PUNCTUAL);
      this.#late(name, schedules, from, edge);
      for (const { at, pattern } of passed(schedules, edge, now)) this.#scheduled(name, pattern, at, '');
      this.#wait(name, schedules, now);
    });
    timer.unref?.();
    this.#timers.set(name, timer);
  }

  /** Times after `from` up to `to` have passed unused: what the job wants done about them. */
  #late(name: string, schedules: Schedules, from: number, to: number): void {
    const times = from < to ? passed(schedules, from, to) : [];
    if (times.length === 0) return;
    const { missedRuns } = automationLimits.values;
    const missed = this.#known.get(name)?.missed ?? 'skip';
    const made = Math.min({ skip: 0, once: 1, all: missedRuns }[missed], times.length);
    this.missed.made += made;
    this.missed.skipped += times.length - made;
    const { log } = this.#options;
    log.warn({ job: name, missed: times.length, made }, 'Times of a schedule passed unused');
    for (const { at, pattern } of times.slice(times.length - made))
      this.#scheduled(name, pattern, at, ' (missed)');
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
      return this.#refused(id, 'stopped', automationErrors.error('RUN_STOPPED', { reason }));
    }
    const depth = start.depth ?? 0;
    const { jobDepth } = automationLimits.values;
    const { waiting = [] } = start;
    // One that would wait for itself ends here as well as one that goes too deep.
    const stuck = definition.concurrency === 'queue' && waiting.includes(name);
    if (depth >= jobDepth || stuck)
      return this.#refused(
        id,
        'failure',
        automationErrors.error('JOB_TOO_DEEP', { job: name, limit: jobDepth }),
      );
    const stop = new AbortController();
    const lane = this.#lanes.get(name) ?? new Lane(name);
    this.#lanes.set(name, lane);
    const { waiting: before } = lane;
    const turn = lane.enter(definition, stop.signal);
    if (!(turn instanceof Promise)) return this.#refused(id, 'skipped', turn);
    if (lane.waiting > before) history.waits(id, true);
    const follow = () => stop.abort(start.signal?.reason ?? 'who waited for it gave up');
    start.signal?.addEventListener('abort', follow, { once: true });
    const ended = (async () => {
      const values = new Values({
        variables: [...Object.entries(definition.variables), ...(start.variables ?? []), ['Job', name]],
        messages: start.messages ?? [],
        counters: this.#counters,
        environment: this.#options.environment,
        now: () => this.#options.clock.now(),
      });
      // What it began with: without it nobody can tell later why it did what it did.
      const inputs = Object.fromEntries(values.variables);
      const has = await turn;
      history.waits(id, false);
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
      this.#options.underWay.delete(id);
      if (lane.idle) this.#lanes.delete(name);
      const { result, error, steps } = end;
      history.end(id, { result, code: error?.code, error: error?.message, detail: { inputs, steps } });
      if (result === 'failure') this.#failed(name, id, error);
      return error;
    })();
    this.#options.underWay.add(id, stop, ended);
    return { id, ended };
  }

  /** All jobs, by name. */
  list(): JobStatus[] {
    return Array.from(this.#known, ([name, { enabled }]) => {
      const { running = 0, waiting = 0 } = this.#lanes.get(name) ?? {};
      const [last] = this.#options.history.list({ kind: 'job', name, limit: 1 });
      return { name, enabled, nextAt: this.#next.get(name), running, waiting, last };
    }).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** From here on none begins; those that run are stopped by who stops all runs. */
  close(): void {
    this.#closed = true;
    for (const name of [...this.#timers.keys()]) this.#disarm(name);
  }

  #refused(id: number, result: 'failure' | 'skipped' | 'stopped', error: FairleadError): Started {
    this.#options.history.end(id, { result, code: error.code, error: error.message });
    // What is skipped because the job says so is no failure.
    if (result === 'failure' || error.code === 'JOB_QUEUE_FULL')
      this.#failed(String(error.details.job), id, error);
    return { id, ended: Promise.resolve(error) };
  }

  /** Nobody may be there at night: the log has it, within bounds, and without what is secret. */
  #failed(job: string, run: number, error: FairleadError | undefined): void {
    const { clock, log } = this.#options;
    const told =
      this.#failures.get(job) ??
      seldom<[run: number, code?: string]>(clock, ([of, code], count) =>
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

/** The times of all schedules after `from` up to `to`, in order; the latest, where there are many. */
function passed(schedules: Schedules, from: number, to: number): { at: number; pattern: string }[] {
  const { missedRuns } = automationLimits.values;
  return schedules
    .flatMap(({ pattern, next }) => timesBetween(next, from, to, missedRuns).map((at) => ({ at, pattern })))
    .sort((a, b) => a.at - b.at)
    .slice(-missedRuns);
}
