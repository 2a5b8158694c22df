import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { isTlsClientHello } from '@fairlead/tcp';
import { Authority, eventually, requirePeer } from '@fairlead/testkit';
import { TcpClient, TcpServer } from '../src/index.ts';

const contradicts = { code: 'OPTION_INVALID', message: /"tls".*not encrypted.*tls:\/\/host:port/ };
const reconnect = false as const;

describe('the option "tls" of messaging', () => {
  it('encrypts what TcpServer and TcpClient do with host and port apart', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    using authority = new Authority();
    const tls = authority.issue('one', 'IP:127.0.0.1');
    const ca = authority.ca.cert;
    await using server = new TcpServer({ listener: { tls } });
    assert.equal(server.address, 'tls://127.0.0.1:8080');
    await server.startServer('127.0.0.1', 0);
    assert.match(server.address, /^tls:/);
    await using client = new TcpClient({ connection: { tls: { ca } } });
    await client.connectToServer('127.0.0.1', server.port);
    client.send('secret');
    assert.equal((await server.receive('5s')).data, 'secret');
    await using plain = new TcpClient({ connection: { reconnect } });
    await plain.connectToServer('127.0.0.1', server.port);
    plain.send('in the clear');
    await eventually(() => plain.connectionState === 'error', 'the server refuses a client without TLS');
  });

  it('never lets a client begin in the clear', async () => {
    const head = Promise.withResolvers<Buffer>();
    const plain = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes: Buffer) => {
        head.resolve(bytes);
        socket.destroy();
      });
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as net.AddressInfo;
    await using client = new TcpClient({ connection: { tls: {}, reconnect } });
    await assert.rejects(client.connectToServer('127.0.0.1', port));
    plain.close();
    assert.equal(isTlsClientHello(await head.promise), 'yes');
  });

  it('is refused together with an endpoint that is not encrypted', async () => {
    const tls = { cert: 'x', key: 'y' };
    for (const endpoint of ['tcp://127.0.0.1:1', 'unix:/tmp/x']) {
      assert.throws(() => new TcpServer({ endpoint, listener: { tls } }), contradicts);
      assert.throws(() => new TcpClient({ endpoint, connection: { tls: {} } }), contradicts);
      await assert.rejects(new TcpServer({ listener: { tls } }).connect(endpoint), contradicts);
      await assert.rejects(new TcpClient({ connection: { tls: {} } }).connect(endpoint), contradicts);
    }
  });
});
