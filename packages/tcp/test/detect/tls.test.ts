import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import { isTlsClientHello } from '../../src/index.ts';

describe('isTlsClientHello', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    it(`knows what a client of ${version} begins with, from its tenth byte on`, async () => {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      const client = tls.connect({ port, host: '127.0.0.1', minVersion: version, maxVersion: version });
      client.on('error', () => {});
      const [socket] = (await once(server, 'connection')) as [net.Socket];
      const [hello] = (await once(socket, 'data')) as [Buffer];
      for (let size = 0; size <= hello.length; size++)
        assert.equal(isTlsClientHello(hello.subarray(0, size)), size < 10 ? 'undecided' : 'yes');
      client.destroy();
      socket.destroy();
      server.close();
    });

  for (const other of [
    '17',
    '1604',
    '160305',
    '160301ffff',
    '160301010002',
    '16030101000100010002',
    '504f5354',
  ])
    it(`no: ${other}`, () => assert.equal(isTlsClientHello(Buffer.from(other, 'hex')), 'no'));
});
