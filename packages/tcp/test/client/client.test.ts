import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import { backoff } from '@fairlead/core';
import { FaultyTransport, seeded, settled } from '@fairlead/testkit';
import { clientTransitions } from '../../src/client/state.ts';
import { type ClientState, connect } from '../../src/index.ts';
import { text } from '../text-codec.ts';
import { AT, world } from './world.ts';

describe('connect()', () => {
  it('connects, sends, receives and closes', async () => {
    const { serve, connect, states, heard } = world();
    await using server = await serve();
    const client = connect();
    await client.ready();
    client.send('a');
    client.send('b');
    assert.equal(await client.receive(), 're a');
    const batches: string[][] = [];
    for await (const batch of client.batches()) {
      batches.push(batch);
      await client.close();
    }
    assert.deepEqual(batches, [['re b']]);
    assert.deepEqual(heard, ['a', 'b']);
    assert.deepEqual(states, ['handshaking', 'ready', 'draining', 'closed LINK_CLOSED']);
    assert.equal(server.sessions.size, 0);
    assert.throws(() => client.send('late'), { code: 'LINK_CLOSED' });
    await assert.rejects(client.ready(), { code: 'LINK_CLOSED' });
  });

  it('keeps what is sent before it is connected, in order, and across a lost link', async () => {
    const { network, clock, serve, connect, heard, states } = world();
    const client = connect({ reconnect: { min: '1s', max: '8s' } });
    client.send('early');
    await settled();
    assert.deepEqual(states, ['waiting CONNECT_REFUSED']);
    await using server = await serve();
    await clock.advance(500); // 0.5 of the first bound
    await client.ready();
    client.send('next');
    await settled();
    network.last?.[0].reset();
    await settled();
    assert.deepEqual(states.slice(1), ['connecting', 'handshaking', 'ready', 'waiting PEER_RESET']);
    client.send('while down');
    assert.equal(client.stats().queuedMessages, 1);
    await clock.advance(1_000);
    await settled();
    assert.deepEqual(heard, ['early', 'next', 'while down']);
    assert.equal(client.stats().connections, 2);
    await client.close();
    await server.close();
  });

  it('waits longer with each failure, never beyond the bound, and starts again after a stable time', async () => {
    const { network, clock, serve, connect } = world();
    const client = connect({ reconnect: { min: '1s', max: '4s', stable: '10s', jitter: 'none' } });
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      await settled();
      waits.push(clock.next as number);
      await clock.advance(clock.next as number);
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 4_000, 4_000]);
    await using server = await serve();
    await clock.advance(4_000);
    await client.ready();
    await clock.advance(9_999);
    network.last?.[0].reset();
    await settled();
    assert.equal(clock.next !== undefined && client.state, 'waiting');
    await clock.advance(4_000);
    await client.ready();
    await clock.advance(10_000);
    network.last?.[0].reset();
    await settled();
    await clock.advance(999);
    assert.equal(client.state, 'waiting');
    await clock.advance(1);
    await client.ready();
    await client.destroy();
    await server.destroy();
  });

  it('spreads a fleet: full jitter is even between nothing and the bound', () => {
    const random = seeded(7);
    const waits = Array.from({ length: 1_000 }, () =>
      backoff(3, { min: 250, max: 30_000, jitter: 'full' }, random),
    );
    assert.ok(Math.min(...waits) < 50 && Math.max(...waits) > 1_950 && Math.max(...waits) <= 2_000);
    assert.equal(backoff(5_000, { min: 250, max: 30_000, jitter: 'none' }, random), 30_000);
  });

  it('bounds its queue: refuses, or lets the oldest give way', async () => {
    const { connect } = world();
    const strict = connect({ whileDown: { queue: '10B' } });
    assert.equal(strict.send('1234'), true);
    assert.equal(strict.send('5678'), false);
    assert.throws(() => strict.send('9'), { code: 'QUEUE_FULL' });
    const loose = connect({ whileDown: { queue: '10B', onFull: 'drop-oldest' } });
    for (const message of ['1234', '5678', '9abc']) loose.send(message);
    assert.deepEqual(
      [loose.stats().queuedMessages, loose.stats().queuedBytes, loose.stats().dropped],
      [2, 10, 1],
    );
    assert.throws(() => loose.send('too long for it'), { code: 'QUEUE_FULL' });
    const none = connect({ whileDown: false });
    assert.throws(() => none.send('x'), { code: 'NOT_CONNECTED' });
    await Promise.all([strict.close(), loose.close(), none.close()]);
  });

  it('runs the handshake on every link before anything else is sent', async () => {
    const { network, clock, serve, connect, heard } = world();
    await using server = await serve();
    const client = connect({
      handshake: async (link) => {
        link.send('login');
        assert.equal(await link.receive(), 're login');
      },
    });
    client.send('data');
    await client.ready();
    await settled();
    network.last?.[1].reset();
    await clock.advance(60_000);
    client.send('more');
    await settled();
    assert.deepEqual(heard, ['login', 'data', 'login', 'more']);
    await client.close();
    await server.destroy();
  });

  it('gives up a handshake that takes too long or fails, and tries again', async () => {
    const { clock, serve, connect, states } = world();
    await using server = await serve({ frames: () => {} });
    const client = connect({
      handshakeTimeout: '2s',
      handshake: async (link, { signal }) => {
        await link.receive({ signal });
      },
    });
    await settled();
    await clock.advance(2_000);
    assert.deepEqual(states, ['handshaking', 'waiting HANDSHAKE_TIMEOUT']);
    await client.close();
    await server.destroy();
  });

  it('notices a silent peer', async () => {
    const { clock, serve, connect, states } = world();
    await using server = await serve();
    const client = connect({ idle: '5s', frames: () => {} });
    await client.ready();
    client.send('x');
    await clock.advance(4_000);
    assert.equal(client.state, 'ready');
    await clock.advance(6_000);
    assert.ok(states.includes('waiting IDLE_TIMEOUT'), states.join());
    await client.destroy();
    await server.destroy();
  });

  it('ends at the first failure when it shall not reconnect', async () => {
    const { connect } = world();
    const client = connect({ reconnect: false });
    await assert.rejects(client.ready(), { code: 'CONNECT_REFUSED' });
    await assert.rejects(client.receive(), { code: 'CONNECT_REFUSED' });
    await assert.rejects(
      async () => {
        for await (const _ of client.batches());
      },
      { code: 'CONNECT_REFUSED' },
    );
  });

  it('gives up waits when their signal fires', async () => {
    const { connect } = world();
    const client = connect();
    await assert.rejects(client.ready({ signal: AbortSignal.timeout(1) }), { code: 'ABORTED' });
    await client.close();
  });

  it('closes from every state, at once and twice', async () => {
    for (const when of Object.keys(clientTransitions) as ClientState[]) {
      const { clock, serve, connect, states } = world();
      const server = await serve();
      const client = connect({
        handshake:
          when === 'handshaking'
            ? (_, { signal }) =>
                new Promise((_r, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
            : () => {},
      });
      const closed: Promise<void>[] = [];
      const closeIf = (state: ClientState) => state === when && closed.push(client.close(), client.close());
      client.on('state', ({ to }) => closeIf(to));
      closeIf(client.state);
      await settled();
      if (when === 'waiting' || when === 'draining') await server.destroy();
      if (when === 'draining' || when === 'closed') void client.close();
      await clock.advance(10_000);
      await Promise.all(closed);
      await client.close();
      assert.equal(client.state, 'closed', when);
      assert.equal(states.filter((s) => s.startsWith('closed')).length, 1, `${when}: ${states}`);
      await server.destroy();
      await clock.advance(60_000);
      assert.equal(clock.pending, 0, `${when}: timers left`);
    }
  });

  it('does not grow over a day of failed and lost connections', async () => {
    const { network, clock, serve, connect } = world();
    const client = connect({ random: seeded(3), frames: () => {} });
    await clock.advance(3_600_000);
    const listeners = client.listenerCount('state');
    const server = await serve();
    for (let i = 0; i < 2_000; i++) {
      await clock.advance(43_000);
      network.last?.[i % 2]?.reset();
    }
    await clock.advance(60_000);
    assert.equal(client.state, 'ready');
    assert.ok(client.stats().connections > 1_900);
    assert.equal(client.listenerCount('state'), listeners);
    assert.ok(clock.pending < 5, `${clock.pending} timers`);
    assert.equal(server.sessions.size, 1);
    await client.destroy();
    await server.destroy();
  });

  it('drains: takes nothing more, and goes when all is sent and answered', async () => {
    const { clock, serve, connect, heard } = world();
    const client = connect({ reconnect: { min: '1s', jitter: 'none' } });
    client.send('queued');
    const asked = client.request('asked');
    const drained = client.drain();
    assert.throws(() => client.send('late'), { code: 'LINK_CLOSED' });
    await assert.rejects(client.request('late'), { code: 'LINK_CLOSED' });
    await settled();
    await using server = await serve({
      frames: (session, batch) => {
        heard.push(...batch);
        if (batch.includes('asked')) clock.after(5_000, () => session.send('answer'));
      },
    });
    await clock.advance(2_000);
    assert.deepEqual([heard, client.state], [['queued', 'asked'], 'ready']);
    await clock.advance(5_000);
    await Promise.all([drained, client.drain()]);
    assert.equal(await asked, 'answer');
    assert.equal(client.state, 'closed');
    await server.close();

    const hopeless = connect();
    hopeless.send('never');
    await assert.rejects(hopeless.drain({ signal: AbortSignal.timeout(1) }), { code: 'ABORTED' });
    assert.equal(hopeless.state, 'closed');
  });

  it('keeps order over a line that slices and is cut again and again', async () => {
    const { network, clock, serve, connect } = world();
    const got: string[] = [];
    const server = await serve({ frames: (session, batch) => void batch.map((f) => session.send(f)) });
    network.wrap = (t) =>
      t.remote === AT ? new FaultyTransport(t, { slice: 3, seed: network.dials, resetAfter: 400 }) : t;
    const client = connect({ frames: (batch) => void got.push(...batch) });
    for (let i = 0; i < 200; i++) {
      client.send(`message ${i}`);
      await clock.advance(1_000);
    }
    const numbers = got.map((m) => Number(m.split(' ')[1]));
    assert.ok(numbers.length > 150, `${numbers.length} of 200 arrived`);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    assert.ok(client.stats().connections > 3);
    await client.destroy();
    await server.destroy();
  });
});

describe('connect() over sockets', () => {
  it('speaks with a bare server, and says in words why it cannot', async () => {
    const bare = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => bare.once('listening', resolve));
    const { port } = bare.address() as net.AddressInfo;
    const client = connect(`localhost:${port}`, { codec: text });
    client.send('hello');
    assert.equal(await client.receive(), 'hello');
    await client.close();
    await new Promise((resolve) => bare.close(resolve));
    const refused = connect(`127.0.0.1:${port}`, { codec: text, reconnect: false });
    await assert.rejects(refused.ready(), {
      code: 'CONNECT_REFUSED',
      message: `Nothing listens at 127.0.0.1:${port}.`,
    });
    assert.throws(() => connect('nonsense', { codec: text }), { code: 'ENDPOINT_INVALID' });
    assert.throws(() => connect('x:1', { codec: text, reconect: false } as never), {
      code: 'OPTION_UNKNOWN',
      message: /Did you mean "reconnect"/,
    });
  });
});
