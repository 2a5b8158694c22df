/** The options of the NATS bus, checked and in its units. */
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { type ConnectionOptions, credsAuthenticator } from '@nats-io/transport-node';
import { busLimits } from '../limits.ts';
import { checkKeys, duration, invalid, readSecret, type Secret, size, whole } from '../options.ts';
import { REMOTE_KEYS, type RemoteSettings, remoteSettings } from '../remote-options.ts';
import type { NatsBusOptions, NatsStream } from './options.ts';

const KEYS = [
  'url',
  'user',
  'password',
  'token',
  'credentials',
  'tls',
  'prefix',
  'stream',
  'inFlight',
  'ackTimeout',
  'keepalive',
  'connectTimeout',
  ...REMOTE_KEYS,
];
const WEEK = 7 * 86_400_000;
const SUBJECT = /^[^\s.]+(\.[^\s.]+)*$/;
/** A server that does not answer this many pings in a row is given up. */
const PINGS = 2;

/** A stream to create, in the units of the options. */
export interface StreamSettings {
  readonly name: string;
  readonly subjects: readonly string[] | undefined;
  readonly replicas: number;
  readonly maxAge: number;
  readonly maxBytes: number | undefined;
}

export interface NatsSettings extends RemoteSettings {
  readonly endpoint: string;
  readonly prefix: string;
  readonly stream: StreamSettings | undefined;
  readonly inFlight: number;
  readonly ackTimeout: number;
  readonly connectTimeout: number;
  /** The library's options for one attempt; reads the secrets. Rejects with BUS_SECRET_UNREADABLE. */
  client(): Promise<ConnectionOptions>;
}

/** Throws OPTION_UNKNOWN, OPTION_INVALID. */
export function natsSettings(options: NatsBusOptions): NatsSettings {
  checkKeys(options, KEYS, 'natsBus()');
  const { user, password, token, credentials, tls = {}, prefix = '' } = options;
  checkKeys(tls, ['ca', 'cert', 'key'], '"tls"');
  const { secure, servers } = parseServers(options.url);
  if (password !== undefined && user === undefined) throw invalid('password', 'expected "user" with it');
  if ([user, token, credentials].filter((way) => way !== undefined).length > 1)
    throw invalid('user', 'expected one of "user", "token" and "credentials"');
  if (options.tls !== undefined && !secure) throw invalid('tls', 'expected a URL that begins with tls://');
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw invalid('tls', 'expected both "cert" and "key", or neither');
  if (prefix !== '' && !(prefix.endsWith('.') && SUBJECT.test(prefix.slice(0, -1)) && !/[*>%]/.test(prefix)))
    throw invalid('prefix', 'expected words that each end with a dot, without * > and %');
  const { values } = busLimits;
  const connectTimeout = duration('connectTimeout', options.connectTimeout, values.connect);
  const keepalive = duration('keepalive', options.keepalive, values.keepalive, 1_000);
  const fixed: ConnectionOptions = {
    servers: [...servers],
    name: 'fairlead',
    // A session makes one attempt; waiting and trying again is the bus's job.
    reconnect: false,
    maxReconnectAttempts: 0,
    timeout: connectTimeout,
    pingInterval: Math.max(1, Math.round(keepalive / PINGS)),
    maxPingOut: PINGS,
  };
  const text = async (key: string, secret: Secret | undefined) =>
    secret === undefined ? undefined : readSecret(key, secret);
  return {
    ...remoteSettings(options, 2 ** 26),
    endpoint: servers.join(','),
    prefix,
    stream: options.stream === undefined ? undefined : streamSettings(options.stream),
    inFlight: whole('inFlight', options.inFlight, values.inFlight, 1, 100_000),
    ackTimeout: duration('ackTimeout', options.ackTimeout, values.ackTimeout),
    connectTimeout,
    client: async () => {
      const [pass, auth, creds] = [
        await text('password', password),
        await text('token', token),
        await text('credentials', credentials),
      ];
      const [ca, cert, key] = [
        await text('tls.ca', tls.ca),
        await text('tls.cert', tls.cert),
        await text('tls.key', tls.key),
      ];
      return {
        ...fixed,
        ...(user !== undefined && { user, ...(pass !== undefined && { pass }) }),
        ...(auth !== undefined && { token: auth }),
        ...(creds !== undefined && { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) }),
        ...(secure && {
          tls: {
            ...(ca !== undefined && { ca }),
            ...(cert !== undefined && { cert }),
            ...(key !== undefined && { key }),
            checkServerIdentity: identityOf(servers),
          },
        }),
      };
    },
  };
}

function streamSettings(stream: NatsStream): StreamSettings {
  checkKeys(stream, ['name', 'subjects', 'replicas', 'maxAge', 'maxBytes'], '"stream"');
  const { name, subjects } = stream;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw invalid('stream.name', 'expected 1 to 64 letters, digits, _ and -');
  if (subjects !== undefined && (subjects.length === 0 || subjects.some((subject) => !SUBJECT.test(subject))))
    throw invalid('stream.subjects', 'expected subjects such as devices.>');
  return {
    name,
    subjects,
    replicas: whole('stream.replicas', stream.replicas, 1, 1, 5),
    maxAge: Math.round(duration('stream.maxAge', stream.maxAge, WEEK, 1_000)),
    maxBytes: stream.maxBytes === undefined ? undefined : size('stream.maxBytes', stream.maxBytes, 0),
  };
}

/**
 * Compares a certificate with the host. The client names no host where the URL has an address: Node then takes it for `localhost`.
 * Instead, the certificate must be that of one of the addresses.
 */
function identityOf(servers: readonly string[]): typeof checkServerIdentity {
  const addresses = servers
    .map((server) => server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))
    .filter((host) => isIP(host) !== 0);
  return (host, certificate) => {
    if (host !== 'localhost' || addresses.length === 0) return checkServerIdentity(host, certificate);
    const problems = addresses.map((address) => checkServerIdentity(address, certificate));
    return problems.includes(undefined) ? undefined : problems[0];
  };
}

function parseServers(text: string): { secure: boolean; servers: readonly string[] } {
  const urls = String(text)
    .split(',')
    .map((part) => (URL.canParse(part.trim()) ? new URL(part.trim()) : undefined));
  const servers: string[] = [];
  for (const url of urls) {
    if (url === undefined || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '')
      throw invalid('url', 'expected nats://host:port or tls://host:port');
    // The message does not show the URL, because it contains a secret here.
    if (url.username !== '' || url.password !== '')
      throw invalid('url', 'expected no user and password in it; they have options of their own');
    if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
      throw invalid('url', 'expected nothing after the port');
    servers.push(`${url.hostname}:${url.port === '' ? 4222 : url.port}`);
  }
  const secure = urls.some((url) => url?.protocol === 'tls:');
  if (secure && urls.some((url) => url?.protocol !== 'tls:'))
    throw invalid('url', 'expected tls:// for all servers, or for none');
  return { secure, servers };
}
