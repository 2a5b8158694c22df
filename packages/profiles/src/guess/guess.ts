/** Ranks framings and profiles for bytes of an unknown device. */

import type { Sandbox } from '@fairlead/sandbox';
import { Deframer, type DetailedFrame, parseFraming } from '@fairlead/tcp/framing';
import type { ProfileDefinition } from '../definition/parse.ts';
import { candidatesFor } from './candidates.ts';
import { type Recording, recordingOf } from './recording.ts';
import { type Trial, tryProfile } from './trial.ts';

export interface Guess {
  /** Name of a profile of the catalogue, where it is one. */
  readonly profile?: string | undefined;
  /** What `parseFraming` takes. */
  readonly framing: string;
  readonly about: string;
  /** 0 to 1: the higher the better. It only ranks. */
  readonly score: number;
  readonly frames: number;
  /** Frames whose checksum is right. */
  readonly verified: number;
  /** Bytes in no frame. */
  readonly outside: number;
  /** What speaks for it, and against it. */
  readonly because: readonly string[];
}

/** A profile, as far as a guess needs it. */
interface GuessedProfile {
  readonly name: string;
  readonly title: string;
  readonly framing: string;
}

export interface Guesses {
  readonly kind: Recording['kind'];
  readonly bytes: number;
  /** The best first. */
  readonly guesses: readonly Guess[];
}

const SHOWN = 12;

/** Judges by the framing alone. */
export function guessFraming(bytes: Buffer, profiles: readonly GuessedProfile[]): Guesses {
  const { recording, size, guesses } = framed(bytes, profiles);
  return { kind: recording.kind, bytes: size, guesses: best(guesses) };
}

/** Judges by the framing, and by what the scripts of the profiles make of the frames. */
export async function guessProfile(
  bytes: Buffer,
  profiles: readonly ProfileDefinition[],
  scripts: Pick<Sandbox, 'load'>,
): Promise<Guesses> {
  const { recording, size, guesses } = framed(bytes, profiles);
  const judged: Guess[] = [];
  for (const guess of guesses) {
    const profile = profiles.find(({ name }) => name === guess.profile);
    judged.push(
      profile === undefined ? guess : withTrial(guess, await tryProfile(profile, recording, scripts)),
    );
  }
  return { kind: recording.kind, bytes: size, guesses: best(judged) };
}

function framed(bytes: Buffer, profiles: readonly GuessedProfile[]) {
  const recording = recordingOf(bytes);
  const size = recording.chunks.reduce((sum, { length }) => sum + length, 0);
  const guesses = [
    ...profiles.map(({ name, title, framing }) => ({ profile: name, framing, about: title })),
    ...candidatesFor(recording),
  ].flatMap((candidate): Guess[] => {
    const tried = attempt(candidate.framing, recording, size);
    return tried === undefined
      ? []
      : [{ ...candidate, ...judged(tried, recording, size, 'profile' in candidate) }];
  });
  return { recording, size, guesses };
}

/** Weights of what the script yields, beside the framing. */
const FRAMING = 0.7;
const UNDERSTOOD = 0.25;
const DETAIL = 0.05;
/** Values of a message that are many. */
const MANY = 8;

function withTrial(guess: Guess, { frames, understood, refused, values, identity }: Trial): Guess {
  if (frames === 0) return guess;
  const sense = Math.max(-1, (understood - refused) / frames);
  const detail = Math.min(1, values / Math.max(1, understood) / MANY);
  const score = FRAMING * guess.score + UNDERSTOOD * sense + DETAIL * detail;
  return {
    ...guess,
    score: rounded(Math.max(0, score)),
    because: [
      ...guess.because,
      ...(identity === undefined ? [] : [`it identifies ${identity}`]),
      ...(understood === 0 ? [] : [`its script understands ${understood} of ${frames}`]),
      ...(refused === 0 ? [] : [`its script refuses ${refused} of ${frames}`]),
    ],
  };
}

interface Attempt {
  readonly frames: number;
  readonly verified: number;
  readonly outside: number;
  /** Chunks at whose end a frame ends. */
  readonly ends: number;
  readonly failed: string | undefined;
}

/** Undefined where the framing reads nothing. */
function attempt(framing: string, { chunks, whole }: Recording, size: number): Attempt | undefined {
  const codec = parseFraming(framing, { detailed: true });
  const deframer = new Deframer<DetailedFrame>(codec.decoder(), codec.name);
  let [frames, verified, inside, ends] = [0, 0, 0, 0];
  for (const chunk of chunks) {
    const found = deframer.push(chunk);
    // What is written at once is followed by a silence.
    if (whole && deframer.idleMs !== undefined) found.push(...deframer.idle());
    frames += found.length;
    for (const { raw, checksum } of found) {
      inside += raw.length;
      if (checksum === 'ok') verified++;
    }
    if (deframer.failure !== undefined) break;
    if (deframer.pending === 0) ends++;
  }
  if (frames === 0) return undefined;
  const { failure, noise } = deframer;
  return { frames, verified, outside: size - inside, ends, failed: failure?.code ?? noise.reason?.code };
}

function judged(
  { frames, verified, outside, ends, failed }: Attempt,
  { chunks, whole }: Recording,
  size: number,
  isProfile: boolean,
): Omit<Guess, 'framing' | 'about' | 'profile'> {
  const inside = 1 - outside / size;
  const checked = verified / frames;
  const aligned = whole ? ends / chunks.length : inside === 1 ? 1 : 0;
  const score =
    0.45 * inside + 0.25 * checked + 0.15 * aligned + (frames > 1 ? 0.05 : 0) + (isProfile ? 0.1 : 0);
  const because = [
    `${frames} ${frames === 1 ? 'frame' : 'frames'}`,
    ...(verified > 0 ? [`${verified} with a right checksum`] : []),
    ...(whole && ends > 0 ? [`a frame ends with ${ends} of ${chunks.length} writes`] : []),
    ...(outside > 0
      ? [`${outside} of ${size} bytes in no frame${failed === undefined ? '' : ` (${failed})`}`]
      : ['every byte is in a frame']),
  ];
  return { score: rounded(score), frames, verified, outside, because };
}

const rounded = (score: number): number => Math.round(score * 1_000) / 1_000;

function best(guesses: readonly Guess[]): Guess[] {
  return [...guesses].sort((a, b) => b.score - a.score || b.frames - a.frames).slice(0, SHOWN);
}
