import { durationOption } from '@fairlead/core';
import { z } from 'zod';

/** A duration in which plain numbers are seconds. Output: milliseconds, 0 or -1. */
export const secondsOption = z.union([z.number(), z.string()]).transform((value, context) => {
  if (typeof value === 'number' && (value === -1 || value >= 0)) return value > 0 ? value * 1_000 : value;
  const duration = durationOption.safeParse(value);
  if (typeof value === 'string' && duration.success) return duration.data;
  context.addIssue({ code: 'custom', message: 'not a time to wait' });
  return z.NEVER;
});
