import { type Clock, type FairleadError, timeLimit, Waiters } from '@fairlead/core';
import { sandboxErrors } from './catalogue.ts';
import type { Call, Job, ScriptEntry } from './job.ts';
import type { FrameReport } from './report.ts';
import type { ScriptContext, StateChange } from './types.ts';

interface CallLimits {
  readonly pendingCalls: number;
  readonly pendingBytes: number;
}

/** The running calls: bounded, assembled from their parts, settled in order per device and script. */
export class Calls {
  readonly #limits: CallLimits;
  readonly #idle = new Waiters();
  made = 0;
  frames = 0;
  pending = 0;
  pendingBytes = 0;

  constructor(limits: CallLimits) {
    this.#limits = limits;
  }

  /** SCRIPT_BUSY if a call of `size` bytes exceeds a limit. */
  refusal(size: number): FairleadError | undefined {
    const { pendingCalls, pendingBytes } = this.#limits;
    if (this.pending >= pendingCalls) {
      return sandboxErrors.error('SCRIPT_BUSY', {
        size: this.pending + 1,
        unit: 'calls',
        limit: pendingCalls,
      });
    }
    if (this.pendingBytes + size > pendingBytes) {
      return sandboxErrors.error('SCRIPT_BUSY', {
        size: this.pendingBytes + size,
        unit: 'bytes',
        limit: pendingBytes,
      });
    }
    return undefined;
  }

  open(
    entry: ScriptEntry,
    context: ScriptContext,
    frames: number,
    bytes: number,
    settle: Call['settle'],
  ): Call {
    const { device } = context;
    const previous = entry.calls.get(device);
    const reports = new Array<FrameReport>(frames);
    const call: Call = {
      entry,
      device,
      bytes,
      context,
      change: {},
      later: [],
      reports,
      missing: frames,
      done: false,
      previous,
      next: undefined,
      settle,
    };
    if (previous !== undefined) previous.next = call;
    entry.calls.set(device, call);
    this.made += 1;
    this.frames += frames;
    this.pending += 1;
    this.pendingBytes += bytes;
    return call;
  }

  /** A frame looked at the states. What it left in them is what the next frames of the call find. */
  keep({ call, entry }: Job, { state, deviceState }: StateChange): void {
    entry.keepsState = true;
    if (call === undefined) return;
    const change = {
      ...(state !== undefined && { state }),
      ...(deviceState !== undefined && { deviceState }),
    };
    call.change = { ...call.change, ...change, used: true };
    if (state !== undefined || deviceState !== undefined) call.context = { ...call.context, ...change };
  }

  /** Records the result of one frame of a job. */
  report(job: Job, frame: number, report: FrameReport): void {
    const { call } = job;
    if (call === undefined) return;
    call.reports[job.from + frame] = report;
    call.missing -= 1;
    if (call.missing > 0) return;
    call.done = true;
    if (call.previous === undefined) this.#settle(call);
  }

  /** Resolves when no call is running, or after `ms`. */
  async drained(ms: number, clock: Clock): Promise<void> {
    if (this.pending === 0) return;
    using limit = timeLimit(clock, ms, undefined, () => undefined);
    await this.#idle.wait(limit.signal).catch(() => undefined);
  }

  /** Settles a call, and finished calls of the same device that wait behind it. */
  #settle(first: Call): void {
    for (let call: Call | undefined = first; call?.done; ) {
      const { entry, device, next }: Call = call;
      if (next === undefined) entry.calls.settled(device);
      else next.previous = undefined;
      this.pending -= 1;
      this.pendingBytes -= call.bytes;
      call.settle(call.reports, call.change);
      call = next;
    }
    if (this.pending === 0) this.#idle.resolve();
  }
}
