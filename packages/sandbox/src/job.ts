import type { FairleadError } from '@fairlead/core';
import type { NewestCalls } from './newest-calls.ts';
import type { Penalty } from './penalty.ts';
import type { FrameReport } from './report.ts';
import type { ScriptContext, ScriptFunctions, StateChange } from './types.ts';

/** A known source and its state. */
export interface ScriptEntry {
  readonly id: number;
  /** The first 12 digits of the source's SHA-256. */
  readonly name: string;
  readonly source: string;
  readonly penalty: Penalty;
  /** Whether one of its calls has looked at a state. */
  keepsState: boolean;
  /** The newest unsettled call of each device. */
  readonly calls: NewestCalls<Call>;
  functions?: ScriptFunctions | undefined;
  loading?: Promise<void> | undefined;
  /** Console lines of the present second. */
  logSecond: number;
  logCount: number;
}

/** One call of a user. It may become several jobs; calls of one device settle in the order in which they were made. */
export interface Call {
  readonly entry: ScriptEntry;
  readonly device: string;
  readonly bytes: number;
  /** With the states as the last report left them. */
  context: ScriptContext;
  readonly reports: FrameReport[];
  /** Frames without a report. */
  missing: number;
  done: boolean;
  previous: Call | undefined;
  next: Call | undefined;
  readonly settle: (reports: FrameReport[], change: StateChange) => void;
  /** What the call has changed so far. */
  change: StateChange;
  /** Parts that wait for those before them. */
  later: Job[];
}

/** The functions that are called once a message. */
export type SingleCall = 'downlink' | 'identify' | 'poll';

/** A unit of work that is sent to a process. */
export interface Job {
  readonly kind: 'uplink' | SingleCall | 'load';
  readonly entry: ScriptEntry;
  readonly frames: readonly Uint8Array[];
  readonly bytes: number;
  /** A downlink's `{kind, values}` as JSON, the frame of an `identify` in hex. */
  readonly message: string;
  /** The call of the job, and the index of its first frame there. A load has no call. */
  readonly call?: Call | undefined;
  readonly from: number;
  readonly loaded?: (result: ScriptFunctions | FairleadError) => void;
}

/** A part of an uplink job, from one frame on. */
export function partOf(job: Job, from: number, to: number): Job {
  const frames = job.frames.slice(from, to);
  return { ...job, frames, bytes: sizeOf(frames), from: job.from + from };
}

export function sizeOf(frames: readonly Uint8Array[]): number {
  let size = 0;
  for (const frame of frames) size += frame.length;
  return size;
}

/**
 * The context of a call as `isolate/context.ts` reads it. For one device mostly only the time differs.
 * @param parameters what stands for those of the context
 */
export function contextLine(context: ScriptContext, parameters: string): string {
  const { device, type, topic, time, identity, link, secret } = context;
  const fixed = JSON.stringify({ device, type, topic, identity, link, secret });
  const { state = '', deviceState = '', request = '' } = context;
  if (state === '' && deviceState === '' && request === '' && parameters === '') return `${time} ${fixed}`;
  return `${time} ${fixed}\t${[state, deviceState, request, parameters].map(oneLine).join('\t')}`;
}

/** In JSON these characters are white space between its parts. */
function oneLine(json: string): string {
  return /[\t\n\r]/.test(json) ? json.replaceAll(/[\t\n\r]/g, ' ') : json;
}

/** Splits a job that is too large for one call of the script. */
export function* cut(job: Job, maxFrames: number, maxBytes: number): Generator<Job> {
  for (let from = 0; from < job.frames.length; ) {
    let to = from;
    let size = 0;
    do size += (job.frames[to++] as Uint8Array).length;
    while (
      to < job.frames.length &&
      to - from < maxFrames &&
      size + (job.frames[to] as Uint8Array).length <= maxBytes
    );
    yield partOf(job, from, to);
    from = to;
  }
}
