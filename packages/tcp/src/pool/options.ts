import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { tcpLimits } from '../limits.ts';

const defaults = tcpLimits.values;

/** Bounds of a pool. */
export const poolSchema = z
  .strictObject({
    min: z.int().nonnegative().default(0).describe('Clients that are kept open, used or not.'),
    max: z.int().positive().default(defaults.poolMax).describe('Clients at the same time.'),
    acquireTimeout: durationOption
      .default(defaults.poolAcquire)
      .describe('Longest wait for a client, opening one included.'),
    idleTimeout: durationOption
      .default(defaults.poolIdle)
      .describe('Time unused after which a client above "min" is closed.'),
    maxUses: z.int().positive().optional().describe('Leases after which a client is closed. Unlimited.'),
    queue: z
      .int()
      .nonnegative()
      .default(defaults.poolQueue)
      .describe('How many may wait for a client; one more is POOL_QUEUE_FULL.'),
  })
  .refine(({ min, max }) => min <= max, { path: ['min'], message: 'must not exceed "max"' });

export type PoolLimits = z.input<typeof poolSchema>;
