/** The section `listeners` of the configuration. */

import { sizeOption } from '@fairlead/core';
import { tcpLimits } from '@fairlead/tcp';
import { z } from 'zod';
import { duration, durationOrOff, SECOND } from './duration.ts';
import { durability } from './journal.ts';
import { addressOrOff, key, positive } from './key.ts';

export const limits = z.strictObject({
  sessions: key(
    positive.prefault(tcpLimits.values.sessions),
    'Largest number of links of this listener at the same time.',
  ),
  perAddress: key(
    z.union([z.literal('unlimited'), positive]).prefault('unlimited'),
    'Largest number of unauthenticated links from one address. The default is unlimited, because many devices can share one address behind NAT.',
    { type: 'number or unlimited' },
  ),
  handshake: key(duration(100, '100ms').prefault('10s'), 'Time limit for a device to send its token.', {
    type: 'duration',
  }),
  idle: key(
    z
      .union([z.literal('off'), z.literal(0), duration(SECOND, '1s')], {
        error: (issue) => durationOrOff(issue as object),
      })
      .prefault('off'),
    'Longest silence of a device. After it, the link is closed. By default, the operating system detects lost connections.',
    { type: 'duration or off' },
  ),
  frame: key(sizeOption.prefault('1MiB'), 'Size limit of a message of a device.', { type: 'size' }),
  writeBuffer: key(
    sizeOption.prefault('1MiB'),
    'Bytes that may wait for a device that does not read. Beyond this limit, its link is closed.',
    { type: 'size' },
  ),
});

const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_:-]{0,63}$/;

export const listener = z.strictObject({
  protocol: key(
    z.enum(['official', 'custom', 'profiles']).optional(),
    'What devices speak here. The listeners named `official` and `custom`, and those with `profiles`, need not say it.',
  ),
  profiles: key(
    z.array(z.string().regex(PROFILE_NAME, 'expected names of profiles')).min(1).max(1_000).optional(),
    'Names of the profiles whose devices connect here; `official` and `custom` may be among them. Fairlead tells them apart by the first bytes. `fairlead profile ls` lists the profiles.',
    { type: 'list of names' },
  ),
  unknown: key(
    z.enum(['inbox', 'refuse', 'create']).optional(),
    'What becomes of a device that its profile identifies, but that is not registered: it waits in the `inbox`, it is refused, or a device is created for it. The default is `inbox`. Only for a listener with `profiles`.',
  ),
  listen: key(
    addressOrOff.optional(),
    'Address to which devices connect, or `off`. By default 127.0.0.1:7653 for `official` and 127.0.0.1:7654 for `custom`. 0.0.0.0:PORT can be reached from other machines.',
    { type: 'HOST:PORT or off' },
  ),
  durability: key(
    durability.prefault('memory'),
    'When a message is safe, so that its device is answered: `memory`: the bus has it; `journal`: it is on disk, and survives a crash and a bus that is away.',
  ),
  limits: key(limits.prefault({}), 'Limits of this listener.'),
});
