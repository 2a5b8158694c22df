/** Runs the examples of a profile. */
import { type Clock, type FairleadError, isFairleadError, systemClock } from '@fairlead/core';
import type { Sandbox, Script } from '@fairlead/sandbox';
import { profilesErrors } from '../catalogue.ts';
import type { DecodedLine } from '../decoding/decoded-line.ts';
import { ProfileLink } from '../decoding/profile-link.ts';
import type { Example, Step, Yielded } from '../definition/example.ts';
import type { ProfileDefinition } from '../definition/parse.ts';
import { profilesLimits } from '../limits.ts';
import { isFieldOf } from '../vocabulary.ts';
import { compareLines, type Difference, messagesOf } from './compare.ts';

/** When the bytes of an example come, unless it says so. */
const NOW = '2024-01-01T00:00:00.000Z';

export interface ExampleFailure extends Difference {
  readonly example: string;
}

export interface CheckedProfile {
  readonly examples: number;
  readonly failures: readonly ExampleFailure[];
  /** Keys of values that are neither of the vocabulary nor declared in `fields`: often a misspelt name. No failure. */
  readonly undeclared: readonly string[];
}

/** Runs all examples; those that are left when the time is over are not run, and the first of them fails. Rejects with the error of the script where it cannot be loaded. */
export async function checkProfile(
  profile: ProfileDefinition,
  scripts: Pick<Sandbox, 'load'>,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): Promise<CheckedProfile> {
  const { exampleTime } = profilesLimits.values;
  const begun = clock.monotonic();
  const script = profile.script === undefined ? undefined : await scripts.load(profile.script);
  const failures: ExampleFailure[] = [];
  const undeclared = new Set<string>();
  for (const example of profile.examples) {
    if (clock.monotonic() - begun > exampleTime) {
      const expected = `all examples within ${exampleTime} ms`;
      failures.push({ example: example.name, field: 'time', expected, actual: 'not reached in this time' });
      break;
    }
    const failure = await runExample(profile, script, example, (lines) => {
      for (const key of keysOf(lines)) if (!isFieldOf(profile.fields, key)) undeclared.add(key);
    });
    if (failure !== undefined) failures.push({ example: example.name, ...failure });
  }
  return { examples: profile.examples.length, failures, undeclared: [...undeclared].sort() };
}

/** Gets what the bytes of an example yielded. */
type Seen = (lines: readonly DecodedLine[]) => void;

function keysOf(lines: readonly DecodedLine[]): string[] {
  const readings = lines.flatMap(messagesOf).filter(({ kind }) => kind === 'attributes');
  return readings.flatMap(({ values }) => Object.keys(values as object));
}

/** The error that refuses a profile. */
export function exampleError(profile: string, failure: ExampleFailure): FairleadError {
  return profilesErrors.error('PROFILE_EXAMPLE_FAILED', { profile, ...failure });
}

async function runExample(
  profile: ProfileDefinition,
  script: Script | undefined,
  example: Example,
  seen: Seen,
): Promise<Difference | undefined> {
  const { parameters, secret, now = NOW } = example;
  const steps: readonly Step[] = 'conversation' in example ? example.conversation : [example];
  const known = !steps.some((step) => 'hex' in step && step.identity !== undefined);
  const link = new ProfileLink(profile, script, { parameters, secret, known });
  for (const [i, step] of steps.entries()) {
    const time = Date.parse(step.now ?? now);
    const differs =
      'hex' in example ? await runWhole(link, example, time, seen) : await runStep(link, step, time, seen);
    if (differs === undefined) continue;
    return steps.length === 1 ? differs : { ...differs, field: `step ${i + 1}: ${differs.field}` };
  }
  return undefined;
}

/** The bytes of an example that stands alone are all that the device sends. */
async function runWhole(
  link: ProfileLink,
  example: Yielded & { readonly hex: string },
  time: number,
  seen: Seen,
): Promise<Difference | undefined> {
  const lines = await link.push(Buffer.from(plain(example.hex), 'hex'), time);
  const last = await link.end(time);
  seen([...lines, ...last]);
  // A frame that is cut off at the end is no failure, unless the example is about it.
  const isAbout = example.error !== undefined || last.every(({ error }) => error === undefined);
  return compareLines(example, isAbout ? [...lines, ...last] : lines);
}

async function runStep(
  link: ProfileLink,
  step: Step,
  time: number,
  seen: Seen,
): Promise<Difference | undefined> {
  if ('hex' in step || 'silence' in step) {
    const lines =
      'hex' in step
        ? await link.push(Buffer.from(plain(step.hex), 'hex'), time)
        : await link.silence(step.silence, time);
    seen(lines);
    return compareLines(step, lines);
  }
  const wanted = 'error' in step ? step.error : undefined;
  const { bytes, error } = await asked(link, step, time);
  if (error !== undefined || wanted !== undefined) {
    if (error?.code === wanted) return undefined;
    const actual = error === undefined ? 'none' : `${error.code} (${error.message})`;
    return { field: 'error', expected: wanted ?? 'none', actual };
  }
  if ('poll' in step) return differs('poll', step.poll.map(plain).join(' '), bytes);
  const unlike = step.bytes === undefined ? undefined : differs('bytes', plain(step.bytes), bytes);
  if (unlike !== undefined || step.id === undefined) return unlike;
  return differs('id', String(step.id), link.requested.join(' '));
}

/** The bytes of a downlink or of the requests of a poll, in hex. */
async function asked(
  link: ProfileLink,
  step: Exclude<Step, { readonly hex: string } | { readonly silence: number }>,
  time: number,
): Promise<{ readonly bytes?: string; readonly error?: FairleadError }> {
  try {
    if ('poll' in step)
      return { bytes: (await link.poll(time)).map((request) => request.toString('hex')).join(' ') };
    return { bytes: (await link.encode(step.downlink, time)).toString('hex') };
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    return { error };
  }
}

function differs(field: string, expected: string, actual = ''): Difference | undefined {
  return expected === actual ? undefined : { field, expected: expected || 'none', actual: actual || 'none' };
}

const plain = (hex: string): string => hex.replaceAll(/\s/g, '').toLowerCase();
