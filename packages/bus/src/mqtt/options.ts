import { randomBytes } from 'node:crypto';
import type { Duration } from '@fairlead/core';
import type { IClientOptions } from 'mqtt';
import { busLimits } from '../limits.ts';
import { checkKeys, duration, invalid, readSecret, type Secret, whole } from '../options.ts';
import type { BusMessage } from '../port.ts';
import { checkExtras, publishProperties } from '../properties.ts';
import { REMOTE_KEYS, type RemoteOptions, type RemoteSettings, remoteSettings } from '../remote-options.ts';
import { checkTopic } from '../topic.ts';
import { LAST_PACKET_ID } from './qos1-queue.ts';

/** MQTT encodes the length of a will with two bytes. */
const MAX_WILL = 0xffff;

/** PEM texts, or the files that hold them. */
export interface BrokerTls {
  readonly ca?: Secret;
  readonly cert?: Secret;
  readonly key?: Secret;
  /** Name that the certificate must carry, where it is not the host of the URL. */
  readonly serverName?: string;
  /** false: takes any certificate; for tests only. Default true. */
  readonly verify?: boolean;
}

export interface MqttBusOptions extends RemoteOptions {
  /** `mqtt://host:port` (1883) or `mqtts://host:port` (8883). */
  readonly url: string;
  readonly user?: string;
  /** A file is read for each attempt, so that it may change while the service runs. */
  readonly password?: Secret;
  /** Default: `fairlead-` and 16 random hexadecimal digits. */
  readonly clientId?: string;
  /** 4 is MQTT 3.1.1 (default), 5 is MQTT 5. */
  readonly version?: 4 | 5;
  /** 0 (default): at most once over a lost connection. 1: at least once. For publishing and for subscribing. */
  readonly qos?: 0 | 1;
  /** QoS 1: messages in flight. Default 1,000. */
  readonly inFlight?: number;
  /** Whole seconds; default 30 s. */
  readonly keepalive?: Duration;
  readonly connectTimeout?: Duration;
  readonly tls?: BrokerTls;
  /**
   * The last will: the broker publishes it, at `qos`, when the connection ends without a DISCONNECT. `close` sends one.
   * Its `expiry`, `properties` and `correlation` need version 5.
   */
  readonly will?: BusMessage;
}

const KEYS = [
  'url',
  'user',
  'password',
  'clientId',
  'version',
  'qos',
  'inFlight',
  'keepalive',
  'connectTimeout',
  'tls',
  'will',
  ...REMOTE_KEYS,
];

export interface MqttSettings extends RemoteSettings {
  readonly endpoint: string;
  readonly version: 4 | 5;
  readonly qos: 0 | 1;
  readonly inFlight: number;
  readonly connectTimeout: number;
  /** The library's options for one attempt; reads the secrets. Rejects with BUS_SECRET_UNREADABLE. */
  client(): Promise<IClientOptions>;
}

/** Throws OPTION_UNKNOWN, OPTION_INVALID. */
export function mqttSettings(options: MqttBusOptions): MqttSettings {
  checkKeys(options, KEYS, 'mqttBus()');
  const { secure, host, port } = parseUrl(options.url);
  const { version = 4, qos = 0, user, password, tls = {} } = options;
  if (version !== 4 && version !== 5) throw invalid('version', `expected 4 or 5; got ${version}`);
  if (qos !== 0 && qos !== 1) throw invalid('qos', `expected 0 or 1; got ${qos}`);
  if (password !== undefined && user === undefined) throw invalid('password', 'expected "user" with it');
  if (options.tls !== undefined && !secure) throw invalid('tls', 'expected a URL that begins with mqtts://');
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw invalid('tls', 'expected both "cert" and "key", or neither');
  checkKeys(tls, ['ca', 'cert', 'key', 'serverName', 'verify'], '"tls"');
  const { values } = busLimits;
  const remote = remoteSettings(options, 2 ** 28 - 2 ** 17);
  const keepalive = duration('keepalive', options.keepalive, values.keepalive, 1_000);
  const clientId = options.clientId ?? `fairlead-${randomBytes(8).toString('hex')}`;
  const fixed: IClientOptions = {
    protocol: secure ? 'mqtts' : 'mqtt',
    host,
    port,
    clientId,
    protocolVersion: version,
    keepalive: whole('keepalive', Math.ceil(keepalive / 1_000), 30, 1, 0xffff),
    ...(user !== undefined && { username: user }),
    ...(options.will !== undefined && { will: willOf(options.will, version, qos) }),
    ...(version === 5 && { properties: { maximumPacketSize: remote.maxPayload + 2 ** 17 } }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    ...(secure && { rejectUnauthorized: tls.verify !== false }),
  };
  return {
    ...remote,
    endpoint: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    version,
    qos,
    inFlight: whole('inFlight', options.inFlight, values.inFlight, 1, LAST_PACKET_ID),
    connectTimeout: duration('connectTimeout', options.connectTimeout, values.connect),
    client: async () => ({
      ...fixed,
      ...(password !== undefined && { password: await readSecret('password', password) }),
      ...(tls.ca !== undefined && { ca: await readSecret('tls.ca', tls.ca) }),
      ...(tls.cert !== undefined && { cert: await readSecret('tls.cert', tls.cert) }),
      ...(tls.key !== undefined && { key: await readSecret('tls.key', tls.key) }),
    }),
  };
}

/** Throws BUS_TOPIC_INVALID, BUS_PROPERTY_INVALID, OPTION_INVALID. */
function willOf(will: BusMessage, version: 4 | 5, qos: 0 | 1): NonNullable<IClientOptions['will']> {
  checkTopic(will.topic);
  checkExtras(will);
  const payload = Buffer.from(will.payload as string);
  if (payload.length > MAX_WILL) throw invalid('will', `expected a payload of at most ${MAX_WILL} bytes`);
  const properties = version === 5 ? publishProperties(will) : undefined;
  return {
    topic: will.topic,
    payload,
    qos,
    retain: will.retain === true,
    ...(properties !== undefined && { properties }),
  };
}

function parseUrl(text: string): { secure: boolean; host: string; port: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'mqtts:';
  if (url === undefined || (!secure && url.protocol !== 'mqtt:') || url.hostname === '')
    throw invalid('url', 'expected mqtt://host:port or mqtts://host:port');
  // The message does not show the URL, because it contains a secret here.
  if (url.username !== '' || url.password !== '')
    throw invalid('url', 'expected no user and password in it; they have options of their own');
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    throw invalid('url', 'expected nothing after the port');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { secure, host, port: url.port === '' ? (secure ? 8883 : 1883) : Number(url.port) };
}
