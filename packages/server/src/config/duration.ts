/** Durations in the configuration. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';

const NUMBER = /^\s*\d+(\.\d+)?\s*$/;
export const SECOND = 1_000;
/** The largest delay of a timer. A longer delay would fire at once. */
const LONGEST = { ms: 2 ** 31 - 1, words: '24 days' };

/**
 * A duration of at least `least` milliseconds (`words` in messages). A number without a unit means milliseconds. If a duration
 * is usually given in seconds, a number below one second is refused, because it was probably meant as seconds.
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

/** Describes the mistake of a number without a unit; for other values, describes what is expected. */
export const durationOrOff = (issue: { readonly errors?: readonly (readonly z.core.$ZodIssue[])[] }) =>
  issue.errors?.flat().find(({ message }) => message.includes('without a unit'))?.message ??
  'expected a duration such as 5m, or off';
