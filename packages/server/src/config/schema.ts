/** The configuration: each key with its type, default and description. Checks, help and documentation are derived from this schema. */

import { sizeOption } from '@fairlead/core';
import { z } from 'zod';
import { auditKeys } from './audit.ts';
import { automationKeys } from './automation.ts';
import { bus, busName, furtherBus } from './bus.ts';
import { dialKeys } from './dial.ts';
import { drivers } from './drivers.ts';
import { duration } from './duration.ts';
import { historyKeys } from './history.ts';
import { type durability, journal } from './journal.ts';
import { address, atLeast, key, listenerName, path, positive } from './key.ts';
import { type limits, listener } from './listeners.ts';
import { livenessKeys } from './liveness.ts';
import { preset, thingspanel } from './thingspanel.ts';
import { type listenerTls, serverTls } from './tls.ts';
import { serviceTemplate, template } from './topic.ts';
import { tracingKeys } from './tracing.ts';

const topic = (text: string, description: string) =>
  key(template.prefault(text), description, { type: 'topic with {device}' });

export const configSchema = z.strictObject({
  data: key(
    path.prefault('./fairlead-data'),
    "Folder with the database and the administrator's token. It is created if it does not exist.",
    { type: 'path', path: true },
  ),
  preset: key(
    preset.optional(),
    'A platform whose own service Fairlead replaces. `thingspanel`: the TCP device connectivity service of ThingsPanel; see the section `thingspanel`.',
  ),
  http: key(
    z
      .strictObject({
        listen: key(
          address.prefault('127.0.0.1:7650'),
          'Address of the HTTP API. All routes except /healthz and /readyz need a token or a session.',
          { type: 'HOST:PORT' },
        ),
        tls: key(
          serverTls.optional(),
          'Use TLS (https://). Without it, the token and all answers travel unencrypted.',
        ),
        hosts: key(
          z.array(z.string().min(1).max(255)).max(100).prefault([]),
          'Additional host names under which clients may reach the API. IP addresses, localhost and the name of this machine are always allowed; all other names are refused.',
          { type: 'list of names', live: true },
        ),
      })
      .prefault({}),
    'The HTTP API.',
  ),
  bus: key(bus.prefault({}), 'The bus to which messages are published and from which commands are received.'),
  buses: key(
    z.record(busName, furtherBus).prefault({}),
    'Further buses to which messages are published. The keys are names of your choice.',
  ),
  drivers: key(
    drivers.prefault({}),
    'INDI drivers, for devices to which Fairlead connects, and the port for INDI clients.',
  ),
  dial: dialKeys,
  listeners: key(
    z.record(listenerName, listener).prefault({}),
    'Listeners for devices. The keys are names of your choice. `official` and `custom` exist unless they are `off`.',
  ),
  journal: key(
    journal.prefault({}),
    'The journal: messages that are on disk before their device is answered. Listeners with `durability: journal` use it.',
  ),
  topics: key(
    z
      .strictObject({
        attributes: topic('devices/{device}/attributes', 'Readings.'),
        events: topic('devices/{device}/events', 'Events.'),
        raw: topic('devices/{device}/raw', 'Bytes of a device that has no script.'),
        status: topic('devices/{device}/status', 'Online or offline, as a retained message.'),
        service: key(
          serviceTemplate.prefault('fairlead/{node}/status'),
          'Whether Fairlead itself is online or offline, as a retained message; with `bus.kind: mqtt` also as the last will of the connection. `{node}` stands for the name of this machine. `off`: no such message.',
          { type: 'topic or off' },
        ),
        set: topic(
          'devices/{device}/set',
          'Attributes to set. Messages on this topic are sent to the device.',
        ),
        command: topic(
          'devices/{device}/command',
          'Commands. Messages on this topic are sent to the device.',
        ),
        desire: topic(
          'devices/{device}/desire',
          'Changes of the desired state (JSON merge patch). It is sent until the device reports it.',
        ),
        result: topic(
          'devices/{device}/result',
          'What became of messages to the device that came from the bus or are kept.',
        ),
      })
      .prefault({}),
    'Topics on the bus. `{device}` stands for the name of the device and must be a whole topic level.',
  ),
  thingspanel: key(thingspanel.prefault({}), 'The ThingsPanel platform, for `preset: thingspanel`.'),
  liveness: livenessKeys,
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
  history: historyKeys,
  audit: auditKeys,
  tracing: tracingKeys,
  automation: automationKeys,
  stop: key(
    z
      .strictObject({
        grace: key(
          duration(0, '0s').prefault('10s'),
          'Time limit for a graceful stop. After it, the process ends by force.',
          { type: 'duration', live: true },
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
          { live: true },
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
  readonly durability: z.output<typeof durability>;
  readonly limits: ListenerLimits;
  readonly identity?: 'certificate' | undefined;
  readonly takeover: 'newest' | 'keep';
  readonly tls?: z.output<typeof listenerTls> | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
  readonly proxy?: { readonly trusted: readonly string[]; readonly required: boolean } | undefined;
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
