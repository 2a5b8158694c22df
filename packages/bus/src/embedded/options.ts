import { type Clock, type Duration, type Log, type Size, silentLog, systemClock } from '@fairlead/core';
import type { AdapterSettings } from '../adapter.ts';
import { busErrors } from '../catalogue.ts';
import { busLimits } from '../limits.ts';
import {
  checkKeys,
  duration,
  invalid,
  type QueueOptions,
  queueBounds,
  readSecret,
  type Secret,
  size,
  whole,
} from '../options.ts';
import { checkFilter } from '../topic.ts';
import type { AccessRules } from './access.ts';
import { hostAndPort, isLoopback } from './address.ts';
import type { ListenerTls } from './listener.ts';

export interface EmbeddedBrokerOptions {
  /** `HOST:PORT` for outside clients; `false` (default): outside clients are off. */
  readonly listen?: string | false;
  /** Outside clients speak TLS. */
  readonly tls?: ListenerTls | undefined;
  /** Users may connect from any address, and subscribe to and publish on all topics. */
  readonly users?: readonly { readonly name: string; readonly password: Secret }[];
  /**
   * Whether clients on this machine need no user (default true). They may subscribe to all topics and publish on `publishable`.
   * Turn it off behind a proxy on this machine: all its clients appear to be local.
   */
  readonly anonymous?: boolean;
  /** Filters of topics on which anonymous clients may publish. Default `devices/+/set` and `devices/+/command`. */
  readonly publishable?: readonly string[];
  readonly maxClients?: number;
  readonly maxPayload?: Size;
  readonly connectTimeout?: Duration;
  readonly drainTimeout?: Duration;
  /**
   * What a subscriber that reads too slowly does to the others. `hold` (default): all wait for it, and nothing is dropped.
   * `drop`: messages of QoS 0 for it are dropped while its buffer is full; nobody waits for it.
   */
  readonly slowSubscribers?: 'hold' | 'drop';
  readonly closeGrace?: Duration;
  readonly retained?: { readonly messages?: number; readonly bytes?: Size };
  readonly queue?: QueueOptions;
  readonly log?: Log;
  readonly clock?: Clock;
}

const KEYS = [
  'listen',
  'tls',
  'users',
  'anonymous',
  'publishable',
  'maxClients',
  'maxPayload',
  'connectTimeout',
  'drainTimeout',
  'slowSubscribers',
  'closeGrace',
  'retained',
  'queue',
  'log',
  'clock',
];

export interface EmbeddedSettings extends AdapterSettings {
  readonly listen: string | false;
  readonly tls: ListenerTls | undefined;
  readonly access: AccessRules;
  readonly maxClients: number;
  readonly maxPayload: number;
  readonly connectTimeout: number;
  readonly drainTimeout: number;
  readonly slowSubscribers: 'hold' | 'drop';
  readonly retained: { readonly messages: number; readonly bytes: number };
}

/** Rejects with OPTION_UNKNOWN, OPTION_INVALID or BUS_SECRET_UNREADABLE. */
export function usersOf(
  users: EmbeddedBrokerOptions['users'] = [],
): Promise<{ readonly name: string; readonly password: string }[]> {
  return Promise.all(
    users.map(async (user, index) => {
      checkKeys(user, ['name', 'password'], `"users.${index}"`);
      const password = await readSecret(`users.${index}.password`, user.password);
      if (user.name === '' || password === '')
        throw invalid(`users.${index}`, 'expected a name and a password that are not empty');
      return { name: user.name, password };
    }),
  );
}

/** Rejects with OPTION_UNKNOWN, OPTION_INVALID, ENDPOINT_INVALID, BUS_FILTER_INVALID, BUS_SECRET_UNREADABLE, BUS_CREDENTIALS_REQUIRED. */
export async function embeddedSettings(options: EmbeddedBrokerOptions): Promise<EmbeddedSettings> {
  checkKeys(options, KEYS, 'embeddedBroker()');
  checkKeys(options.retained ?? {}, ['messages', 'bytes'], '"retained"');
  const { slowSubscribers = 'hold' } = options;
  if (!['hold', 'drop'].includes(slowSubscribers))
    throw invalid('slowSubscribers', `expected hold or drop; got ${slowSubscribers}`);
  const { listen = false, publishable = ['devices/+/set', 'devices/+/command'] } = options;
  for (const filter of publishable) checkFilter(filter);
  const users = await usersOf(options.users);
  if (listen !== false && !isLoopback(hostAndPort(listen).host) && users.length === 0)
    throw busErrors.error('BUS_CREDENTIALS_REQUIRED', { endpoint: listen });
  const { values } = busLimits;
  return {
    listen,
    tls: options.tls,
    access: { users, anonymous: options.anonymous ?? true, publishable },
    maxClients: whole('maxClients', options.maxClients, values.clients, 1, 1_000_000),
    maxPayload: size('maxPayload', options.maxPayload, values.payload, 2 ** 28 - 2 ** 17),
    connectTimeout: duration('connectTimeout', options.connectTimeout, values.clientHandshake),
    slowSubscribers,
    drainTimeout: duration('drainTimeout', options.drainTimeout, values.drainTimeout),
    closeGrace: duration('closeGrace', options.closeGrace, values.closeGrace, 0),
    retained: {
      messages: whole('retained.messages', options.retained?.messages, values.retainedMessages, 0, 2 ** 24),
      bytes: size('retained.bytes', options.retained?.bytes, values.retainedBytes),
    },
    queue: queueBounds(options.queue),
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
  };
}
