/** The configuration: each key with its type, default and description. Checks, help and documentation are derived from this schema. */

import { sizeOption } from '@fairlead/core';
import { tcpLimits } from '@fairlead/tcp';
import { z } from 'zod';
import { automationKeys } from './automation.ts';
import { drivers } from './drivers.ts';
import { duration, durationOrOff, SECOND } from './duration.ts';
import { address, addressOrOff, atLeast, key, listenerName, path, positive } from './key.ts';
import { template } from './topic.ts';

const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a user name has at most 64 letters, digits, dots, hyphens and underscores',
  );

/** MQTT encodes the keep-alive interval as 16 bits of seconds. */
const KEEPALIVE = { ms: 65_535 * SECOND, words: '18h' };

const topic = (text: string, description: string) =>
  key(template.prefault(text), description, { type: 'topic with {device}' });

const password = (whose: string) => ({
  passwordFile: key(path.optional(), `File with the password ${whose}. A line end at its end is ignored.`, {
    type: 'path',
    path: true,
  }),
  password: key(
    z.string().min(1).optional(),
    `The password ${whose}. Set it only in the environment; in the configuration file, use passwordFile.`,
    { type: 'text', secret: true },
  ),
});

const BROKER_URL = 'expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], without user and password';

/** Nothing may follow host and port: no path, which MQTT does not have, and no query. */
function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname, search, hash } = new URL(text);
  return hostname !== '' && ['', '/'].includes(pathname) && search === '' && hash === '';
}

const bus = z.strictObject({
  kind: key(
    z.enum(['embedded', 'mqtt']).prefault('embedded'),
    'The bus for messages: `embedded` is a broker inside this process, `mqtt` is your own broker.',
  ),
  embedded: key(
    z
      .strictObject({
        listen: key(
          addressOrOff.prefault('127.0.0.1:7655'),
          'Address of the embedded MQTT broker, or `off`. An address other than loopback needs `users`.',
          { type: 'HOST:PORT or off' },
        ),
        clients: key(
          positive.max(1_000_000).prefault(1_000),
          'Largest number of clients of the embedded broker at the same time.',
        ),
        anonymous: key(
          z.boolean().prefault(true),
          'Whether programs on this machine may connect without a user. They may subscribe to everything, and publish only downlinks. Turn this off if a proxy runs on this machine, because all clients of the proxy appear to be local.',
        ),
        users: key(
          z.record(userName, z.strictObject(password('of this user'))).prefault({}),
          'Users who may connect to the embedded broker from any address, with all rights. The keys are user names.',
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
          'Address of your broker: mqtt://HOST:1883, or mqtts://HOST:8883 for TLS. Required if bus.kind is mqtt.',
          { type: 'URL' },
        ),
        user: key(z.string().min(1).optional(), 'User name for your broker.'),
        ...password('at your broker'),
        clientId: key(z.string().min(1).max(128).optional(), 'Client identifier. By default, a random one.'),
        version: key(
          z.union([z.literal(4), z.literal(5)]).prefault(4),
          'MQTT version: 4 means 3.1.1, which every broker supports; 5 means 5.0.',
          { type: '4 or 5' },
        ),
        qos: key(
          z.union([z.literal(0), z.literal(1)]).prefault(0),
          'Quality of service of published messages. With 0, messages that are in the socket when the connection is cut are lost. With 1, no message is lost.',
          { type: '0 or 1' },
        ),
        keepalive: key(
          duration(SECOND, '1s', 'seconds', KEEPALIVE).prefault('30s'),
          'Longest silence on the connection to the broker.',
          {
            type: 'duration',
          },
        ),
        ca: key(path.optional(), 'File with the certificate authority (PEM) that verifies the broker.', {
          type: 'path',
          path: true,
        }),
        cert: key(path.optional(), 'File with the client certificate (PEM).', { type: 'path', path: true }),
        key: key(path.optional(), 'File with the private key (PEM) of the client certificate.', {
          type: 'path',
          path: true,
        }),
        serverName: key(
          z.string().min(1).optional(),
          'Name that the certificate of the broker must contain, if it is not the host of the URL.',
        ),
      })
      .prefault({}),
    'Your own MQTT broker.',
  ),
});

const limits = z.strictObject({
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

const listener = z.strictObject({
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
  limits: key(limits.prefault({}), 'Limits of this listener.'),
});

export const configSchema = z.strictObject({
  data: key(
    path.prefault('./fairlead-data'),
    "Folder with the database and the administrator's token. It is created if it does not exist.",
    { type: 'path', path: true },
  ),
  http: key(
    z
      .strictObject({
        listen: key(
          address.prefault('127.0.0.1:7650'),
          "Address of the HTTP API. All routes except /healthz and /readyz need the administrator's token.",
          { type: 'HOST:PORT' },
        ),
        hosts: key(
          z.array(z.string().min(1).max(255)).max(100).prefault([]),
          'Additional host names under which clients may reach the API. IP addresses, localhost and the name of this machine are always allowed; all other names are refused.',
          { type: 'list of names' },
        ),
      })
      .prefault({}),
    'The HTTP API.',
  ),
  bus: key(bus.prefault({}), 'The bus to which messages are published and from which commands are received.'),
  drivers: key(
    drivers.prefault({}),
    'INDI drivers, for devices to which Fairlead connects, and the port for INDI clients.',
  ),
  listeners: key(
    z.record(listenerName, listener).prefault({}),
    'Listeners for devices. The keys are names of your choice. `official` and `custom` exist unless they are `off`.',
  ),
  topics: key(
    z
      .strictObject({
        attributes: topic('devices/{device}/attributes', 'Readings.'),
        events: topic('devices/{device}/events', 'Events.'),
        raw: topic('devices/{device}/raw', 'Bytes of a device that has no script.'),
        status: topic('devices/{device}/status', 'Online or offline, as a retained message.'),
        set: topic(
          'devices/{device}/set',
          'Attributes to set. Messages on this topic are sent to the device.',
        ),
        command: topic(
          'devices/{device}/command',
          'Commands. Messages on this topic are sent to the device.',
        ),
      })
      .prefault({}),
    'Topics on the bus. `{device}` stands for the name of the device and must be a whole topic level.',
  ),
  scripts: key(
    z
      .strictObject({
        processes: key(
          positive.max(64).prefault(1),
          'Number of processes that run scripts, in addition to the process for scripts that timed out.',
        ),
        softTimeout: key(
          duration(1, '1ms', 'milliseconds').prefault('10ms'),
          'Processor time of a script for one frame. After it, the call ends with SCRIPT_TIMEOUT.',
          { type: 'duration' },
        ),
        watchdog: key(
          duration(50, '50ms', 'milliseconds').prefault('250ms'),
          'Time after which a script that cannot be interrupted is killed with its process.',
          { type: 'duration' },
        ),
        memory: key(
          atLeast(sizeOption, 8 * 2 ** 20, '8MiB').prefault('32MiB'),
          'Memory limit of one script.',
          {
            type: 'size',
          },
        ),
      })
      .prefault({}),
    'Processes and limits for the scripts of devices.',
  ),
  messages: key(
    z
      .strictObject({
        enabled: key(
          z.boolean().prefault(true),
          'Whether messages of devices are stored in the message log.',
        ),
        keep: key(
          positive.prefault(100_000),
          'Number of messages that the log keeps. The oldest are removed.',
        ),
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
          'Time limit for a graceful stop. After it, the process ends by force.',
          { type: 'duration' },
        ),
      })
      .prefault({}),
    'How the service stops.',
  ),
  log: key(
    z
      .strictObject({
        level: key(
          z.enum(['debug', 'info', 'warn', 'error', 'silent']).prefault('info'),
          'Minimum severity of the lines that are written.',
        ),
        format: key(
          z.enum(['auto', 'json', 'pretty']).prefault('auto'),
          'Format of the lines: `json` for programs, `pretty` for people. `auto` is `pretty` on a terminal and `json` elsewhere.',
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
  /** What the links may speak, if `protocol` is `profiles`. */
  readonly profiles?: readonly string[] | undefined;
  readonly unknown?: 'inbox' | 'refuse' | 'create' | undefined;
  readonly listen: string | false;
  readonly limits: ListenerLimits;
}

/** The configuration as the service uses it: durations in milliseconds, sizes in bytes, paths absolute. */
export type Config = Omit<Parsed, 'listeners'> & {
  readonly listeners: Readonly<Record<string, ListenerConfig>>;
};

/** The listeners that exist by default. */
export const DEFAULT_LISTENERS = {
  official: { protocol: 'official', listen: '127.0.0.1:7653' },
  custom: { protocol: 'custom', listen: '127.0.0.1:7654' },
} as const;
