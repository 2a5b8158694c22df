/** The configuration of connections, tasks, triggers and jobs. */
import { isAbsolute } from 'node:path';
import { sizeOption } from '@fairlead/core';
import { z } from 'zod';
import { atLeast, key, positive } from './key.ts';

export const automationKeys = key(
  z
    .strictObject({
      programs: key(
        z
          .array(
            z
              .string()
              .max(1_024)
              .refine(isAbsolute, { error: 'expected an absolute path, such as /usr/bin/lp' }),
          )
          .max(1_000)
          .prefault([]),
        'Absolute paths of the programs that jobs may run. By default, none.',
        { type: 'list of paths' },
      ),
      environment: key(
        z.array(z.string().min(1).max(128)).max(1_000).prefault([]),
        'Names of the environment variables that bodies may use as {{env.NAME}}.',
        { type: 'list of names' },
      ),
      history: key(
        positive.prefault(10_000),
        'Number of runs that the history keeps for tasks, for triggers and for jobs each. The oldest are removed.',
      ),
      memory: key(
        atLeast(sizeOption, 2 ** 20, '1MiB').prefault('256MiB'),
        'Memory limit for all runs together: messages, results, output, and runs that wait to start. A run that needs more fails with RUNS_FULL.',
        { type: 'size' },
      ),
    })
    .prefault({}),
  'Connections, tasks, triggers and jobs.',
);
