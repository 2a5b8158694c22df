import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { world } from '../client/world.ts';

describe('statistics', () => {
  it('of a client go on over its links, by direction and by code', async () => {
    const { network, clock, serve, connect } = world();
    const client = connect({ reconnect: { min: '1s', jitter: 'none' }, frames: () => {} });
    await settled();
    const before = client.stats();
    assert.deepEqual([before.state, before.attempts, before.lastActivity], ['waiting', 1, undefined]);
    const server = await serve();
    await clock.advance(1_000);
    await client.request('12345');
    const active = clock.now();
    await clock.advance(5_000);
    assert.equal(client.stats().lastActivity, active);
    network.last?.[0].reset();
    await settled();
    assert.equal(client.stats().lastActivity, active, 'also when the link is gone');
    client.send('queued');
    assert.deepEqual([client.stats().queuedMessages, client.stats().queuedBytes], [1, 7]);
    await clock.advance(10_000);
    const stats = client.stats();
    assert.deepEqual(
      [stats.state, stats.attempts, stats.connections, stats.lost, stats.reconnections],
      ['ready', 3, 2, 1, 2],
    );
    assert.deepEqual([stats.framesOut, stats.bytesOut, stats.framesIn, stats.bytesIn], [2, 13, 2, 19]);
    assert.deepEqual(stats.closes, { CONNECT_REFUSED: 1, PEER_RESET: 1 });
    assert.equal(stats.connectLatency.count, 2);
    assert.equal(stats.requestLatency.count, 1);
    assert.doesNotThrow(() => structuredClone(stats));
    await client.close();
    assert.deepEqual(client.stats().closes, { CONNECT_REFUSED: 1, PEER_RESET: 1, LINK_CLOSED: 1 });
    assert.equal(client.stats().framesIn, 2);
    await server.close();
  });

  it('of a server add up its sessions, those gone and those there', async () => {
    const { clock, serve, connect } = world();
    const server = await serve({ limits: { sessions: 2 } });
    const [one, two] = [connect({ reconnect: false }), connect({ reconnect: false })];
    await Promise.all([one.request('a'), two.request('b')]);
    await assert.rejects(connect({ reconnect: false }).request('c'));
    await one.close();
    await clock.advance(1_000);
    const [session] = server.sessions;
    const answer = session?.request('?');
    await settled();
    two.send('!');
    assert.equal(await answer, '!');
    const stats = server.stats();
    assert.deepEqual(
      [stats.state, stats.active, stats.handshaking, stats.peakSessions, stats.accepted],
      ['listening', 1, 0, 2, 2],
    );
    assert.deepEqual([stats.connections, stats.lost], [2, 1]);
    assert.deepEqual([stats.framesIn, stats.framesOut, stats.bytesIn, stats.bytesOut], [3, 3, 6, 12]);
    assert.deepEqual([stats.refused, stats.closes], [{ TOO_MANY_SESSIONS: 1 }, { PEER_CLOSED: 1 }]);
    assert.equal(stats.lastActivity, clock.now());
    assert.equal(stats.requestLatency.count, 1);
    assert.doesNotThrow(() => structuredClone(stats));
    await two.close();
    await server.close();
    assert.equal(server.stats().framesIn, 3);
  });
});
