import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { peerOf, peerOfRemote } from '../../src/peer-address.ts';
import { type Harness, startApi } from './harness.ts';

async function silent(api: Harness, count: number): Promise<Socket[]> {
  const { port } = new URL(api.url);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
      await once(socket, 'connect');
      return socket;
    }),
  );
}

/** One request on a connection that stays open until `close`. */
async function kept(api: Harness, path: string, token?: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    request(new URL(path, api.url), { agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode as number));
    })
      .on('error', reject)
      .end();
    return promise;
  };
  return { ask, close: () => agent.destroy() };
}

describe('connections that say nothing', () => {
  test('keep nobody out, and that they were closed is logged', async () => {
    await using api = await startApi({ bounds: { connections: 8, perAddress: 8, reserve: 2 } });
    const sockets = await silent(api, 20);
    assert.equal((await fetch(`${api.url}/healthz`)).status, 200);
    assert.equal((await api.call('GET', '/api/v1/status')).status, 200);
    const fields = api.logged.map(({ fields }) => fields as { code?: string; address?: string });
    assert.ok(fields.some(({ code, address }) => code === 'TOO_MANY_CONNECTIONS' && address === '127.0.0.1'));
    for (const socket of sockets) socket.destroy();
  });

  test('of one address take only a part of all places', async () => {
    await using api = await startApi({ bounds: { connections: 8, perAddress: 3, reserve: 2 } });
    const sockets = await silent(api, 3);
    const [first] = sockets as [Socket];
    const closed = once(first, 'close');
    const [fourth] = (await silent(api, 1)) as [Socket];
    await closed;
    assert.equal(fourth.destroyed, false);
    for (const socket of [...sockets, fourth]) socket.destroy();
  });

  test('are closed when the time for the head of a request is over', async () => {
    await using api = await startApi({ bounds: { head: 20 } });
    const [socket] = (await silent(api, 1)) as [Socket];
    socket.resume();
    await once(socket, 'close');
    const [partly] = (await silent(api, 1)) as [Socket];
    partly.resume().write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    await once(partly, 'close');
  });
});

describe('connections that have shown the token', () => {
  test('are not closed for others, and leave /healthz and /readyz a place', async () => {
    await using api = await startApi({ bounds: { connections: 2, perAddress: 2, reserve: 2 } });
    const ours = [await kept(api, '/api/v1/status', api.token), await kept(api, '/api/v1/status', api.token)];
    for (const one of ours) assert.equal(await one.ask(), 200);
    const sockets = await silent(api, 5);
    assert.equal((await fetch(`${api.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${api.url}/readyz`)).status, 200);
    const refused = await api.call('GET', '/api/v1/status');
    assert.deepEqual([refused.status, refused.json.code], [503, 'TOO_MANY_CONNECTIONS']);
    for (const one of ours) assert.equal(await one.ask(), 200);
    for (const socket of sockets) socket.destroy();
    for (const one of ours) one.close();
  });
});

test('addresses of one IPv6 network count as one peer', () => {
  for (const [address, peer] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['2001:db8:0:1::5', '2001:db8:0:1::/64'],
    ['2001:DB8::1:2:3:4:5', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ] as const)
    assert.equal(peerOf(address), peer, address);
  assert.equal(peerOfRemote('192.0.2.1:80'), '192.0.2.1');
  assert.equal(peerOfRemote('[2001:db8:0:1::5]:80'), '2001:db8:0:1::/64');
  assert.equal(peerOfRemote('unix:/run/x'), 'unix:/run/x');
});
