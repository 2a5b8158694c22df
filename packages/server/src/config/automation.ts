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
            z.string().max(1_024).refine(isAbsolute, { error: 'expected a full path, such as /usr/bin/lp' }),
          )
          .max(1_000)
          .prefault([]),
        'Full paths of the programs that jobs may run. By default none.',
        { type: 'list of paths' },
      ),
      environment: key(
        z.array(z.string().min(1).max(128)).max(1_000).prefault([]),
        'Names of the variables of the environment that bodies may use, as {{env.NAME}}.',
        { type: 'list of names' },
      ),
      history: key(
        positive.prefault(10_000),
        'How many runs of tasks, of triggers and of jobs the history keeps, so many of each; the oldest leave.',
      ),
      memory: key(
        atLeast(sizeOption, 2 ** 20, '1MiB').prefault('256MiB'),
        'Memory that all runs together may hold: messages, results, output, and what waits to start. One that needs more fails with RUNS_FULL.',
        { type: 'size' },
      ),
    })
    .prefault({}),
  'Connections, tasks, triggers and jobs.',
);
