/** The section `history` of the configuration. */

import { sizeOption } from '@fairlead/core';
import { storeLimits } from '@fairlead/store';
import { z } from 'zod';
import { duration } from './duration.ts';
import { atLeast, key } from './key.ts';

const MIB = 2 ** 20;
const HOUR = 3_600_000;
const LONGEST = { ms: 3_660 * 24 * HOUR, words: '3660d' };
const age = (standard: string, description: string) =>
  key(duration(HOUR, '1h', 'seconds', LONGEST).prefault(standard), description, { type: 'duration' });

export const historyKeys = key(
  z
    .strictObject({
      enabled: key(
        z.boolean().prefault(true),
        'Whether values of devices are kept over time. If not, an earlier history is removed at startup.',
      ),
      raw: age('24h', 'Age at which messages with attributes are removed from the history.'),
      minutes: age(
        '31d',
        'Age at which minimum, maximum, mean, count and last value of a minute are removed.',
      ),
      hours: age('366d', 'The same of an hour.'),
      size: key(
        atLeast(sizeOption, 16 * MIB, '16MiB').prefault(storeLimits.values.historySize),
        'Size of the history on disk. Beyond it, the oldest messages are removed first, then the oldest minutes and hours.',
        { type: 'size' },
      ),
    })
    .prefault({}),
  'The history of values.',
);
