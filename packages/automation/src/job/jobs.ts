/** Jobs at work: who starts what, in which lane, and what it came to. */
import type { Clock, FairleadError, Timer } from '@fairlead/tcp';
import { automationErrors } from '../catalogue.ts';
import type { Named, Repository } from '../definition/repository.ts';
import type { History } from '../history/history.ts';
import { automationLimits } from '../limits.ts';
import type { Result } from '../message.ts';
import type { AutomationStore, Log } from '../ports.ts';
import { Counters } from '../run/counters.ts';
import type { Vault } from '../secret/vault.ts';
import { Lane } from './lane.ts';
import { type JobEnd, runSteps, type StepTools } from './run.ts';
import { schedule, timesBetween } from './schedule.ts';
import type { Job } from './schema.ts';
import { Values } from './values.ts';

/** Longest that a timer waits before it looks again: what the system's timers can hold, and clocks may be set. */
const LOOK_AGAIN = 3_600_000;

export interface JobsOptions {
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

export class Jobs {
  readonly #options: JobsOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Map<number, { readonly stop: AbortController; readonly ended: Promise<unknown> }>();
  /** Counters of jobs live as long as the service. */
  readonly #counters = new Counters();
  readonly #timers = new Map<string, Timer>();
  /** All jobs, opened: a trigger may fire a thousand times a second. */
  readonly #known = new Map<string, Job>();
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Arms all schedules, and handles times that passed meanwhile as each job says. */
  open(): void {
    for (const job of this.#options.repository.list('job')) this.arm(job);
  }

  /** A job was saved: its schedules begin anew. Throws SCHEDULE_INVALID. */
  arm({ name, definition }: Named<'job'>): void {
    this.#disarm(name);
    this.#known.set(name, definition);
    const schedules = definition.on.flatMap(({ schedule: pattern, zone }) =>
      pattern === undefined ? [] : [{ pattern, next: schedule(name, pattern, zone) }],
    );
    if (!definition.enabled || this.#closed || schedules.length === 0) return;
    const { clock, store, vault } = this.#options;
    const id = vault.idOf('job', name);
    const now = clock.now();
    const seen = Math.min(store.scheduledAt(id) ?? now, now);
    const { missedRuns } = automationLimits.values;
    const passed = schedules.flatMap(({ pattern, next }) =>
      timesBetween(next, seen, now, missedRuns).map((at) => ({ at, pattern })),
    );
    passed.sort((a, b) => a.at - b.at);
    store.setScheduledAt(id, now);
    const wanted = { skip: 0, once: 1, all: missedRuns }[definition.missed];
    for (const { at, pattern } of wanted === 0 ? [] : passed.slice(-wanted))
      this.#scheduled(name, pattern, at, ' (missed)');
    this.#wait(name, schedules, now);
  }

  /** A job was removed. What runs of it goes on to its end. */
  forget(name: string): void {
    this.#disarm(name);
    this.#known.delete(name);
  }

  #disarm(name: string): void {
    this.#options.clock.clear(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #wait(
    name: string,
    schedules: readonly { pattern: string; next: (after: number) => number | undefined }[],
    from: number,
  ): void {
    const { clock, store, vault } = this.#options;
    const due = schedules.flatMap(({ next, pattern }) => {
      const at = next(from);
      return at === undefined ? [] : [{ at, pattern }];
    });
    if (due.length === 0 || this.#closed) return;
    const first = due.reduce((a, b) => (b.at < a.at ? b : a));
    const ms = Math.min(Math.max(0, first.at - clock.now()), LOOK_AGAIN);
    const timer = clock.after(ms, () => {
      if (clock.now() < first.at) {
        this.#wait(name, schedules, from);
        return;
      }
      store.setScheduledAt(vault.idOf('job', name), first.at);
      for (const { at, pattern } of due) if (at === first.at) this.#scheduled(name, pattern, at, '');
      this.#wait(name, schedules, first.at);
    });
    timer.unref?.();
    this.#timers.set(name, timer);
  }

  #scheduled(name: string, pattern: string, at: number, note: string): void {
    const variables: [string, string][] = [['ScheduledTime', new Date(at).toISOString()]];
    this.#quietly(() => this.start(name, { cause: `schedule ${pattern}${note}`, variables }));
  }

  /** Starts the jobs that this trigger starts. */
  fired(trigger: string, start: Start): void {
    for (const [name, definition] of this.#known) {
      if (!definition.enabled || !definition.on.some((on) => on.trigger === trigger)) continue;
      this.#quietly(() => this.start(name, start));
    }
  }

  /** Starts a job. Throws DEFINITION_UNKNOWN. What refuses it afterwards stands in the record. */
  start(name: string, start: Start): Started {
    const { history } = this.#options;
    const definition = this.#known.get(name);
    if (definition === undefined) throw automationErrors.error('DEFINITION_UNKNOWN', { kind: 'job', name });
    const id = history.begin('job', name, start.cause, true);
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
    const turn = lane.enter(definition, stop.signal);
    if (!(turn instanceof Promise)) return this.#refused(id, 'skipped', turn);
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
      const has = await turn;
      const tools: StepTools = {
        ...this.#options.tools(depth + 1),
        job: async (other, variables, signal) =>
          this.start(other, {
            cause: `job ${name}`,
            variables,
            depth: depth + 1,
            waiting: [...waiting, name],
            signal,
          }).ended,
      };
      const end: JobEnd = has
        ? await runSteps(definition, values, tools, stop.signal, (steps) => history.progress(id, { steps }))
        : {
            result: 'stopped',
            error: automationErrors.error('RUN_STOPPED', { reason: String(stop.signal.reason) }),
            steps: [],
          };
      if (has) lane.leave();
      start.signal?.removeEventListener('abort', follow);
      this.#running.delete(id);
      if (lane.idle) this.#lanes.delete(name);
      const { result, error, steps } = end;
      history.end(id, { result, code: error?.code, error: error?.message, detail: { steps } });
      return error;
    })();
    this.#running.set(id, { stop, ended });
    return { id, ended };
  }

  /** Settles when the run has ended; undefined: it does not go on. */
  ended(id: number): Promise<unknown> | undefined {
    return this.#running.get(id)?.ended;
  }

  /** false: no such run goes on. */
  stop(id: number, reason: string): boolean {
    const run = this.#running.get(id);
    run?.stop.abort(reason);
    return run !== undefined;
  }

  /** Stops what runs, and waits for it. */
  async close(reason: string): Promise<void> {
    this.#closed = true;
    for (const name of [...this.#timers.keys()]) this.#disarm(name);
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort(reason);
    await Promise.all(running.map(({ ended }) => ended));
  }

  #refused(id: number, result: 'failure' | 'skipped', error: FairleadError): Started {
    this.#options.history.end(id, { result, code: error.code, error: error.message });
    return { id, ended: Promise.resolve(error) };
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
