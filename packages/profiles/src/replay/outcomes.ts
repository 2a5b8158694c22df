/** What a frame led to, as the capture recorded it and as the replay has it, and how two such things compare. */
import type { DecodedLine, DecodedMessage } from '../decoding/decoded-line.ts';
import { messagesOf } from '../examples/compare.ts';
import { type Change, changesOf } from './changes.ts';
import type { RecordedLine } from './recording.ts';

/** Codes of what decoding refuses. Others are of the service, such as a rate that was exceeded. */
const OF_DECODING = /^(?:FRAME|SCRIPT|IDENTITY|POLL_ANSWER)_/;
/** A message whose script names no time has the time of its bytes, which is taken a moment later. */
const LATE = 2_000;

interface Message {
  readonly is: 'message';
  readonly kind: string;
  readonly values: unknown;
  /** As JSON. */
  readonly text: string;
  /** Unix milliseconds: when it was measured. */
  readonly time: number;
  /** Whether the script says when. */
  readonly exact: boolean;
  /** The device that it is of; of a sub-device in a replay its address. */
  readonly of: string | undefined;
}

interface Failure {
  readonly is: 'error';
  readonly code: string;
  readonly reason: string | undefined;
}

export type Outcome = (Message | Failure) & {
  /** When the bytes came, or the outcome was recorded: RFC 3339. */
  readonly at: string;
  /** The frame in hex, where it is known. */
  readonly hex: string | undefined;
};

/** How two outcomes differ. `old` is the capture's, `new` the replay's. */
export interface ReplayDifference {
  readonly diff: 'changed' | 'added' | 'removed';
  readonly of: 'message' | 'frame' | 'error';
  readonly link: string;
  /** When the bytes came, or the message was recorded. */
  readonly at: string;
  readonly device?: string | undefined;
  /** The frame. Of one that only the capture has, without what the framing strips. */
  readonly hex?: string | undefined;
  /** Of a changed message. */
  readonly changes?: readonly Change[] | undefined;
  readonly kind?: string | { readonly old: string; readonly new: string } | undefined;
  /** Of a changed message: when it was measured. */
  readonly measured?: { readonly old: string; readonly new: string } | undefined;
  /** Of a message that only one side has. */
  readonly values?: unknown;
  /** Codes of errors. */
  readonly code?: string | { readonly old: string; readonly new: string } | undefined;
  readonly reason?: string | undefined;
}

/** undefined: the line records nothing that a replay could repeat. */
export function recordedOutcome(line: RecordedLine): Outcome | undefined {
  const { what, time: at, code, hex, reason } = line;
  if (what === 'message') {
    const { kind = '', values, measured, of } = line;
    if (kind === 'raw' || values === undefined) return undefined;
    const time = Date.parse(measured ?? at);
    return { is: 'message', kind, values, text: JSON.stringify(values), time, exact: true, of, at, hex };
  }
  const isOfDecoding = code !== undefined && OF_DECODING.test(code);
  // Other codes with which a link ends are the device's, or the service's.
  if (!isOfDecoding || (what === 'closed' && !code.startsWith('FRAME_'))) return undefined;
  return { is: 'error', code, reason, at, hex };
}

/** The name of the sub-device with an address; undefined: nobody has it. */
export type SubDeviceOf = (address: string) => string | undefined;

/**
 * @param at when the bytes came, RFC 3339
 * @param device name of the device of the link, where it is known
 * @param subDeviceOf of a gateway device only
 */
export function replayedOutcomes(
  line: DecodedLine,
  at: string,
  device: string | undefined,
  subDeviceOf: SubDeviceOf | undefined,
): Outcome[] {
  const { hex, error, reason } = line;
  const outcomes: Outcome[] = messagesOf(line)
    .flatMap((message) => byDevice(message, device, subDeviceOf))
    .map(({ kind, time, of, values }) => ({
      is: 'message',
      kind,
      values,
      text: JSON.stringify(values),
      time: Date.parse(time ?? at),
      exact: time !== undefined,
      of,
      at,
      hex,
    }));
  // Bytes between frames have no reason: the service counts them, and records nothing.
  if (error !== undefined && reason !== undefined)
    outcomes.push({ is: 'error', code: error, reason, at, hex });
  return outcomes;
}

/** As the service takes the messages of a gateway device apart. */
function byDevice(
  message: DecodedMessage,
  device: string | undefined,
  subDeviceOf: SubDeviceOf | undefined,
): readonly { kind: string; time?: string | undefined; of: string | undefined; values: unknown }[] {
  const { kind, time, device: address, values } = message;
  if (subDeviceOf === undefined) return [{ kind, time, values, of: address ?? device }];
  if (address !== undefined) return [{ kind, time, values, of: subDeviceOf(address) ?? address }];
  return Object.entries(values as object).flatMap(([each, part]) => {
    const of = subDeviceOf(each);
    return of === undefined ? [] : [{ kind, time, values: part as unknown, of }];
  });
}

/** How likely both are the same: for an alignment. */
export function likeness(old: Outcome, fresh: Outcome): number {
  if (old.is === 'error') return fresh.is === 'error' ? (old.code === fresh.code ? 8 : 1) : 0;
  if (fresh.is === 'error') return 0;
  let score = 1;
  if (old.text === fresh.text) score += 8;
  if (isSameTime(old, fresh)) score += 2;
  if (old.kind === fresh.kind) score += 1;
  if (old.of === fresh.of) score += 1;
  return score;
}

/** undefined: they are the same. */
export function differenceOf(
  link: string,
  old: Outcome | undefined,
  fresh: Outcome | undefined,
  anyKind: boolean,
): ReplayDifference | undefined {
  if (old === undefined && fresh === undefined) return undefined;
  const only = old ?? (fresh as Outcome);
  const { at, hex } = fresh ?? only;
  if (old === undefined || fresh === undefined) {
    const base = { diff: old === undefined ? ('added' as const) : ('removed' as const), link, at };
    if (only.is === 'error') return { ...base, of: 'error', hex, code: only.code, reason: only.reason };
    return { ...base, of: 'message', device: only.of, hex, kind: only.kind, values: only.values };
  }
  const base = { diff: 'changed' as const, link, at, hex };
  if (old.is === 'error' && fresh.is === 'error')
    return old.code === fresh.code
      ? undefined
      : { ...base, of: 'error', code: { old: old.code, new: fresh.code }, reason: fresh.reason };
  if (old.is === 'error' || fresh.is === 'error') return undefined; // never paired
  const changes = changesOf(old.values, fresh.values);
  const kind = anyKind || old.kind === fresh.kind ? undefined : { old: old.kind, new: fresh.kind };
  const measured = isSameTime(old, fresh) ? undefined : { old: iso(old.time), new: iso(fresh.time) };
  if (changes.length === 0 && kind === undefined && measured === undefined) return undefined;
  return { ...base, of: 'message', device: old.of, changes, kind, measured };
}

function isSameTime(old: Message, fresh: Message): boolean {
  return fresh.exact ? old.time === fresh.time : Math.abs(old.time - fresh.time) <= LATE;
}

const iso = (time: number): string => {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'no time' : date.toISOString();
};
