/** The configuration: each key with its type, its default and what it does. Everything else about it is derived from here. */

import { sizeOption } from '@fairlead/core';
import { tcpLimits } from '@fairlead/tcp';
import { z } from 'zod';
import { protocolNames } from '../protocols.ts';
import { automationKeys } from './automation.ts';
import { drivers } from './drivers.ts';
import { duration, durationOrOff, SECOND } from './duration.ts';
import { address, addressOrOff, atLeast, key, listenerName, path, positive } from './key.ts';
import { template } from './topic.ts';

const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a user name has letters, digits, dots, hyphens and underscores, 64 at most',
  );

/** MQTT has 16 bits for the seconds. */
const KEEPALIVE = { ms: 65_535 * SECOND, words: '18h' };

const topic = (text: string, description: string) =>
  key(template.prefault(text), description, { type: 'topic with {device}' });

const password = (whose: string) => ({
  passwordFile: key(
    path.optional(),
    `File that holds the password ${whose}; a line end after it does not count.`,
    { type: 'path', path: true },
  ),
  password: key(
    z.string().min(1).optional(),
    `The password ${whose}. Only by environment; the file names a passwordFile instead.`,
    { type: 'text', secret: true },
  ),
});

const BROKER_URL = 'expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], without user and password';

/** Nothing behind host and port: neither a path, which MQTT has not, nor a query. */
function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname, search, hash } = new URL(text);
  return hostname !== '' && ['', '/'].includes(pathname) && search === '' && hash === '';
}

const bus = z.strictObject({
  kind: key(
    z.enum(['embedded', 'mqtt']).prefault('embedded'),
    'Where messages go: `embedded` is a broker inside this process, `mqtt` one of yours.',
  ),
  embedded: key(
    z
      .strictObject({
        listen: key(
          addressOrOff.prefault('127.0.0.1:7655'),
          'Where the embedded MQTT broker can be reached, or `off`. Beyond loopback it needs `users`.',
          { type: 'HOST:PORT or off' },
        ),
        clients: key(
          positive.max(1_000_000).prefault(1_000),
          'Clients of the embedded broker at the same time.',
        ),
        anonymous: key(
          z.boolean().prefault(true),
          'Whether programs of this machine need no user. They may subscribe to everything, and publish downlinks only. Turn it off behind a proxy on this machine, whose clients all seem to be local.',
        ),
        users: key(
          z.record(userName, z.strictObject(password('of this user'))).prefault({}),
          'Who may use the embedded broker from anywhere, for everything: user name to password.',
        ),
      })
      .prefault({}),
    'The broker inside this process.',
  ),
  mqtt: key(
    z
      .strictObject({
        url: key(
          z
            .string()
            .regex(/^mqtts?:\/\/[^@\s]+$/, BROKER_URL)
            .refine(isBrokerUrl, BROKER_URL)
            .optional(),
          'Your broker: mqtt://HOST:1883, or mqtts://HOST:8883 for TLS. Needed where bus.kind is mqtt.',
          { type: 'URL' },
        ),
        user: key(z.string().min(1).optional(), 'User name at your broker.'),
        ...password('at your broker'),
        clientId: key(z.string().min(1).max(128).optional(), 'Client identifier; by default a random one.'),
        version: key(
          z.union([z.literal(4), z.literal(5)]).prefault(4),
          'Version of MQTT: 4 is 3.1.1, which every broker speaks; 5 is 5.0.',
          { type: '4 or 5' },
        ),
        qos: key(
          z.union([z.literal(0), z.literal(1)]).prefault(0),
          'Quality of service of what is published: at 0, messages that are in the socket when a link is cut are lost; at 1 none is.',
          { type: '0 or 1' },
        ),
        keepalive: key(
          duration(SECOND, '1s', 'seconds', KEEPALIVE).prefault('30s'),
          'Longest silence on the link to the broker.',
          {
            type: 'duration',
          },
        ),
        ca: key(path.optional(), 'Certificate authority (PEM) that the broker is checked against.', {
          type: 'path',
          path: true,
        }),
        cert: key(path.optional(), 'Certificate (PEM) to show to the broker.', { type: 'path', path: true }),
        key: key(path.optional(), 'Private key (PEM) of that certificate.', { type: 'path', path: true }),
        serverName: key(
          z.string().min(1).optional(),
          'Name that the certificate of the broker must carry, where it is not the host of the URL.',
        ),
      })
      .prefault({}),
    'Your own MQTT broker.',
  ),
});

const limits = z.strictObject({
  sessions: key(positive.prefault(tcpLimits.values.sessions), 'Links of this listener at the same time.'),
  perAddress: key(
    z.union([z.literal('unlimited'), positive]).prefault('unlimited'),
    'Links from one address that have not said who they are. Unlimited, as fleets sit behind NAT.',
    { type: 'number or unlimited' },
  ),
  handshake: key(duration(100, '100ms').prefault('10s'), 'Time for a device to send its token.', {
    type: 'duration',
  }),
  idle: key(
    z
      .union([z.literal('off'), z.literal(0), duration(SECOND, '1s')], {
        error: (issue) => durationOrOff(issue as object),
      })
      .prefault('off'),
    'Longest silence of a device; then its link is closed. By default the operating system finds out who is gone.',
    { type: 'duration or off' },
  ),
  frame: key(sizeOption.prefault('1MiB'), 'Largest message of a device.', { type: 'size' }),
  writeBuffer: key(
    sizeOption.prefault('1MiB'),
    'Bytes that may wait for a device that does not read; beyond, its link is closed.',
    { type: 'size' },
  ),
});

const listener = z.strictObject({
  protocol: key(
    z.enum(protocolNames).optional(),
    'What devices speak here. The listeners named `official` and `custom` need not say it.',
  ),
  listen: key(
    addressOrOff.optional(),
    'Where devices dial in, or `off`. By default 127.0.0.1:7653 for `official` and 127.0.0.1:7654 for `custom`; 0.0.0.0:PORT is reachable from everywhere.',
    { type: 'HOST:PORT or off' },
  ),
  limits: key(limits.prefault({}), 'Bounds of this listener.'),
});

export const configSchema = z.strictObject({
  data: key(
    path.prefault('./fairlead-data'),
    "Folder of the database and of the administrator's token; made if it is not there.",
    { type: 'path', path: true },
  ),
  http: key(
    z
      .strictObject({
        listen: key(
          address.prefault('127.0.0.1:7650'),
          "Where the HTTP API listens. All but /healthz and /readyz needs the administrator's token.",
          { type: 'HOST:PORT' },
        ),
        hosts: key(
          z.array(z.string().min(1).max(255)).max(100).prefault([]),
          'Host names by which browsers and programs reach the API, besides IP addresses, localhost and the name of this machine. Others are refused.',
          { type: 'list of names' },
        ),
      })
      .prefault({}),
    'The HTTP API.',
  ),
  bus: key(bus.prefault({}), 'Where messages go and where commands come from.'),
  drivers: key(drivers.prefault({}), 'Devices that we dial: INDI drivers, and where their clients connect.'),
  listeners: key(
    z.record(listenerName, listener).prefault({}),
    'Where devices dial in, by a name of your choice. `official` and `custom` are there unless they are `off`.',
  ),
  topics: key(
    z
      .strictObject({
        attributes: topic('devices/{device}/attributes', 'Readings.'),
        events: topic('devices/{device}/events', 'Events.'),
        raw: topic('devices/{device}/raw', 'Bytes of a device that has no script.'),
        status: topic('devices/{device}/status', 'Online and offline, retained.'),
        set: topic('devices/{device}/set', 'Attributes to set: taken from here to the device.'),
        command: topic('devices/{device}/command', 'Commands: taken from here to the device.'),
      })
      .prefault({}),
    'Topics on the bus; `{device}` stands for the name of the device and is a level of its own.',
  ),
  scripts: key(
    z
      .strictObject({
        processes: key(
          positive.max(64).prefault(1),
          'Processes that run scripts, besides the one for scripts that misbehaved.',
        ),
        softTimeout: key(
          duration(1, '1ms', 'milliseconds').prefault('10ms'),
          'Processor time of a script for one frame; then the call ends with SCRIPT_TIMEOUT.',
          { type: 'duration' },
        ),
        watchdog: key(
          duration(50, '50ms', 'milliseconds').prefault('250ms'),
          'Time after which a script that cannot be interrupted is killed with its process.',
          { type: 'duration' },
        ),
        memory: key(atLeast(sizeOption, 8 * 2 ** 20, '8MiB').prefault('32MiB'), 'Memory of one script.', {
          type: 'size',
        }),
      })
      .prefault({}),
    'Where the scripts of devices run.',
  ),
  messages: key(
    z
      .strictObject({
        enabled: key(z.boolean().prefault(true), 'Whether messages of devices are kept in the message log.'),
        keep: key(positive.prefault(100_000), 'How many messages the log keeps; the oldest leave.'),
      })
      .prefault({}),
    'The message log.',
  ),
  automation: automationKeys,
  stop: key(
    z
      .strictObject({
        grace: key(
          duration(0, '0s').prefault('10s'),
          'Time to stop in order when asked to; then the process ends as it is.',
          { type: 'duration' },
        ),
      })
      .prefault({}),
    'How the service ends.',
  ),
  log: key(
    z
      .strictObject({
        level: key(
          z.enum(['debug', 'info', 'warn', 'error', 'silent']).prefault('info'),
          'The least weighty lines that are written.',
        ),
        format: key(
          z.enum(['auto', 'json', 'pretty']).prefault('auto'),
          'Lines of JSON, or lines for people; `auto` is pretty on a terminal.',
        ),
      })
      .prefault({}),
    'The log on standard error.',
  ),
});

type Parsed = z.output<typeof configSchema>;
export type ListenerLimits = z.output<typeof limits>;

export interface ListenerConfig {
  readonly protocol: string;
  readonly listen: string | false;
  readonly limits: ListenerLimits;
}

/** The configuration as the service uses it: durations in milliseconds, sizes in bytes, paths absolute. */
export type Config = Omit<Parsed, 'listeners'> & {
  readonly listeners: Readonly<Record<string, ListenerConfig>>;
};

/** The listeners that are there without a word. */
export const DEFAULT_LISTENERS = {
  official: { protocol: 'official', listen: '127.0.0.1:7653' },
  custom: { protocol: 'custom', listen: '127.0.0.1:7654' },
} as const;
