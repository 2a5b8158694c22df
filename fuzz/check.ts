import { coreErrors, isFairleadError } from '@fairlead/core';
import { indiErrors } from '@fairlead/indi';
import { messagingErrors } from '@fairlead/messaging';
import { Deframer, tcpErrors } from '@fairlead/tcp';
import { decodeWhole, type Ending, showFrame } from '@fairlead/testkit';
import type { Subject } from './codecs.ts';

/** One input: bytes, where the network cuts them, and how they end. */
export interface Input {
  readonly bytes: Buffer;
  readonly cuts: readonly number[];
  readonly ending: Ending;
}

/** Bytes that a deframer may hold in addition to an incomplete frame and the last chunk, such as a line end. */
const SLACK = 16;

const CODES = new Set(
  [coreErrors, tcpErrors, messagingErrors, indiErrors].flatMap(({ entries }) => Object.keys(entries)),
);

/** The flaw in the result of `subject` for `input`; undefined if there is none. */
export function flaw(subject: Subject, input: Input): string | undefined {
  let whole: Outcome;
  try {
    whole = outcomeOfWhole(subject, input);
  } catch (error) {
    return `the decoder threw ${(error as Error).stack}`;
  }
  const parts = outcomeOfParts(subject, input);
  if (typeof parts === 'string') return parts;
  for (const field of ['frames', 'last', 'error'] as const)
    if (parts[field] !== whole[field])
      return `${field} in parts: ${clip(parts[field])}\n      in one piece: ${clip(whole[field])}`;
  return undefined;
}

interface Outcome {
  readonly frames: string;
  /** Frames that the silence or the close completed. */
  readonly last: string;
  readonly error: string;
}

function outcomeOfWhole({ codec, cutsAnywhere }: Subject, { bytes, ending }: Input): Outcome {
  const { frames, last, failure } = decodeWhole(codec, bytes, ending);
  return outcome(frames.map(shown), last.map(shown), failure?.code, cutsAnywhere);
}

function outcomeOfParts({ codec, limit, cutsAnywhere }: Subject, input: Input): Outcome | string {
  const { bytes, cuts, ending } = input;
  const deframer = new Deframer(codec.decoder(), codec.name);
  const kept: { readonly frame: unknown; readonly was: string }[] = [];
  const keep = (frames: readonly unknown[]) =>
    kept.push(...frames.map((frame) => ({ frame, was: shown(frame) })));
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to <= from) continue;
    keep(deframer.push(Buffer.from(Uint8Array.from(bytes.subarray(from, to)).buffer)));
    if (deframer.failure === undefined && deframer.pending > limit + SLACK)
      return `${deframer.pending} bytes are held back after byte ${to}; a frame has ${limit} at most`;
    from = to;
  }
  const before = kept.length;
  if (ending === 'silence') keep(deframer.idle());
  keep(deframer.end());
  const changed = kept.findIndex(({ frame, was }) => shown(frame) !== was);
  if (changed >= 0)
    return `frame ${changed} was ${clip(kept[changed]?.was ?? '')} and became ${clip(shown(kept[changed]?.frame))}`;
  const { failure } = deframer;
  if (failure !== undefined) {
    if (!isFairleadError(failure) || !CODES.has(failure.code))
      return `the error is none of the catalogue: ${failure}`;
    if (failure.side !== 'remote') return `${failure.code} does not blame the peer: ${failure.message}`;
    if (deframer.push(Buffer.from(bytes)).length > 0) return 'frames came after the error';
  }
  const all = kept.map(({ was }) => was);
  return outcome(all.slice(0, before), all.slice(before), failure?.code, cutsAnywhere);
}

function outcome(
  frames: string[],
  last: string[],
  error: string | undefined,
  cutsAnywhere: boolean,
): Outcome {
  const [one, two] = cutsAnywhere ? [[...frames, ...last].join(''), ''] : [frames.join('|'), last.join('|')];
  return { frames: one, last: two, error: error ?? 'none' };
}

function shown(frame: unknown): string {
  if (Buffer.isBuffer(frame)) return frame.toString('hex');
  return JSON.stringify(showFrame(frame), (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

function clip(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}

/** The smallest input with a flaw that a bounded search finds. */
export function shrunk(input: Input, flawed: (input: Input) => boolean): Input {
  let best = input;
  let tries = 5_000;
  const attempt = (candidate: Input): boolean => {
    if (tries-- <= 0 || !flawed(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let size = best.bytes.length; size >= 1 && tries > 0; size = size === 1 ? 0 : size >> 1)
    for (let at = 0; at < best.bytes.length; ) if (!attempt(without(best, at, at + size))) at += size;
  for (let i = 0; i < best.cuts.length; )
    if (!attempt({ ...best, cuts: best.cuts.filter((_, n) => n !== i) })) i++;
  return best;
}

/** The input without these bytes; later cuts are moved. */
function without({ bytes, cuts, ending }: Input, from: number, to: number): Input {
  const end = Math.min(to, bytes.length);
  const moved = cuts.map((cut) => (cut <= from ? cut : Math.max(from, cut - (end - from))));
  const left = Buffer.concat([bytes.subarray(0, from), bytes.subarray(end)]);
  return {
    bytes: left,
    cuts: [...new Set(moved)].filter((cut) => cut > 0 && cut < left.length),
    ending,
  };
}
