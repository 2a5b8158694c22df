/** The section `liveness` of the configuration. */
import { gatewayLimits } from '@fairlead/gateway';
import { z } from 'zod';
import { duration, durationOrOff, SECOND } from './duration.ts';
import { key } from './key.ts';

const { suspect, dead } = gatewayLimits.values;

export const livenessKeys = key(
  z
    .strictObject({
      suspect: key(
        duration(SECOND, '1s').prefault(`${suspect / SECOND}s`),
        'How long a device may leave unacknowledged what is written to it before it is suspect.',
        { type: 'duration' },
      ),
      dead: key(
        z
          .union([z.literal('off'), duration(SECOND, '1s')], {
            error: (issue) => durationOrOff(issue as object),
          })
          .prefault(`${dead / SECOND}s`),
        'How long a device may leave unacknowledged what is written to it before its link is closed. `off`: the system decides, after about 15 minutes.',
        { type: 'duration or off' },
      ),
    })
    .prefault({}),
  'When devices that acknowledge nothing count as suspect and as dead. Only on Linux.',
);
