/** Runs the examples of a profile. */
import { type FairleadError, isFairleadError } from '@fairlead/core';
import { profileErrors } from '../catalogue.ts';
import { ProfileLink } from '../decoding/profile-link.ts';
import type { Example, Step } from '../definition/example.ts';
import type { ProfileDefinition } from '../definition/parse.ts';
import type { ProfileScript, ProfileScripts } from '../ports.ts';
import { compareLines, type Difference } from './compare.ts';

/** When the bytes of an example come, unless it says so. */
const NOW = '2024-01-01T00:00:00.000Z';

export interface ExampleFailure extends Difference {
  readonly example: string;
}

export interface CheckedProfile {
  readonly examples: number;
  readonly failures: readonly ExampleFailure[];
}

/** Runs all examples. Rejects with the error of the script where it cannot be loaded. */
export async function checkProfile(
  profile: ProfileDefinition,
  scripts: ProfileScripts,
): Promise<CheckedProfile> {
  const script = profile.script === undefined ? undefined : await scripts.load(profile.script);
  const failures: ExampleFailure[] = [];
  for (const example of profile.examples) {
    const failure = await runExample(profile, script, example);
    if (failure !== undefined) failures.push({ example: example.name, ...failure });
  }
  return { examples: profile.examples.length, failures };
}

/** The error that refuses a profile. */
export function exampleError(profile: string, failure: ExampleFailure): FairleadError {
  return profileErrors.error('PROFILE_EXAMPLE_FAILED', { profile, ...failure });
}

async function runExample(
  profile: ProfileDefinition,
  script: ProfileScript | undefined,
  example: Example,
): Promise<Difference | undefined> {
  const { parameters, secret, now = NOW } = example;
  const steps: readonly Step[] = 'conversation' in example ? example.conversation : [example];
  const known = !steps.some((step) => 'hex' in step && step.identity !== undefined);
  const link = new ProfileLink(profile, script, { parameters, secret, known });
  for (const [i, step] of steps.entries()) {
    const differs = await runStep(link, step, Date.parse(step.now ?? now));
    if (differs === undefined) continue;
    return steps.length === 1 ? differs : { ...differs, field: `step ${i + 1}: ${differs.field}` };
  }
  return undefined;
}

async function runStep(link: ProfileLink, step: Step, time: number): Promise<Difference | undefined> {
  if ('hex' in step) return compareLines(step, await link.push(Buffer.from(plain(step.hex), 'hex'), time));
  const { expected, ...actual } = await asked(link, step, time);
  const told = actual.error === undefined ? actual.bytes : `${actual.error} (${actual.reason})`;
  const wanted = 'error' in step && step.error !== undefined ? step.error : undefined;
  if (wanted !== undefined || actual.error !== undefined)
    return wanted === actual.error
      ? undefined
      : {
          field: 'error',
          expected: wanted ?? 'none',
          actual: actual.error === undefined ? 'none' : String(told),
        };
  if (expected === undefined || expected === told) return undefined;
  return { field: 'poll' in step ? 'poll' : 'bytes', expected, actual: String(told) };
}

async function asked(
  link: ProfileLink,
  step: Exclude<Step, { readonly hex: string }>,
  time: number,
): Promise<{ expected: string | undefined; bytes?: string; error?: string; reason?: string }> {
  if ('poll' in step) {
    const { requests = [], error, reason } = await link.poll(time);
    const expected = step.poll.map(plain).join(' ');
    return {
      expected,
      bytes: requests.join(' '),
      ...(error !== undefined && { error }),
      ...(reason !== undefined && { reason }),
    };
  }
  const expected = step.bytes === undefined ? undefined : plain(step.bytes);
  return {
    expected,
    ...(await link.downlink(step.downlink as Parameters<ProfileLink['downlink']>[0], time)),
  };
}

const plain = (hex: string): string => hex.replaceAll(/\s/g, '').toLowerCase();

/** Whether an error is a mistake in a profile, which a person can correct. */
export function isProfileMistake(error: unknown): error is FairleadError {
  return (
    isFairleadError(error) &&
    (error.code === 'PROFILE_FOLDER_INVALID' || error.code === 'PROFILE_EXAMPLE_FAILED')
  );
}
