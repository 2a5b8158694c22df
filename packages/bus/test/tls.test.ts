/** What fails in the TLS handshake with the other side has the same codes on each bus. `mqtt/mqtt-bus.test.ts` has those of MQTT. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Authority, type Certificate, eventually, requirePeer, startNats } from '@fairlead/testkit';
import { natsBus, webhookBus } from '../src/index.ts';

let made: Authority | undefined;
after(() => made?.[Symbol.dispose]());

/** Certificates of a server, and the code of what is wrong with each. */
function certificates(authority: Authority, other: Authority): [Certificate, string | undefined][] {
  return [
    [authority.issue('good', 'IP:127.0.0.1'), undefined],
    [authority.issue('old', 'IP:127.0.0.1', -1), 'TLS_CERTIFICATE_EXPIRED'],
    [authority.issue('early', 'IP:127.0.0.1', 30, 2), 'TLS_CERTIFICATE_NOT_YET_VALID'],
    [authority.issue('elsewhere', 'DNS:broker.test'), 'TLS_NAME_MISMATCH'],
    [other.issue('stranger', 'IP:127.0.0.1'), 'TLS_AUTHORITY_UNKNOWN'],
  ];
}

const reconnect = { min: '5ms', max: '20ms' } as const;

test('a receiver of a webhook', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  made ??= new Authority();
  using other = new Authority();
  const { ca } = made;
  const all = certificates(made, other).map(async ([{ cert, key }, code]) => {
    const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
      request.resume();
      response.writeHead(204).end();
    });
    server.on('tlsClientError', () => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await using bus = await webhookBus({ url, tls: { ca: { file: ca.cert } }, reconnect });
    bus.publish([{ topic: 't', payload: '1' }]);
    if (code === undefined) await bus.flushed(AbortSignal.timeout(5_000));
    else await eventually(() => bus.cause?.code === code, code);
    server.close();
    server.closeAllConnections();
  });
  await Promise.all(all);
});

test('a server of NATS', async (t) => {
  if (!requirePeer(t, 'openssl') || !requirePeer(t, 'nats-server')) return;
  made ??= new Authority();
  using other = new Authority();
  const { ca } = made;
  // A start of the server takes a while: the codes are those of the receiver.
  const some = certificates(made, other).filter(([, code]) => code !== 'TLS_CERTIFICATE_EXPIRED');
  const all = some.map(async ([{ cert, key }, code]) => {
    await using nats = await startNats({ args: ['--tls', '--tlscert', cert, '--tlskey', key] });
    const url = nats.url.replace('nats:', 'tls:');
    await using bus = await natsBus({ url, tls: { ca: { file: ca.cert } }, reconnect });
    if (code === undefined) await bus.ready(AbortSignal.timeout(5_000));
    else await eventually(() => bus.cause?.code === code, code);
  });
  await Promise.all(all);
});
