import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { Authority, eventually, requirePeer } from '@fairlead/testkit';
import { connect, isTlsClientHello, pool, serve } from '../../src/index.ts';
import { dialEndpoint, listenEndpoint } from '../../src/link/network.ts';
import { dialTcp, listenTcp } from '../../src/link/tcp.ts';
import { text } from '../text-codec.ts';

let made: Authority | undefined;
after(() => made?.[Symbol.dispose]());

function plant() {
  made ??= new Authority();
  return { tls: made.issue('one', 'IP:127.0.0.1'), ca: made.ca.cert };
}

/** The first bytes of each connection to a plain port. */
async function plainPort() {
  const heads: Buffer[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes: Buffer) => {
      heads.push(bytes);
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return { port, heads, [Symbol.dispose]: () => void server.close() };
}

const contradicts = { code: 'OPTION_INVALID', message: /"tls".*not encrypted.*tls:\/\/host:port/ };
const reconnect = false as const;

describe('the option "tls"', () => {
  it('encrypts what serve() and connect() do at host:port', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { tls, ca } = plant();
    await using server = await serve<string>('127.0.0.1:0', {
      codec: text,
      tls,
      frames: (session, batch) => void batch.map((frame) => session.send(`re ${frame}`)),
    });
    assert.match(server.address, /^tls:\/\/127\.0\.0\.1:\d+$/);
    const address = server.address.replace('tls://', '');
    await using client = connect<string>(address, { codec: text, tls: { ca }, reconnect });
    assert.equal(await client.request('hello'), 're hello');
    assert.equal(client.peer?.commonName, 'one');
    await using clients = pool<string>(address, { codec: text, tls: { ca } });
    assert.equal(await clients.request('pooled'), 're pooled');
    await using plain = connect<string>(address, { codec: text, reconnect });
    plain.send('secret');
    await assert.rejects(plain.receive());
  });

  it('never lets a client begin in the clear', async () => {
    using port = await plainPort();
    const address = `127.0.0.1:${port.port}`;
    await using client = connect<string>(address, { codec: text, tls: {}, reconnect });
    client.send('secret');
    await assert.rejects(client.ready());
    const clients = pool<string>(address, { codec: text, tls: {} });
    const refused = assert.rejects(clients.request('secret'));
    await eventually(() => port.heads.length === 2, 'the pool has dialled');
    await clients.close();
    await refused;
    for (const head of port.heads) assert.equal(isTlsClientHello(head), 'yes');
  });

  it('is refused together with an endpoint that is not encrypted', async () => {
    const tls = { cert: 'x', key: 'y' };
    const signal = AbortSignal.timeout(5_000);
    const plain = { protocol: 'tcp', host: '127.0.0.1', port: 1 } as const;
    for (const endpoint of ['tcp://127.0.0.1:1', 'unix:/tmp/x', plain]) {
      await assert.rejects(serve(endpoint, { codec: text, tls }), contradicts);
      assert.throws(() => connect(endpoint, { codec: text, tls: {} }), contradicts);
      assert.throws(() => pool(endpoint, { codec: text, tls: {} }), contradicts);
    }
    // The transports themselves, for those who dial and listen without a client or a server.
    const dialOptions = { signal, tls: { rejectUnauthorized: true } };
    const listenOptions = { tls: { ...tls, clients: 'ignore' as const } };
    for (const dial of [dialTcp, dialEndpoint])
      await assert.rejects(dial(plain, dialOptions), { code: 'ENDPOINT_INVALID' });
    for (const listen of [listenTcp, listenEndpoint])
      await assert.rejects(
        listen(plain, listenOptions, () => {}),
        { code: 'ENDPOINT_INVALID' },
      );
  });
});
