import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { tcpLimits } from '../limits.ts';

const defaults = tcpLimits.values;

/** Limits of a pool. */
export const poolSchema = z
  .strictObject({
    min: z.int().nonnegative().default(0).describe('Clients that are kept open, used or not.'),
    max: z.int().positive().default(defaults.poolMax).describe('Clients at the same time.'),
    acquireTimeout: durationOption
      .default(defaults.poolAcquire)
      .describe('Longest wait for a client, including the time to open one.'),
    idleTimeout: durationOption
      .default(defaults.poolIdle)
      .describe('Idle time after which a client above "min" is closed.'),
    maxUses: z
      .int()
      .positive()
      .optional()
      .describe('Leases after which a client is closed. Unlimited by default.'),
    queue: z
      .int()
      .nonnegative()
      .default(defaults.poolQueue)
      .describe('Callers that may wait for a client. One more is refused with POOL_QUEUE_FULL.'),
  })
  .refine(({ min, max }) => min <= max, { path: ['min'], message: 'must not exceed "max"' });

export type PoolLimits = z.input<typeof poolSchema>;
