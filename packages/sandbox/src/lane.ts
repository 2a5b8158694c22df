import { type Clock, Fifo, type Timer } from '@fairlead/core';
import type { ChildSettings } from './child.ts';
import { contextLine, type Job, type ScriptEntry } from './job.ts';
import { KnownParameters } from './known-parameters.ts';
import { type Note, ScriptProcess } from './process.ts';
import { encodeRun, encodeText, messageType } from './wire.ts';

export interface LaneOptions {
  readonly settings: ChildSettings;
  readonly clock: Clock;
  readonly watchdog: number;
  readonly processMemory: number;
  readonly isolates: number;
  readonly jobFrames: number;
  readonly jobBytes: number;
  readonly parameters: number;
  readonly pingInterval: number;
  readonly startRetry: number;
  readonly startTimeout: number;
}

/** Why a process ended: `killed`: a script could not be stopped; `memory`: it used too much; `crashed`: by itself. */
export type Loss = 'killed' | 'memory' | 'crashed';

interface LaneEvents {
  /** The report of jobs that entered one script together. */
  answered(jobs: readonly Job[], text: string): void;
  /**
   * The process ended. `guilty` ran when it ended, if that is known; `waiting` are all other jobs, in order. The lane
   * then has no jobs.
   */
  lost(loss: Loss, reason: string, guilty: Group | undefined, waiting: readonly Job[]): void;
  /** No process can be started. */
  failed(jobs: readonly Job[], reason: string): void;
}

/** Jobs that enter one script together; none: the script is only prepared. */
export interface Group {
  readonly entry: ScriptEntry;
  readonly jobs: Job[];
  frames: number;
  bytes: number;
}

/** A numbered request. A ping belongs to no script and has no group. */
interface Launched {
  readonly number: number;
  readonly group: Group | undefined;
}

/** Times that the process may end without an answer and without a guilty script. */
const startTries = 3;
/** Compilation is not the script's work, and takes longer on a busy machine. */
const prepareFactor = 10;
/** A script that hangs without using CPU time hangs too. */
const idleFactor = 8;
/** Multiple of the watchdog's time in which a process must start a request. */
const beginFactor = 2;

/**
 * A queue with one process. Jobs added in one turn of the event loop are sent together, the jobs of one script as one
 * group, so that the process enters the script once. The watchdog reads the notes of the process.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #events: LaneEvents;
  #queue: Job[] = [];
  /** Not yet answered; the answers have the order of the requests. A map whose entries come and go would be made anew all the time. */
  #flight = new Fifo<Launched>();
  #process: ScriptProcess | undefined;
  #ready = false;
  #startedAt = 0;
  #loaded = new Map<number, true>();
  #parameters: KnownParameters;
  #lastGroup = 0;
  #scheduled = false;
  #failures = 0;
  #retryAt = 0;
  #timer: Timer | undefined;
  #pingTimer: Timer | undefined;
  #seen: Note = { group: 0, entries: 0, running: false };
  #seenAt = 0;
  #seenCpu: number | undefined;
  /** Whether a request was sent to the idle process, or answered, since the last check. */
  #progressed = false;
  #verdict: { loss: Loss; guilty: Group | undefined; reason: string } | undefined;
  #closed = false;
  #ended: (() => void) | undefined;

  constructor(options: LaneOptions, events: LaneEvents) {
    this.#options = options;
    this.#events = events;
    this.#parameters = new KnownParameters(options.parameters);
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  /** Starts the process, if it does not run, before there is a job for it. */
  start(): void {
    if (!this.#closed && this.#process === undefined) this.#start();
  }

  submit(job: Job): void {
    this.#queue.push(job);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Kills the process without events: this program is ending. */
  kill(): void {
    this.#process?.kill();
  }

  /** Ends the process; waiting jobs are returned as lost. Resolves when the process has ended. */
  async close(grace: number): Promise<void> {
    this.#closed = true;
    const process = this.#process;
    if (process === undefined) {
      this.#events.lost('crashed', 'closed', undefined, this.#queue.splice(0));
      return;
    }
    const gone = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    if (this.#flight.length > 0 || !this.#ready) process.kill();
    else process.end();
    const timer = this.#options.clock.after(grace, () => process.kill());
    await gone;
    this.#options.clock.clear(timer);
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#queue.length === 0 || this.#closed) return;
    if (this.#process === undefined) this.#start();
    if (!this.#ready) return;
    // A penalised script enters alone, so that the guilty one is known; it may be disabled before its turn.
    const penalty = this.#options.settings.penalty;
    if (penalty && this.#flight.length > 0) return;
    const jobs = penalty ? this.#queue.splice(0, 1) : this.#queue.splice(0);
    const requests: Buffer[] = [];
    for (const group of this.#grouped(jobs)) this.#encode(group, requests);
    this.#process?.send(requests);
    this.#watch();
  }

  #grouped(jobs: readonly Job[]): Group[] {
    const groups: Group[] = [];
    const open = new Map<ScriptEntry, Group>();
    for (const job of jobs) {
      const { entry, frames, bytes } = job;
      const group = open.get(entry);
      const { jobFrames, jobBytes } = this.#options;
      if (
        group !== undefined &&
        job.kind === 'uplink' &&
        group.frames + frames.length <= jobFrames &&
        group.bytes + bytes <= jobBytes
      ) {
        group.jobs.push(job);
        group.frames += frames.length;
        group.bytes += bytes;
        continue;
      }
      const fresh = { entry, jobs: [job], frames: frames.length, bytes };
      groups.push(fresh);
      // Only uplinks are grouped; other jobs are sent alone, and later uplinks stay behind them.
      if (job.kind === 'uplink') open.set(entry, fresh);
      else open.delete(entry);
    }
    return groups;
  }

  #encode(group: Group, requests: Buffer[]): void {
    const { entry, jobs } = group;
    const first = jobs[0] as Job;
    if (first.kind === 'load' || !this.#loaded.has(entry.id)) {
      const load: Group = first.kind === 'load' ? group : { entry, jobs: [], frames: 0, bytes: 0 };
      if (this.#loaded.size >= this.#options.isolates && !this.#loaded.has(entry.id)) {
        const oldest = this.#loaded.keys().next().value as number;
        this.#loaded.delete(oldest);
        requests.push(encodeText(messageType.drop, 0, oldest, ''));
      }
      requests.push(encodeText(messageType.load, this.#launch(load), entry.id, entry.source));
      this.#loaded.set(entry.id, true);
      if (load === group) return;
    } else {
      this.#loaded.delete(entry.id);
      this.#loaded.set(entry.id, true);
    }
    const number = this.#launch(group);
    let contexts = this.#contextOf(first, requests);
    for (let i = 1; i < jobs.length; i++) contexts += `\n${this.#contextOf(jobs[i] as Job, requests)}`;
    requests.push(
      first.kind === 'uplink'
        ? encodeRun(number, entry.id, contexts, jobs)
        : encodeText(messageType[first.kind], number, entry.id, `${contexts}\n${first.message}`),
    );
    const forgotten = this.#parameters.trim();
    if (forgotten > 0) requests.push(encodeText(messageType.forget, 0, forgotten, ''));
  }

  /** The line of the job's context; what it refers to is sent before. */
  #contextOf({ call }: Job, requests: Buffer[]): string {
    const { context } = call as NonNullable<Job['call']>;
    const { parameters = '' } = context;
    const name = this.#parameters.name(parameters, (text, number) =>
      requests.push(encodeText(messageType.parameters, 0, number, text)),
    );
    return contextLine(context, name);
  }

  #launch(group: Group | undefined): number {
    if (this.#flight.length === 0) this.#progressed = true;
    this.#lastGroup = (this.#lastGroup % 0xffff_fffe) + 1;
    this.#flight.push({ number: this.#lastGroup, group });
    return this.#lastGroup;
  }

  #start(): void {
    const now = this.#options.clock.monotonic();
    if (now < this.#retryAt) {
      this.#events.failed(this.#queue.splice(0), 'it could not be started a moment ago');
      return;
    }
    this.#startedAt = now;
    this.#seen = { group: 0, entries: 0, running: false };
    let process: ScriptProcess;
    try {
      process = new ScriptProcess(this.#options.settings, {
        ready: () => {
          this.#ready = true;
          this.#flush();
          this.#pingLater();
        },
        answer: (number, text) => this.#answer(number, text),
        exit: (reason) => this.#exit(reason),
      });
    } catch (error) {
      this.#events.failed(this.#queue.splice(0), (error as Error).message);
      return;
    }
    this.#process = process;
    this.#watch();
  }

  #answer(number: number, text: string): void {
    if (this.#flight.first?.number !== number) return;
    const group = this.#flight.shift()?.group;
    this.#failures = 0;
    this.#progressed = true;
    if (group !== undefined && group.jobs.length > 0) this.#events.answered(group.jobs, text);
    if (this.#flight.length === 0 && this.#queue.length > 0) this.#flush();
    this.#pingLater();
  }

  /**
   * A process that hangs while idle must be found before the next call. The timer stays set while calls come and go, because
   * a timer for each call would cost as much as a short one.
   */
  #pingLater(): void {
    if (!this.#ready || this.#closed || this.#flight.length > 0 || this.#pingTimer !== undefined) return;
    const { clock, pingInterval } = this.#options;
    this.#pingTimer = clock.after(pingInterval, () => {
      this.#pingTimer = undefined;
      if (!this.#ready || this.#closed || this.#flight.length > 0) return;
      this.#process?.send([encodeText(messageType.ping, this.#launch(undefined), 0, '')]);
      this.#watch();
    });
  }

  /** Restarts the watchdog's time. Reading the CPU time costs more than a short call, so only {@link #look} does it. */
  #mark(): void {
    this.#progressed = false;
    this.#seenAt = this.#options.clock.monotonic();
    this.#seenCpu = this.#process?.usage.cpu();
  }

  #exit(reason: string): void {
    const process = this.#process as ScriptProcess;
    const flight = this.#flight;
    const verdict = this.#verdict ?? {
      loss: 'crashed' as const,
      guilty: groupOf(flight, process.note().group),
      reason,
    };
    this.#options.clock.clear(this.#timer);
    this.#timer = undefined;
    this.#options.clock.clear(this.#pingTimer);
    this.#pingTimer = undefined;
    this.#process = undefined;
    this.#ready = false;
    this.#verdict = undefined;
    this.#flight = new Fifo();
    this.#loaded = new Map();
    this.#parameters = new KnownParameters(this.#options.parameters);
    const waiting: Job[] = [];
    for (const { group } of flight)
      if (group !== undefined && group !== verdict.guilty) waiting.push(...group.jobs);
    waiting.push(...this.#queue.splice(0));
    if (verdict.guilty === undefined && ++this.#failures >= startTries) {
      this.#failures = 0;
      this.#retryAt = this.#options.clock.monotonic() + this.#options.startRetry;
      this.#events.failed(waiting, reason);
    } else {
      this.#events.lost(verdict.loss, verdict.reason, verdict.guilty, waiting);
    }
    this.#ended?.();
  }

  #watch(): void {
    if (this.#timer !== undefined || this.#process === undefined) return;
    if (this.#ready && this.#flight.length === 0) return;
    this.#timer = this.#options.clock.after(this.#options.watchdog / 10, () => {
      this.#timer = undefined;
      // After the pipes were read: if this process was busy for a long time, the answer may have arrived.
      setImmediate(() => {
        this.#look();
        this.#watch();
      });
    });
  }

  /** Checks whether the process still runs the same request as at the last check, and worked on it all the time. */
  #look(): void {
    const process = this.#process;
    if (process === undefined || this.#verdict !== undefined) return;
    const { clock, watchdog, processMemory, startTimeout } = this.#options;
    const now = clock.monotonic();
    if (!this.#ready) {
      if (now - this.#startedAt > startTimeout) this.#end('crashed', undefined, 'it did not start in time');
      return;
    }
    const note = process.note();
    const moved = note.entries !== this.#seen.entries;
    const progressed = moved || this.#progressed;
    this.#seen = note;
    if (progressed) this.#mark();
    const memory = process.usage.memory();
    const group = groupOf(this.#flight, note.group);
    if (memory !== undefined && memory > processMemory) {
      // A script that has just started did not cause the present memory use.
      this.#end('memory', moved ? undefined : group, `the process took ${memory} bytes`);
      return;
    }
    if (progressed) return;
    // The last noted request is answered, so no later request has started.
    const limit =
      group === undefined ? watchdog * beginFactor : note.running ? watchdog : watchdog * prepareFactor;
    const elapsed = now - this.#seenAt;
    if (elapsed < limit) return;
    const cpu = process.usage.cpu();
    // On a busy machine a process may not run for a long time; it has then not used CPU time either.
    const worked = cpu === undefined || this.#seenCpu === undefined ? elapsed / 2 : cpu - this.#seenCpu;
    if (worked < limit * 0.6 && elapsed < limit * idleFactor) return;
    if (group === undefined)
      this.#end('crashed', undefined, `it took nothing up within ${Math.round(elapsed)} ms`);
    else this.#end('killed', group, `it did not stop within ${Math.round(elapsed)} ms`);
  }

  #end(loss: Loss, guilty: Group | undefined, reason: string): void {
    this.#verdict = { loss, guilty, reason };
    this.#process?.kill();
  }
}

function groupOf(flight: Fifo<Launched>, number: number): Group | undefined {
  for (const launched of flight) if (launched.number === number) return launched.group;
  return undefined;
}
