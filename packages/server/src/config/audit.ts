/** The configuration of the audit log. */
import { z } from 'zod';
import { duration } from './duration.ts';
import { key, positive } from './key.ts';

const DAY = 86_400_000;

export const auditKeys = key(
  z
    .strictObject({
      keep: key(
        positive.prefault(50_000),
        'Number of entries about administrators, and as many about everybody else. The oldest are removed.',
      ),
      age: key(
        duration(DAY, '1d', 'seconds', { ms: 3_650 * DAY, words: '3650 days' }).prefault('365d'),
        'Age at which entries are removed.',
        { type: 'duration' },
      ),
    })
    .prefault({}),
  'The audit log: who changed what.',
);
