import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultyTransport, settled } from '@fairlead/testkit';
import { type PoolOptions, pool } from '../../src/index.ts';
import { AT, world } from '../client/world.ts';
import { text } from '../text-codec.ts';

function pooled(options: Partial<PoolOptions<string, string>> = {}) {
  const { network, clock, serve, heard } = world();
  const open = () => pool<string>(AT, { codec: text, clock, dial: network.dial, ...options });
  return { network, clock, serve, heard, open };
}

describe('pool()', () => {
  it('spreads requests over its clients, and counts', async () => {
    const { serve, open } = pooled({ max: 4 });
    const server = await serve();
    const clients = open();
    const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => clients.request(`${i}`)));
    assert.deepEqual(
      replies,
      replies.map((_, i) => `re ${i}`),
    );
    assert.equal(server.stats().accepted, 4);
    const { acquired, opened, framesIn, framesOut, idle } = clients.stats();
    assert.deepEqual([acquired, opened, framesIn, framesOut, idle], [100, 4, 100, 100, 4]);
    await clients.close();
    await settled();
    assert.deepEqual(clients.stats().closes, { LINK_CLOSED: 4 });
    assert.equal(clients.stats().framesIn, 100);
    await server.close();
  });

  it('hears why a client could not be opened, and goes on when it can', async () => {
    const { serve, open } = pooled();
    const clients = open();
    await assert.rejects(clients.request('x'), { code: 'CONNECT_REFUSED' });
    const server = await serve();
    assert.equal(await clients.request('x'), 're x');
    assert.deepEqual(clients.stats().closes, { CONNECT_REFUSED: 1 });
    await clients.close();
    await server.close();
  });

  it('does not lend again what still has traces of its last use', async () => {
    const { serve, open, clock } = pooled({ max: 1 });
    const server = await serve();
    const clients = open();
    {
      using lease = await clients.acquire();
      lease.client.send('unread');
      await settled();
    }
    await settled();
    assert.equal(await clients.request('clean'), 're clean');
    assert.equal(clients.stats().opened, 2);
    {
      using lease = await clients.acquire();
      void lease.client.request('late').catch(() => {});
    }
    assert.equal(await clients.request('again'), 're again');
    assert.equal(clients.stats().opened, 3);
    await clients.close();
    await server.close();
    assert.equal(clock.pending, 0);
  });

  it('notices clients that the peer cuts or ends, idle or in use', async () => {
    const { network, clock, serve, open } = pooled({
      max: 2,
      validate: (client) => client.request('ping').then((reply) => reply === 're ping'),
    });
    const server = await serve();
    const clients = open();
    await clients.request('x');
    network.last?.[1].reset();
    await settled();
    assert.equal(clients.stats().size, 0);
    await clients.request('y');
    for (const session of server.sessions) session.close();
    await settled();
    assert.equal(clients.stats().size, 0);
    using lease = await clients.acquire();
    const open1 = assert.rejects(lease.client.request('z'), { code: 'PEER_RESET' });
    network.last?.[1].reset();
    await open1;
    lease.release();
    assert.equal(await clients.request('w'), 're w');
    assert.equal(await clients.request('v'), 're v', 'after it was looked over');
    await clients.destroy();
    await server.destroy();
    await clock.advance(60_000);
    assert.equal(clock.pending, 0);
  });

  it('comes through a line that is cut again and again', async () => {
    const { network, clock, serve, open } = pooled({ max: 3, min: 1, requests: { timeout: '2s' } });
    const server = await serve();
    network.wrap = (transport) =>
      transport.remote === AT
        ? new FaultyTransport(transport, { slice: 2, seed: network.dials, resetAfter: 60 })
        : transport;
    const clients = open();
    let good = 0;
    for (let i = 0; i < 60; i++) {
      const asked = clients.request(`${i}`).then(
        (reply) => {
          assert.equal(reply, `re ${i}`);
          good++;
        },
        (error) => assert.match(error.code, /^(PEER_RESET|PEER_CLOSED|REQUEST_TIMEOUT)$/),
      );
      await clock.advance(100);
      await asked;
    }
    assert.ok(good > 40, `${good} of 60`);
    await clients.close();
    await server.destroy();
    assert.equal(clock.pending, 0);
  });

  it('refuses wrong options at once, in words', () => {
    const make = (options: object) => () => pool('x:1', { codec: text, ...options } as never);
    assert.throws(make({ max: 0 }), { code: 'OPTION_INVALID', message: /"max"/ });
    assert.throws(make({ min: 3, max: 2 }), { code: 'OPTION_INVALID', message: /"min".*exceed/ });
    assert.throws(make({ idleTimeot: '1s' }), { code: 'OPTION_UNKNOWN' });
    assert.throws(() => pool('nonsense', { codec: text }), { code: 'ENDPOINT_INVALID' });
  });
});
