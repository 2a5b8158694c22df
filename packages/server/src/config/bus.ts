/** The section `bus` of the configuration. */

import { z } from 'zod';
import { duration, SECOND } from './duration.ts';
import { addressOrOff, key, path, positive } from './key.ts';
import { serverTls } from './tls.ts';

const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a user name has at most 64 letters, digits, dots, hyphens and underscores',
  );

/** MQTT encodes the keep-alive interval as 16 bits of seconds. */
const KEEPALIVE = { ms: 65_535 * SECOND, words: '18h' };

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

export const bus = z.strictObject({
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
        tls: key(
          serverTls.optional(),
          'Use TLS (mqtts://). With `clientCertificates: require`, clients need a certificate in addition to their user.',
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
