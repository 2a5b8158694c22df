import { type Clock, type Duration, type Log, type Size, silentLog, systemClock } from '@fairlead/core';
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
import type { QueuedSettings } from '../queued-adapter.ts';
import type { RedialSettings } from '../redial.ts';
import { signingKey } from './signature.ts';

export interface WebhookBusOptions {
  /** `https://host/path` or `http://host/path`, without user and password. */
  readonly url: string;
  /** Signs each request. A file is read for each one, so that it may change while the service runs. */
  readonly secret?: Secret;
  /** Value of the header `authorization`, such as `Bearer abc`. */
  readonly authorization?: Secret;
  readonly tls?: { readonly ca?: Secret };
  /** The most messages and bytes of one request. Defaults 500 and 1 MiB; one message may be larger. */
  readonly batch?: { readonly messages?: number; readonly bytes?: Size };
  /** For the whole answer; default 10 s. */
  readonly timeout?: Duration;
  readonly reconnect?: { readonly min?: Duration; readonly max?: Duration };
  readonly closeGrace?: Duration;
  readonly queue?: QueueOptions;
  readonly maxPayload?: Size;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
}

const KEYS = [
  'url',
  'secret',
  'authorization',
  'tls',
  'batch',
  'timeout',
  'reconnect',
  'closeGrace',
  'queue',
  'maxPayload',
  'log',
  'clock',
  'random',
];

interface WebhookSecrets {
  readonly key: Buffer | undefined;
  readonly authorization: string | undefined;
}

export interface WebhookSettings extends QueuedSettings, RedialSettings {
  readonly url: URL;
  /** For messages: without the query, which may hold a secret. */
  readonly endpoint: string;
  readonly batch: { readonly messages: number; readonly bytes: number };
  readonly timeout: number;
  readonly ca: string | undefined;
  /** Rejects with BUS_SECRET_UNREADABLE, OPTION_INVALID. */
  secrets(): Promise<WebhookSecrets>;
}

/** Rejects with OPTION_UNKNOWN, OPTION_INVALID, BUS_SECRET_UNREADABLE. */
export async function webhookSettings(options: WebhookBusOptions): Promise<WebhookSettings> {
  checkKeys(options, KEYS, 'webhookBus()');
  const { batch = {}, reconnect = {}, tls = {}, secret, authorization } = options;
  checkKeys(batch, ['messages', 'bytes'], '"batch"');
  checkKeys(reconnect, ['min', 'max'], '"reconnect"');
  checkKeys(tls, ['ca'], '"tls"');
  const url = parseUrl(options.url);
  if (options.tls !== undefined && url.protocol !== 'https:')
    throw invalid('tls', 'expected a URL that begins with https://');
  const { values } = busLimits;
  return {
    url,
    endpoint: `${url.origin}${url.pathname}`,
    batch: {
      messages: whole('batch.messages', batch.messages, values.webhookBatch, 1, 100_000),
      bytes: size('batch.bytes', batch.bytes, values.webhookBatchBytes, 2 ** 28),
    },
    timeout: duration('timeout', options.timeout, values.webhookTimeout),
    ca: tls.ca === undefined ? undefined : await readSecret('tls.ca', tls.ca),
    reconnect: {
      min: duration('reconnect.min', reconnect.min, values.reconnectMin),
      max: duration('reconnect.max', reconnect.max, values.reconnectMax),
    },
    closeGrace: duration('closeGrace', options.closeGrace, values.closeGrace, 0),
    queue: queueBounds(options.queue),
    maxPayload: size('maxPayload', options.maxPayload, values.payload, 2 ** 28),
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    secrets: async () => ({
      key: secret === undefined ? undefined : keyOf(await readSecret('secret', secret)),
      authorization: authorization === undefined ? undefined : await headerOf(authorization),
    }),
  };
}

function keyOf(secret: string): Buffer {
  const key = signingKey(secret);
  if (key === undefined) throw invalid('secret', 'expected a secret that is not empty');
  return key;
}

async function headerOf(authorization: Secret): Promise<string> {
  const value = await readSecret('authorization', authorization);
  if (!/^[\x20-\x7e]+$/.test(value)) throw invalid('authorization', 'expected printable ASCII on one line');
  return value;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw invalid('url', 'expected http://host/path or https://host/path');
  // The message does not show the URL, because it contains a secret here.
  if (url.username !== '' || url.password !== '')
    throw invalid('url', 'expected no user and password in it; use "authorization"');
  url.hash = '';
  return url;
}
