/** The configuration: each key with its type, its default and what it does. Everything else about it is derived from here. */
import { isAbsolute } from 'node:path';
import { durationOption, sizeOption, tcpLimits } from '@fairlead/tcp';
import { z } from 'zod';
import { drivers } from './schema-drivers.ts';
import { address, addressOrOff, key, listenerName, path } from './schema-parts.ts';

const positive = z.int().positive();
const atLeast = <S extends z.ZodType<number, number | string>>(schema: S, least: number, words: string) =>
  schema.refine((value) => value >= least, `expected at least ${words}`);
const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a user name has letters, digits, dots, hyphens and underscores, 64 at most',
  );

const TEMPLATE_LEVEL = '{device}';
const template = z.string().superRefine((text, context) => {
  const problem = templateProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

function templateProblem(text: string): string | undefined {
  const levels = text.split('/');
  if (levels.filter((level) => level === TEMPLATE_LEVEL).length !== 1 || text.split('{').length !== 2)
    return 'expected exactly one level that is {device}, as in devices/{device}/attributes';
  if (/[+#}\0]/.test(text.replace(TEMPLATE_LEVEL, '')))
    return 'the characters + # { } and NUL are not allowed in a topic';
  if (text.startsWith('$')) return 'a topic that begins with $ belongs to the broker';
  return undefined;
}

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
        clients: key(positive.prefault(1_000), 'Clients of the embedded broker at the same time.'),
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
            .regex(
              /^mqtts?:\/\/[^@\s]+$/,
              'expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], without user and password',
            )
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
        keepalive: key(durationOption.prefault('30s'), 'Longest silence on the link to the broker.', {
          type: 'duration',
        }),
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
  handshake: key(durationOption.prefault('10s'), 'Time for a device to send its token.', {
    type: 'duration',
  }),
  idle: key(
    z
      .union([z.literal('off'), durationOption], { error: () => 'expected a duration such as 5m, or off' })
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
    z.enum(['official', 'custom']).optional(),
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
          atLeast(durationOption, 1, '1ms').prefault('10ms'),
          'Processor time of a script for one frame; then the call ends with SCRIPT_TIMEOUT.',
          { type: 'duration' },
        ),
        watchdog: key(
          atLeast(durationOption, 50, '50ms').prefault('250ms'),
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
  automation: key(
    z
      .strictObject({
        programs: key(
          z
            .array(
              z
                .string()
                .max(1_024)
                .refine(isAbsolute, { error: 'expected a full path, such as /usr/bin/lp' }),
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
      })
      .prefault({}),
    'Connections, tasks, triggers and jobs.',
  ),
  stop: key(
    z
      .strictObject({
        grace: key(
          durationOption.prefault('10s'),
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
  readonly protocol: 'official' | 'custom';
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
