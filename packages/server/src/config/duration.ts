/** Durations in the configuration. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';

const NUMBER = /^\s*\d+(\.\d+)?\s*$/;
export const SECOND = 1_000;
/** What a timer can take; beyond, it would fire at once. */
const LONGEST = { ms: 2 ** 31 - 1, words: '24 days' };

/**
 * A duration of at least `least` milliseconds, which are `words`. A number without a unit is milliseconds; where a duration
 * is counted in seconds, a number below one second was meant as seconds, and is refused.
 */
export const duration = (
  least: number,
  words: string,
  countedIn: 'seconds' | 'milliseconds' = 'seconds',
  longest = LONGEST,
) =>
  z
    .union([z.number(), z.string()])
    .superRefine((value, context) => {
      if (typeof value === 'string' && !NUMBER.test(value)) return;
      const number = Number(value);
      if (countedIn === 'milliseconds' || number <= 0 || number >= SECOND) return;
      const message = `${number} without a unit means ${number} ms; write ${number}s, or ${number}ms if you mean milliseconds`;
      context.addIssue({ code: 'custom', message });
    })
    .pipe(durationOption)
    .refine((ms) => ms >= least, `expected at least ${words}`)
    .refine((ms) => ms <= longest.ms, `expected at most ${longest.words}`);

/** Says of a number without a unit what is wrong with it, and of all others what is expected. */
export const durationOrOff = (issue: { readonly errors?: readonly (readonly z.core.$ZodIssue[])[] }) =>
  issue.errors?.flat().find(({ message }) => message.includes('without a unit'))?.message ??
  'expected a duration such as 5m, or off';
