import { createHash } from 'node:crypto';
import type { FairleadError } from '@fairlead/core';
import { Calls } from './calls.ts';
import { sandboxErrors } from './catalogue.ts';
import { Gathered } from './gathered.ts';
import { type Call, cut, type Job, partOf, type ScriptEntry, type SingleCall, sizeOf } from './job.ts';
import { type Group, Lane, type LaneOptions, type Loss } from './lane.ts';
import { sandboxLimits } from './limits.ts';
import { NewestCalls } from './newest-calls.ts';
import { checkOptions, type SandboxOptions, type SandboxSettings } from './options.ts';
import { type Offence, Penalty } from './penalty.ts';
import { type FrameReport, type FrameResult, type LogLine, ReportReader } from './report.ts';
import type {
  LoadOptions,
  Sandbox,
  SandboxStats,
  Script,
  ScriptContext,
  StateChange,
  UplinkResult,
} from './types.ts';

const limits = sandboxLimits.values;

/**
 * Runs scripts of users in separate processes, which start on first use. Concurrent calls share the cost of one message to
 * the process: make many calls at once rather than wait for each.
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  return new IsolateSandbox(checkOptions(options));
}

class IsolateSandbox implements Sandbox {
  readonly #settings: SandboxSettings;
  readonly #lanes: Lane[];
  readonly #penaltyLane: Lane;
  /** By SHA-256, those of trials apart, the least recently used first. */
  readonly #known = new Map<string, ScriptEntry>();
  readonly #calls: Calls;
  #lastScript = 0;
  #closing: Promise<void> | undefined;
  #closed = false;
  #timeouts = 0;
  #kills = 0;
  #restarts = 0;
  #logsDropped = 0;

  constructor(settings: SandboxSettings) {
    this.#settings = settings;
    this.#calls = new Calls(settings);
    this.#lanes = Array.from({ length: settings.processes }, () => this.#lane(false));
    this.#penaltyLane = this.#lane(true);
    // A program that ends without close() must not leave processes behind. They notice its end unless they hang.
    process.once('exit', this.#kill);
  }

  readonly #kill = (): void => {
    for (const lane of [...this.#lanes, this.#penaltyLane]) lane.kill();
  };

  #lane(penalty: boolean): Lane {
    const { clock, watchdog, processMemory, isolates, softTimeout, memory } = this.#settings;
    const { result, depth, messages, state, logLines, logLength } = limits;
    const bounds = { result, depth, messages, state, logLines, logLength, slice: softTimeout / 2 };
    const options: LaneOptions = {
      ...limits,
      clock,
      watchdog,
      processMemory,
      isolates,
      settings: { penalty, softTimeout, firstCall: Math.max(softTimeout, limits.firstCall), memory, bounds },
    };
    return new Lane(options, {
      answered: (jobs, text) => this.#answered(jobs, text),
      lost: (loss, reason, guilty, waiting) => this.#lost(loss, reason, guilty, waiting),
      failed: (jobs, reason) => {
        for (const job of jobs) this.#refuse(job, sandboxErrors.error('SANDBOX_FAILED', { reason }));
      },
    });
  }

  // --- what users call ------------------------------------------------------------------------------------------------

  async load(source: string, { trial = false }: LoadOptions = {}): Promise<Script> {
    if (this.#closing !== undefined) throw sandboxErrors.error('SANDBOX_CLOSED');
    if (source.length > limits.source) {
      throw sandboxErrors.error('SCRIPT_INVALID', {
        place: '',
        reason: `longer than ${limits.source} characters`,
      });
    }
    const entry = this.#entry(source, trial);
    if (entry.functions === undefined) {
      entry.loading ??= this.#compile(entry).finally(() => {
        entry.loading = undefined;
      });
      await entry.loading;
    }
    const { contract, uplink, downlink, identify, poll } = entry.functions as NonNullable<
      ScriptEntry['functions']
    >;
    return {
      contract,
      hasUplink: uplink,
      hasDownlink: downlink,
      hasIdentify: identify,
      hasPoll: poll,
      get keepsState() {
        return entry.keepsState;
      },
      uplink: (frames, context) => this.#uplink(entry, frames, context),
      downlink: async ({ kind, values }, context) => {
        const message = JSON.stringify({ kind, values });
        const [{ replies, requests }, change] = await this.#single(entry, 'downlink', message, context);
        if (requests === undefined) return { bytes: replies, ...change };
        return { bytes: requests.map(({ send }) => send), requests, ...change };
      },
      identify: async (frame, context) => {
        const message = Buffer.from(frame).toString('hex');
        const [{ identified, replies }, change] = await this.#single(entry, 'identify', message, context);
        return { ...(identified !== undefined && { result: { ...identified, replies } }), ...change };
      },
      poll: async (context) => {
        const [{ requests = [] }, change] = await this.#single(entry, 'poll', '', context);
        return { requests, ...change };
      },
    };
  }

  start(): void {
    if (this.#closing === undefined) for (const lane of this.#lanes) lane.start();
  }

  stats(): SandboxStats {
    let penalised = 0;
    for (const entry of this.#known.values()) if (entry.penalty.penalised) penalised++;
    return {
      calls: this.#calls.made,
      frames: this.#calls.frames,
      pendingCalls: this.#calls.pending,
      pendingBytes: this.#calls.pendingBytes,
      timeouts: this.#timeouts,
      kills: this.#kills,
      restarts: this.#restarts,
      penalised,
      children: [...this.#lanes, this.#penaltyLane].filter((lane) => lane.running).length,
      logsDropped: this.#logsDropped,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#calls.drained(limits.closeGrace, this.#settings.clock);
    this.#closed = true;
    await Promise.all([...this.#lanes, this.#penaltyLane].map((lane) => lane.close(limits.closeGrace)));
    process.off('exit', this.#kill);
  }

  // --- calls and jobs -------------------------------------------------------------------------------------------------

  /** @param trial whether the script has a penalty of its own, apart from that of its other calls */
  #entry(source: string, trial: boolean): ScriptEntry {
    const hash = createHash('sha256').update(source).digest('hex');
    const key = trial ? `${hash} trial` : hash;
    const known = this.#known.get(key);
    const entry: ScriptEntry = known ?? {
      id: ++this.#lastScript,
      name: hash.slice(0, 12),
      source,
      keepsState: false,
      penalty: new Penalty(limits, this.#settings.clock),
      calls: new NewestCalls(),
      logSecond: 0,
      logCount: 0,
    };
    this.#known.delete(key);
    this.#known.set(key, entry);
    if (this.#known.size > limits.knownScripts) this.#known.delete(this.#known.keys().next().value as string);
    return entry;
  }

  #compile(entry: ScriptEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#dispatch({
        kind: 'load',
        entry,
        frames: [],
        bytes: 0,
        message: '',
        from: 0,
        loaded: (result) => {
          if (result instanceof Error) return reject(result);
          entry.functions = result;
          resolve();
        },
      });
    });
  }

  #uplink(
    entry: ScriptEntry,
    frames: readonly Uint8Array[],
    context: ScriptContext,
  ): ReturnType<Script['uplink']> {
    if (frames.length === 0) return Promise.resolve({ results: [] });
    const size = sizeOf(frames);
    const refusal = this.#refusal(entry, 'uplink', size);
    if (refusal !== undefined) return Promise.resolve({ results: frames.map(() => ({ error: refusal })) });
    return new Promise((resolve) => {
      // Deferred frames run later, so none is left when the call settles.
      const call = this.#calls.open(entry, context, frames.length, size, (reports, change) =>
        resolve({ results: (reports as Exclude<FrameReport, 'deferred'>[]).map(uplinkResult), ...change }),
      );
      const job: Job = { kind: 'uplink', entry, frames, bytes: size, message: '', call, from: 0 };
      if (frames.length <= limits.jobFrames && size <= limits.jobBytes) {
        this.#dispatch(job);
        return;
      }
      const [first, ...later] = cut(job, limits.jobFrames, limits.jobBytes);
      // One after another, so that each part finds the states as those before it left them.
      call.later = later;
      this.#dispatch(first as Job);
    });
  }

  /** A call of a function that is called once a message. */
  #single(
    entry: ScriptEntry,
    kind: SingleCall,
    message: string,
    context: ScriptContext,
  ): Promise<[report: FrameResult, change: StateChange]> {
    const refusal = this.#refusal(entry, kind, message.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const call = this.#calls.open(entry, context, 1, message.length, ([report], change) => {
        const { error } = report as { error?: FairleadError };
        if (error === undefined) resolve([report as FrameResult, change]);
        else reject(error);
      });
      this.#dispatch({ kind, entry, frames: [], bytes: message.length, message, call, from: 0 });
    });
  }

  #refusal(entry: ScriptEntry, kind: 'uplink' | SingleCall, size: number): FairleadError | undefined {
    if (entry.functions?.[kind] !== true) {
      const name = kind === 'uplink' || kind === 'downlink' ? `${kind} or encodeInp` : kind;
      return sandboxErrors.error('SCRIPT_FUNCTION_MISSING', { name, script: entry.name });
    }
    return this.#closing !== undefined ? sandboxErrors.error('SANDBOX_CLOSED') : this.#calls.refusal(size);
  }

  #dispatch(job: Job): void {
    const { entry } = job;
    if (this.#closed) {
      this.#refuse(job, sandboxErrors.error('SANDBOX_CLOSED'));
      return;
    }
    const ms = Math.ceil(entry.penalty.rest());
    if (ms > 0) {
      const until = new Date(this.#settings.clock.now() + ms).toISOString();
      this.#refuse(job, sandboxErrors.error('SCRIPT_DISABLED', { ms, until, script: entry.name }));
      return;
    }
    const lane = entry.penalty.penalised
      ? this.#penaltyLane
      : (this.#lanes[entry.id % this.#lanes.length] as Lane);
    lane.submit(job);
  }

  /** Fails a job that cannot run, and the parts that wait behind it. */
  #refuse(job: Job, error: FairleadError): void {
    this.#fail(job, error);
    for (const part of job.call?.later.splice(0) ?? []) this.#fail(part, error);
  }

  #fail(job: Job, error: FairleadError): void {
    job.loaded?.(error);
    const frames = job.kind === 'uplink' ? job.frames.length : 1;
    for (let i = 0; i < frames; i++) this.#calls.report(job, i, { error });
  }

  // --- what comes back ------------------------------------------------------------------------------------------------

  #answered(jobs: readonly Job[], text: string): void {
    const { entry } = jobs[0] as Job;
    const reader = new ReportReader(text, entry.name, limits);
    const deferred: Job[] = [];
    let good = 0;
    for (const job of jobs) {
      if (job.kind === 'load') {
        const result = reader.loaded();
        this.#log(entry, undefined, reader.logs);
        if (result instanceof Error) this.#judge(entry, result);
        job.loaded?.(result);
        continue;
      }
      const frames = job.kind === 'uplink' ? job.frames.length : 1;
      for (let i = 0; i < frames; i++) {
        const report = reader.frame();
        if (reader.logs.length > 0) this.#log(entry, job.call?.device, reader.logs);
        if (report === 'deferred') {
          deferred.push(partOf(job, i, i + 1));
          continue;
        }
        if (report.error === undefined) {
          good += 1;
        } else this.#judge(entry, report.error);
        if (report.used === true) this.#calls.keep(job, report);
        this.#calls.report(job, i, report);
      }
    }
    entry.penalty.behave(good);
    // Only now: the script was moved to a lane where it does not delay others.
    for (const job of deferred) this.#dispatch(job);
    for (const { call } of jobs) this.#continue(call);
  }

  /** Dispatches the next part of a batch when all before it are reported, so that it finds their states. */
  #continue(call: Call | undefined): void {
    const next = call?.later[0];
    if (call === undefined || next === undefined) return;
    if (call.reports.length - call.missing < next.from) return;
    call.later.shift();
    this.#dispatch(next);
  }

  #judge(entry: ScriptEntry, error: FairleadError): void {
    const offence: Offence | undefined =
      error.code === 'SCRIPT_TIMEOUT' ? 'timeout' : error.code === 'SCRIPT_MEMORY' ? 'memory' : undefined;
    if (offence === undefined) return;
    if (offence === 'timeout') this.#timeouts += 1;
    entry.penalty.offend(offence);
  }

  #lost(loss: Loss, reason: string, guilty: Group | undefined, waiting: readonly Job[]): void {
    if (guilty === undefined && !this.#closed) this.#restarts += 1;
    if (guilty !== undefined && !this.#closed) {
      this.#kills += 1;
      guilty.entry.penalty.offend('kill');
      for (const job of guilty.jobs) {
        // With several frames, the guilty one is unknown: each frame runs again alone, apart from other scripts.
        const alone = guilty.jobs.length === 1 && job.frames.length <= 1;
        if (alone) {
          this.#fail(job, this.#killed(guilty.entry, loss, reason));
          this.#continue(job.call);
        } else for (let i = 0; i < job.frames.length; i++) this.#dispatch(partOf(job, i, i + 1));
      }
    }
    for (const job of guilty !== undefined && this.#closed ? guilty.jobs : []) this.#dispatch(job);
    for (const job of waiting) this.#dispatch(job);
  }

  #killed(entry: ScriptEntry, loss: Loss, reason: string): FairleadError {
    const script = entry.name;
    if (loss === 'memory')
      return sandboxErrors.error('SCRIPT_MEMORY', { limit: this.#settings.processMemory, script });
    return sandboxErrors.error('SCRIPT_KILLED', { reason, script });
  }

  #log(entry: ScriptEntry, device: string | undefined, lines: readonly LogLine[]): void {
    const { onLog, clock } = this.#settings;
    const second = Math.floor(clock.monotonic() / 1_000);
    if (second !== entry.logSecond) {
      entry.logSecond = second;
      entry.logCount = 0;
    }
    for (const line of lines) {
      if (++entry.logCount > limits.logRate) this.#logsDropped += 1;
      else onLog?.({ script: entry.name, device, ...line });
    }
  }
}

function uplinkResult(report: Exclude<FrameReport, 'deferred'>): UplinkResult {
  if (!(report instanceof Gathered)) return report;
  const { messages, replies, answers } = report;
  return answers === undefined ? { messages, replies } : { messages, replies, answers };
}
