import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import { FaultyTransport, settled } from '@fairlead/testkit';
import fc from 'fast-check';
import type { Session } from '../../src/index.ts';
import { world } from '../client/world.ts';

type Peer = Session<string, string, undefined>;

/** A server that keeps what it gets and answers when told. */
function quiet() {
  const got: string[] = [];
  const peers: Peer[] = [];
  const frames = (session: Peer, batch: string[]) => {
    if (!peers.includes(session)) peers.push(session);
    got.push(...batch);
  };
  return { got, peers, options: { frames }, reply: (text: string) => peers.at(-1)?.send(text) };
}

const keyed = {
  key: (message: string) => message.split('#')[1],
  keyOf: (reply: string) => reply.split('#')[1],
};

describe('request()', () => {
  it('gives each request its reply in order, one promise each', async () => {
    const { serve, connect } = world();
    await using server = await serve();
    const client = connect({ frames: () => assert.fail('a reply is no frame') });
    const replies = await Promise.all(Array.from({ length: 200 }, (_, i) => client.request(`${i}`)));
    assert.deepEqual(
      replies,
      replies.map((_, i) => `re ${i}`),
    );
    assert.equal(client.stats().requestLatency.count, 200);
    await client.close();
    assert.equal(server.sessions.size, 0);
  });

  it('finds replies by key in whatever order they come, and hands on what answers nothing', async () => {
    const { serve, connect } = world();
    const { got, options, reply } = quiet();
    await using server = await serve(options);
    const frames: string[] = [];
    const client = connect({ correlate: keyed, frames: (batch) => void frames.push(...batch) });
    const [a, b] = [client.request('x#a'), client.request('y', { key: 'b' })];
    await assert.rejects(client.request('z#a'), { code: 'REQUEST_KEY_TAKEN' });
    await settled();
    assert.deepEqual(got, ['x#a', 'y']);
    for (const text of ['B#b', 'news', 'other#c', 'A#a', 'again#a']) reply(text);
    assert.deepEqual(await Promise.all([a, b]), ['A#a', 'B#b']);
    await settled();
    assert.deepEqual(frames, ['news', 'other#c', 'again#a']);
    await client.close();
    await server.close();
  });

  it('counts off a reply that comes too late, in order and by key', async () => {
    for (const correlate of ['order', keyed] as const) {
      const { clock, serve, connect } = world();
      const { options, reply } = quiet();
      await using server = await serve(options);
      const frames: string[] = [];
      const client = connect({ correlate, frames: (batch) => void frames.push(...batch) });
      await client.ready();
      const late = assert.rejects(client.request('1#1', { timeout: '2s' }), {
        code: 'REQUEST_TIMEOUT',
        details: { limit: 2_000 },
      });
      const given = new AbortController();
      const aborted = assert.rejects(client.request('2#2', { signal: given.signal }), { code: 'ABORTED' });
      await clock.advance(2_000);
      given.abort();
      await Promise.all([late, aborted]);
      const third = client.request('3#3', { timeout: '2s' });
      await settled();
      for (const text of ['one#1', 'two#2', 'three#3']) reply(text);
      assert.equal(await third, 'three#3');
      assert.deepEqual(frames, []);
      assert.equal(client.stats().requestsInFlight, 0);
      await client.close();
      await server.close();
    }
  });

  it('closes a link whose order can no longer be relied on or whose peer answers no more, at once if asked to', async () => {
    for (const correlate of ['order', keyed] as const)
      for (const [afterTimeout, before] of [
        ['count-off', 16],
        ['close', 0],
      ] as const) {
        const { clock, serve, connect, states } = world();
        await using server = await serve({ frames: () => {} });
        const requests = { timeout: '1s', afterTimeout };
        const client = connect({ correlate, requests, frames: () => {} });
        await client.ready();
        for (let i = 0; i <= before; i++) {
          assert.ok(!states.some((state) => state.startsWith('waiting')), `${i}`);
          const rejected = assert.rejects(client.request(`?#${i}`), { code: 'REQUEST_TIMEOUT' });
          await clock.advance(1_000);
          await rejected;
        }
        assert.ok(states.includes('waiting REQUEST_TIMEOUT'), afterTimeout);
        await client.destroy();
        await server.destroy();
      }
  });

  it('by key keeps a link whose peer answers some requests, late ones too, and those that were aborted do not count', async () => {
    const { clock, serve, connect, states } = world();
    const { options, reply } = quiet();
    await using server = await serve(options);
    const client = connect({ correlate: keyed, requests: { timeout: '1s' }, frames: () => {} });
    await client.ready();
    const miss = async (key: string) => {
      const rejected = assert.rejects(client.request(`?#${key}`), { code: 'REQUEST_TIMEOUT' });
      await clock.advance(1_000);
      await rejected;
    };
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 16; i++) await miss(`${round}-${i}`);
      reply(`late#${round}-3`);
      await settled();
    }
    for (let i = 0; i < 40; i++) {
      const given = new AbortController();
      const aborted = assert.rejects(client.request(`?#a${i}`, { signal: given.signal }), {
        code: 'ABORTED',
      });
      given.abort();
      await aborted;
    }
    assert.equal(client.state, 'ready');
    assert.ok(!states.some((state) => state.startsWith('waiting')));
    await client.destroy();
    await server.destroy();
  });

  it('bounds what is under way and what waits', async () => {
    const { serve, connect } = world();
    const { got, options, reply } = quiet();
    await using server = await serve(options);
    const client = connect({ requests: { inFlight: 2, queue: 2 }, frames: () => {} });
    await client.ready();
    const asked = ['a', 'b', 'c', 'd'].map((text) => client.request(text));
    await assert.rejects(client.request('e'), {
      code: 'REQUESTS_FULL',
      details: { inFlight: 2, limit: 2 },
    });
    await settled();
    assert.deepEqual(got, ['a', 'b']);
    assert.deepEqual([client.stats().requestsInFlight, client.stats().requestsWaiting], [2, 2]);
    for (const text of ['A', 'B', 'C', 'D']) {
      reply(text);
      await settled();
    }
    assert.deepEqual(await Promise.all(asked), ['A', 'B', 'C', 'D']);
    await client.close();
    await server.close();
  });

  it('waits for a connection, and does not send again what a lost link leaves open', async () => {
    const { network, clock, serve, connect } = world();
    const { got, options, reply } = quiet();
    const client = connect({ reconnect: { min: '1s' } });
    const early = client.request('early');
    await settled();
    await using server = await serve(options);
    await clock.advance(1_000);
    await settled();
    assert.deepEqual(got, ['early']);
    const open = client.request('open');
    network.last?.[0].reset();
    await assert.rejects(early, { code: 'PEER_RESET' });
    await assert.rejects(open, { code: 'PEER_RESET' });
    const next = client.request('next');
    await clock.advance(5_000);
    reply('re next');
    assert.equal(await next, 're next');
    assert.ok(!got.slice(1).includes('early'));
    const last = assert.rejects(client.request('last'), { code: 'LINK_CLOSED' });
    await client.close();
    await last;
    await assert.rejects(client.request('late'), { code: 'LINK_CLOSED' });
    await server.destroy();
  });

  it('times out and aborts while it waits for a connection, and ends with the client', async () => {
    const { clock, connect } = world();
    const client = connect();
    const timed = assert.rejects(client.request('x', { timeout: '1s' }), { code: 'REQUEST_TIMEOUT' });
    await assert.rejects(client.request('x', { signal: AbortSignal.abort() }), { code: 'ABORTED' });
    await clock.advance(1_000);
    await timed;
    const left = assert.rejects(client.request('x'), { code: 'LINK_CLOSED' });
    await client.close();
    await left;
    assert.equal(clock.pending, 0);
    const once = connect({ reconnect: false });
    await assert.rejects(once.request('x'), { code: 'CONNECT_REFUSED' });
  });

  it('leaves frames that answer nothing to a reader, in order, and no more than it may', async () => {
    const { serve, connect, states } = world();
    const { options, reply } = quiet();
    await using server = await serve(options);
    const client = connect();
    await client.ready();
    server.broadcast('greeting');
    await settled();
    const asked = client.request('a');
    await settled();
    reply('A');
    reply('news');
    reply('more');
    assert.equal(await asked, 'A', 'the greeting came before the request');
    assert.equal(await client.receive(), 'greeting');
    assert.equal(await client.receive(), 'news');
    const batch = await client.batches().next();
    assert.deepEqual(batch.value, ['more']);
    const reading = client.receive();
    const again = client.request('b');
    await settled();
    reply('B');
    reply('last');
    assert.deepEqual(await Promise.all([again, reading]), ['B', 'last']);
    await client.close();

    const flooded = connect({ correlate: keyed, reconnect: false });
    const lost = assert.rejects(flooded.request('x#x'), { code: 'FRAMES_UNREAD' });
    await settled();
    for (let i = 0; i < 1_100; i++) reply('spam');
    await lost;
    await settled();
    assert.ok(states.includes('closed FRAMES_UNREAD'));
    await server.destroy();
  });

  it('serves the handshake alone, before those that wait for its end', async () => {
    const { serve, connect, heard } = world();
    await using server = await serve();
    const client = connect({
      handshake: async (link) => {
        assert.equal(await link.request('login'), 're login');
        link.send('no reply asked');
        assert.equal(await link.receive(), 're no reply asked');
      },
    });
    assert.equal(await client.request('data'), 're data');
    assert.deepEqual(heard, ['login', 'no reply asked', 'data']);
    await client.close();
    await server.close();
  });

  it('keeps a message that cannot be encoded to itself', async () => {
    const { serve, connect } = world();
    await using server = await serve();
    const client = connect({
      codec: {
        name: 'picky',
        decoder: (await import('../text-codec.ts')).text.decoder,
        encoder: () => ({
          encode(message, sink) {
            if (message === 'bad') throw new TypeError('not this');
            sink.text(`${message}\n`);
          },
        }),
      },
    });
    await client.ready();
    const [bad, good] = [client.request('bad'), client.request('good')];
    await assert.rejects(bad, /not this/);
    assert.equal(await good, 're good');
    await client.close();
    await server.close();
  });

  it('a session asks its client, too', async () => {
    const { serve, connect } = world();
    await using server = await serve();
    const client = connect({ frames: (batch) => void batch.map((text) => client.send(`yes ${text}`)) });
    await client.ready();
    await settled();
    const [session] = server.sessions;
    assert.equal(await session?.request('there?'), 'yes there?');
    await client.close();
    await assert.rejects(session?.request('still?') as Promise<string>, { code: 'PEER_CLOSED' });
    await server.close();
  });

  it('settles every request, whatever the line does to it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (seed, delays, byKey) => {
          const { network, clock, serve, connect } = world();
          await using server = await serve();
          network.wrap = (transport) =>
            transport.remote.endsWith(':9')
              ? new FaultyTransport(transport, { slice: 3, seed, resetAfter: 40 + (seed % 60) })
              : transport;
          const client = connect({
            frames: () => {},
            requests: { inFlight: 4, timeout: '5s' },
            ...(byKey ? { correlate: keyed } : {}),
          });
          const asked: Promise<string>[] = [];
          const codes: string[] = [];
          for (const [i, delay] of delays.entries()) {
            const request = client.request(`${i}#${i}`);
            const failed = (error: FairleadError) => {
              codes.push(error.code);
              return `re ${i}#${i}`;
            };
            asked.push(request.catch(failed));
            await clock.advance(delay);
          }
          await clock.advance(60_000);
          const replies = await Promise.all(asked);
          assert.deepEqual(
            replies,
            delays.map((_, i) => `re ${i}#${i}`),
            'no reply went to another',
          );
          for (const code of codes) assert.match(code, /^(PEER_RESET|REQUEST_TIMEOUT|PEER_CLOSED)$/);
          await client.destroy();
          await server.destroy();
          assert.equal(clock.pending, 0);
        },
      ),
      { numRuns: 40 },
    );
  });
});
