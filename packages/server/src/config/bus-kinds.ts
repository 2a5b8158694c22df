/** The kinds of buses that reach other programs, for `bus` and for each of `buses`. */

import { sizeOption } from '@fairlead/core';
import { z } from 'zod';
import { duration, SECOND } from './duration.ts';
import { key, path, positive } from './key.ts';

/** MQTT encodes the keep-alive interval as 16 bits of seconds. */
const KEEPALIVE = { ms: 65_535 * SECOND, words: '18h' };

/** A secret, from its file or the environment. */
export const password = (whose: string) => ({
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

const file = (what: string) => key(path.optional(), `File with ${what}.`, { type: 'path', path: true });

const hidden = (what: string, instead: string) =>
  key(
    z.string().min(1).optional(),
    `${what}. Set it only in the environment; in the configuration file, use ${instead}.`,
    {
      type: 'text',
      secret: true,
    },
  );

const mqtt = z.strictObject({
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
    'Longest time without a packet to the broker: after it, a ping is sent (MQTT keep-alive).',
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
});

const nats = z.strictObject({
  url: key(
    z
      .string()
      .regex(
        /^(nats|tls):\/\/[^@\s]+$/,
        'expected nats://HOST[:PORT] or tls://HOST[:PORT], without user and password',
      )
      .optional(),
    'Address of your server: nats://HOST:4222, or tls://HOST:4222. Several servers of one cluster, separated by commas. Required if the kind is nats.',
    { type: 'URL' },
  ),
  user: key(z.string().min(1).optional(), 'User name for your server.'),
  ...password('at your server'),
  tokenFile: file('the token for your server, in place of a user'),
  token: hidden('The token for your server', 'tokenFile'),
  credentialsFile: file('the credentials (JWT and seed) for your server, in place of a user'),
  prefix: key(
    z.string().max(200).prefault(''),
    'Prefix of every subject, with a dot at its end: `plant1.` gives plant1.devices.NAME.attributes.',
  ),
  stream: key(
    z.string().min(1).optional(),
    'Name of a stream of JetStream. Messages whose subject it takes count as delivered when it has stored them. Without it, when the server has read them.',
  ),
  subjects: key(
    z.array(z.string().min(1).max(200)).max(100).optional(),
    'Subjects of the stream, before the prefix, such as devices.>. The stream is created with them if it does not exist. It keeps messages for 7 days and refuses new ones when it is full.',
    { type: 'list of subjects' },
  ),
  ca: file('the certificate authority (PEM) that verifies the server'),
  cert: file('the client certificate (PEM)'),
  key: file('the private key (PEM) of the client certificate'),
});

const webhook = z.strictObject({
  url: key(
    z
      .string()
      .regex(
        /^https?:\/\/[^@\s]+$/,
        'expected http://HOST/PATH or https://HOST/PATH, without user and password',
      )
      .optional(),
    'Where messages are posted as JSON. Redirects are not followed. Required if the kind is webhook.',
    { type: 'URL' },
  ),
  secretFile: file('the secret that signs the requests (header webhook-signature, HMAC-SHA-256)'),
  secret: hidden('The secret that signs the requests', 'secretFile'),
  authorizationFile: file('the value of the header authorization, such as Bearer TOKEN'),
  authorization: hidden('The value of the header authorization', 'authorizationFile'),
  ca: file('the certificate authority (PEM) that verifies the receiver'),
  batch: key(positive.max(100_000).prefault(500), 'Largest number of messages in one request.'),
  timeout: key(
    duration(SECOND, '1s', 'seconds').prefault('10s'),
    'Time for the answer to a request. After it, the same request is sent again.',
    { type: 'duration' },
  ),
});

/** The sections of the kinds, and what every bus has. */
export const busKinds = {
  mqtt: key(mqtt.prefault({}), 'Your own MQTT broker.'),
  nats: key(nats.prefault({}), 'Your own NATS server.'),
  webhook: key(webhook.prefault({}), 'A program that takes messages over HTTP.'),
  queue: key(
    sizeOption.optional(),
    'Maximum number of bytes that wait for this bus while it is slow or away. The default is 32 MiB.',
    { type: 'size' },
  ),
  time: key(
    z.enum(['property', 'payload']).prefault('property'),
    'Where the time of a reading is: `property` is the property `time` of the message, where the bus has properties; `payload` writes it into the JSON as `_time` too.',
  ),
  origin: key(
    z.enum(['property', 'payload']).prefault('property'),
    'Where the origin of a message is (device, epoch, seq; copies have the same): in properties, or in the JSON as `_origin` too.',
  ),
};
