import type { Duration, Size } from '@fairlead/core';
import { busLimits } from '../limits.ts';
import { checkKeys, duration, invalid, readSecret, type Secret, size, whole } from '../options.ts';
import { REMOTE_KEYS, type RemoteOptions, type RemoteSettings, remoteSettings } from '../remote-options.ts';
import { signingKey } from './signature.ts';

export interface WebhookBusOptions extends RemoteOptions {
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
}

const KEYS = ['url', 'secret', 'authorization', 'tls', 'batch', 'timeout', ...REMOTE_KEYS];

interface WebhookSecrets {
  readonly key: Buffer | undefined;
  readonly authorization: string | undefined;
}

export interface WebhookSettings extends RemoteSettings {
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
  const { batch = {}, tls = {}, secret, authorization } = options;
  checkKeys(batch, ['messages', 'bytes'], '"batch"');
  checkKeys(tls, ['ca'], '"tls"');
  const url = parseUrl(options.url);
  if (options.tls !== undefined && url.protocol !== 'https:')
    throw invalid('tls', 'expected a URL that begins with https://');
  const { values } = busLimits;
  return {
    ...remoteSettings(options, 2 ** 28),
    url,
    endpoint: `${url.origin}${url.pathname}`,
    batch: {
      messages: whole('batch.messages', batch.messages, values.webhookBatch, 1, 100_000),
      bytes: size('batch.bytes', batch.bytes, values.webhookBatchBytes, 2 ** 28),
    },
    timeout: duration('timeout', options.timeout, values.webhookTimeout),
    ca: tls.ca === undefined ? undefined : await readSecret('tls.ca', tls.ca),
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
