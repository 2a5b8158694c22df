/** The sections `bus` and `buses` of the configuration. */

import { z } from 'zod';
import { busKinds, password } from './bus-kinds.ts';
import { addressOrOff, key, positive } from './key.ts';
import { serverTls } from './tls.ts';

const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a user name has at most 64 letters, digits, dots, hyphens and underscores',
  );

export const bus = z.strictObject({
  kind: key(
    z.enum(['embedded', 'mqtt', 'nats', 'webhook', 'stdout']).prefault('embedded'),
    'The bus for messages: `embedded` is a broker inside this process, `mqtt` and `nats` are your own servers. `webhook` posts to a URL and `stdout` writes lines of JSON; commands for devices then come in over HTTP only.',
  ),
  embedded: key(
    z
      .strictObject({
        listen: key(
          addressOrOff.prefault('127.0.0.1:7655'),
          'Address of the embedded MQTT broker, or `off`. An address other than loopback needs `users`.',
          { type: 'HOST:PORT or off' },
        ),
        tls: key(
          serverTls.optional(),
          'Use TLS (mqtts://). With `clientCertificates: require`, clients need a certificate in addition to their user.',
        ),
        clients: key(
          positive.max(1_000_000).prefault(1_000),
          'Largest number of clients of the embedded broker at the same time.',
        ),
        slowSubscribers: key(
          z.enum(['hold', 'drop']).prefault('hold'),
          'What happens when a subscriber reads too slowly. With `hold`, devices and other subscribers wait for it, and nothing is dropped. With `drop`, messages for it are dropped while its buffer is full, and nobody waits.',
        ),
        anonymous: key(
          z.boolean().prefault(true),
          'Whether programs on this machine may connect without a user. They may subscribe to everything, and publish only downlinks. Turn this off if a proxy runs on this machine, because all clients of the proxy appear to be local.',
        ),
        users: key(
          z.record(userName, z.strictObject(password('of this user'))).prefault({}),
          'Users who may connect to the embedded broker from any address, with all rights. The keys are user names.',
          { live: true },
        ),
      })
      .prefault({}),
    'The broker inside this process.',
  ),
  ...busKinds,
});

const glob = z
  .string()
  .regex(
    /^[A-Za-z0-9_:*?-]{1,64}$/,
    'expected a name of devices, in which * stands for any characters and ? for one',
  );

/** A further bus: where it is, and what goes there. */
export const furtherBus = z.strictObject({
  kind: key(z.enum(['mqtt', 'nats', 'webhook', 'stdout']), 'The kind of the bus, as in `bus.kind`.'),
  required: key(
    z.boolean().prefault(false),
    'What happens when this bus is slow or away. With true, devices wait, as for `bus`. With false (best effort), messages wait up to `queue`, and then they are dropped and counted.',
  ),
  commands: key(
    z.boolean().prefault(false),
    'Whether commands are taken from this bus too. It then also gets the messages that are not of a kind below, such as results of commands.',
  ),
  kinds: key(
    z
      .array(z.enum(['attributes', 'events', 'raw', 'status']))
      .prefault(['attributes', 'events', 'raw', 'status']),
    'The kinds of messages that go to this bus.',
    { type: 'list of attributes, events, raw, status' },
  ),
  devices: key(
    z.array(glob).max(1_000).prefault(['*']),
    'The devices whose messages go to this bus, by name. `*` stands for any characters, `?` for one.',
    { type: 'list of names' },
  ),
  filters: key(
    z.array(z.string().min(1).max(1_000)).max(100).prefault([]),
    'Further topics that go to this bus, as MQTT filters, such as drivers/#.',
    { type: 'list of topics' },
  ),
  ...busKinds,
});

export const busName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a name has at most 32 lower-case letters, digits and hyphens');
