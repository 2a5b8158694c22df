import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { world } from './world.ts';

describe('proof of life', () => {
  it('asks a silent peer, takes its answer for itself, and lets a talking one alone', async () => {
    const { clock, serve, connect, heard, states } = world();
    const server = await serve();
    const frames: string[] = [];
    const client = connect({
      frames: (batch) => void frames.push(...batch),
      probe: { every: '10s', timeout: '3s', send: 'ping', expect: 're ping' },
    });
    await client.ready();
    await clock.advance(9_999);
    assert.deepEqual(heard, []);
    server.broadcast('news');
    await clock.advance(9_000);
    assert.deepEqual(heard, []);
    await clock.advance(50_000);
    assert.ok(heard.length >= 4 && heard.every((text) => text === 'ping'), heard.join());
    assert.deepEqual(frames, ['news']);
    const [asked] = await Promise.all([client.request('x'), clock.advance(10_000)]);
    assert.equal(asked, 're x');
    assert.deepEqual(states, ['handshaking', 'ready']);
    await client.close();
    await server.close();
    assert.equal(clock.pending, 0);
  });

  it('gives up a peer that does not answer, or says something else', async () => {
    for (const answer of [undefined, 'nonsense']) {
      const { clock, serve, connect, states } = world();
      const server = await serve({
        frames: (session) => void (answer !== undefined && session.send(answer)),
      });
      const client = connect({
        frames: () => {},
        probe: { every: '10s', timeout: '3s', bytes: 'ping\n', expect: (frame: string) => frame === 'pong' },
      });
      await client.ready();
      await clock.advance(12_999);
      assert.equal(client.state, 'ready');
      await clock.advance(1);
      await settled();
      assert.ok(states.includes('waiting PROBE_FAILED'), states.join());
      await client.destroy();
      await server.destroy();
    }
  });

  it('without an answer to expect takes whatever comes as proof', async () => {
    const { clock, serve, connect, states } = world();
    let silent = false;
    const server = await serve({ frames: (session) => void (silent || session.send('hm')) });
    const frames: string[] = [];
    const client = connect({
      frames: (batch) => void frames.push(...batch),
      probe: { every: '10s', timeout: '3s', send: 'ping' },
    });
    await client.ready();
    await clock.advance(60_000);
    assert.ok(frames.length > 3);
    silent = true;
    await clock.advance(30_000);
    assert.ok(states.includes('waiting PROBE_FAILED'));
    await client.destroy();
    await server.destroy();
  });

  it('works by key, beside requests, and refuses to be set up wrongly', async () => {
    const { clock, serve, connect, states } = world();
    const server = await serve();
    const client = connect({
      correlate: { key: (m) => m, keyOf: (r) => r.slice(3) },
      probe: { every: '1s', send: 'ping', expect: (frame) => frame === 're ping' },
    });
    assert.equal(await client.request('a'), 're a');
    await clock.advance(20_000);
    assert.equal(await client.request('b'), 're b');
    assert.deepEqual(states, ['handshaking', 'ready']);
    await client.close();
    await server.close();
    assert.throws(() => connect({ probe: { every: '1s' } }), { code: 'OPTION_INVALID', message: /either/ });
    assert.throws(() => connect({ probe: { every: '1s', send: 'a', bytes: 'a' } }), /either/);
  });
});

describe('idle', () => {
  it('is exact, by bytes of the peer alone', async () => {
    const { clock, serve, connect, states } = world();
    const server = await serve({ frames: () => {} });
    const client = connect({ idle: '5s', frames: () => {} });
    await client.ready();
    await clock.advance(3_000);
    server.broadcast('x');
    for (let i = 0; i < 4; i++) {
      client.send('poll');
      await clock.advance(1_249);
    }
    assert.equal(client.state, 'ready');
    await clock.advance(4);
    await settled();
    assert.ok(states.includes('waiting IDLE_TIMEOUT'), states.join());
    await client.destroy();
    await server.destroy();
  });

  it('a client that only sends sees its peer go', async () => {
    const { serve, connect, states } = world();
    const server = await serve({ frames: () => {} });
    const client = connect({ reconnect: false });
    client.send('x');
    await client.ready();
    await settled();
    for (const session of server.sessions) session.close();
    await settled();
    assert.ok(states.includes('closed PEER_CLOSED'), states.join());
    await server.close();
  });
});
