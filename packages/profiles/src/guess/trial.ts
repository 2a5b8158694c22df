/** What a profile makes of a recording. */
import { isFairleadError } from '@fairlead/core';
import type { Sandbox, Script } from '@fairlead/sandbox';
import type { DecodedLine } from '../decoding/decoded-line.ts';
import { ProfileLink } from '../decoding/profile-link.ts';
import type { ProfileDefinition } from '../definition/parse.ts';
import type { Recording } from './recording.ts';

export interface Trial {
  readonly frames: number;
  /** Frames that yielded messages, a reply, or the identity. */
  readonly understood: number;
  /** Frames that the script refused. */
  readonly refused: number;
  /** Values in all messages together. */
  readonly values: number;
  readonly identity: string | undefined;
}

/** Most that is tried, bytes: each frame costs a call of the script. */
const MOST = 8_192;
/** Silence after what is written at once. */
const SILENCE = 60_000;
const NOTHING: Trial = { frames: 0, understood: 0, refused: 0, values: 0, identity: undefined };

/** Undecided (no frames) where the profile has no script that can be loaded. */
export async function tryProfile(
  profile: ProfileDefinition,
  recording: Recording,
  scripts: Pick<Sandbox, 'load'>,
): Promise<Trial> {
  if (profile.script === undefined) return NOTHING;
  const script = await loaded(profile.script, scripts);
  if (script === undefined) return NOTHING;
  const identifies = profile.identity.by === 'script' || profile.identity.by === 'match';
  const decoded = await decode(new ProfileLink(profile, script, { known: true }), recording);
  const found = identifies ? await decode(new ProfileLink(profile, script), recording) : [];
  // Bytes that belong to no frame are judged by the framing.
  const lines = decoded.filter(({ error }) => error === undefined || !error.startsWith('FRAME_'));
  const counts = lines.map((line) => valuesOf(line));
  const identity = found.find(({ identity }) => identity !== undefined);
  const isLogin =
    identity !== undefined && !lines.some((line) => line.hex === identity.hex && isUnderstood(line));
  return {
    frames: lines.length,
    understood: lines.filter(isUnderstood).length + (isLogin ? 1 : 0),
    refused: lines.filter(({ error }) => error !== undefined).length,
    values: counts.reduce((sum, count) => sum + count, 0),
    identity: identity?.identity,
  };
}

async function loaded(source: string, scripts: Pick<Sandbox, 'load'>): Promise<Script | undefined> {
  try {
    return await scripts.load(source);
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    return undefined;
  }
}

async function decode(link: ProfileLink, { chunks, whole }: Recording): Promise<DecodedLine[]> {
  const lines: DecodedLine[] = [];
  let left = MOST;
  const now = Date.UTC(2024, 0, 1);
  for (const chunk of chunks) {
    lines.push(...(await link.push(chunk.subarray(0, left), now)));
    if (whole) lines.push(...(await link.silence(SILENCE, now)));
    left -= chunk.length;
    if (left <= 0) break;
  }
  return lines;
}

const isUnderstood = ({ kind, messages, reply, error }: DecodedLine): boolean =>
  error === undefined && (kind !== undefined || messages !== undefined || reply !== undefined);

function valuesOf({ values, messages }: DecodedLine): number {
  const all = messages?.map((message) => message.values) ?? [values];
  return all.reduce<number>((sum, one) => sum + Object.keys((one as object | undefined) ?? {}).length, 0);
}
