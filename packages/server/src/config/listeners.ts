/** The section `listeners` of the configuration. */

import { sizeOption } from '@fairlead/core';
import { tcpLimits } from '@fairlead/tcp';
import { z } from 'zod';
import { duration, durationOrOff, SECOND } from './duration.ts';
import { durability } from './journal.ts';
import { ADDRESS_RANGE, addressOrOff, isAddressRange, key, positive } from './key.ts';
import { listenerTls } from './tls.ts';

const rate = (of: string) =>
  key(
    z
      .strictObject({
        perSecond: key(z.number().positive().max(1_000_000), `${of}, on average.`),
        burst: key(positive.max(1_000_000).optional(), 'New links at once. The default is `perSecond`.'),
      })
      .optional(),
    `${of}. More are closed at once. Unlimited by default.`,
  );

const addresses = z.array(z.string().refine(isAddressRange, ADDRESS_RANGE)).max(10_000);

const deviceRate = z
  .strictObject({
    messages: key(positive.max(1_000_000_000).optional(), 'Messages within `per`.'),
    bytes: key(
      sizeOption.refine((size) => size > 0, 'expected at least one byte').optional(),
      'Bytes within `per`.',
      {
        type: 'size',
      },
    ),
    per: key(duration(10, '10ms').prefault('1s'), 'Time within which they count.', { type: 'duration' }),
    exceeded: key(
      z.enum(['wait', 'refuse']).prefault('wait'),
      '`wait`: the device is read no faster, and TCP slows it down; nothing is lost. `refuse`: messages beyond the rate are dropped with `RATE_EXCEEDED`.',
    ),
  })
  .refine(({ messages, bytes }) => (messages ?? bytes) !== undefined, 'expected "messages", "bytes" or both');

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
  acceptRate: rate('New links per second'),
  acceptRatePerAddress: rate('New links per second from one address (of IPv6: from one network of 64 bits)'),
  lockout: key(
    z
      .strictObject({
        failures: key(
          positive.max(tcpLimits.values.lockoutFailures),
          'Different wrong tokens, identities or secrets from one address after which it is locked out. The same one again counts once.',
        ),
        within: key(duration(SECOND, '1s').prefault('1m'), 'Time within which they count.', {
          type: 'duration',
        }),
        time: key(
          duration(SECOND, '1s').prefault('10m'),
          'Time for which new links of the address are closed at once.',
          {
            type: 'duration',
          },
        ),
      })
      .optional(),
    'Lock out addresses (of IPv6: networks of 64 bits) from which tokens are guessed. Off by default, because many devices can share one address behind NAT. Addresses of `proxy.trusted` are never locked out; those of their clients are.',
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
  rate: key(
    deviceRate.optional(),
    'How much each device may send, whatever its profile allows, unless the device has a rate of its own. Unlimited by default.',
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
  identity: key(
    z.enum(['certificate']).optional(),
    'How devices are known. `certificate`: by the certificate that they present (see `tls.device`); devices of the official and the custom protocol then send no token, and what devices of profiles say of themselves must agree. By default, by their token or by their frames.',
  ),
  takeover: key(
    z.enum(['newest', 'keep']).prefault('newest'),
    'Which link a device keeps that connects while it is connected. `newest`: the new one; this is best where devices lose their connection without notice. `keep`: the earlier one, unless it is suspect; the new one is refused (`SESSION_KEPT`), so that a copied token does not push a device out.',
  ),
  tls: key(listenerTls.optional(), 'Use TLS on this listener. Without it, links are not encrypted.'),
  allow: key(
    addresses.min(1).optional(),
    'Addresses and ranges (CIDR) that may connect. By default, all that `deny` does not list.',
    { type: 'list of addresses', live: true },
  ),
  deny: key(
    addresses.min(1).optional(),
    'Addresses and ranges (CIDR) that may not connect, even if `allow` lists them.',
    { type: 'list of addresses', live: true },
  ),
  proxy: key(
    z
      .strictObject({
        trusted: key(addresses.min(1), 'Addresses and ranges (CIDR) of the proxies.', {
          type: 'list of addresses',
        }),
        required: key(
          z.boolean().prefault(true),
          'Whether a link from these addresses must begin with a PROXY header.',
        ),
      })
      .optional(),
    'Proxies that tell the address of their clients by the PROXY protocol, version 1 or 2. All checks of addresses then concern that address. A PROXY header from any other address closes the link.',
  ),
  durability: key(
    durability.prefault('memory'),
    'When a message is safe, so that its device is answered: `memory`: the bus has it; `journal`: it is on disk, and survives a crash and a bus that is away.',
  ),
  limits: key(
    limits.prefault({}),
    'Limits of this listener. A reload applies them to new links, and `idle` to all.',
    {
      live: true,
    },
  ),
});
