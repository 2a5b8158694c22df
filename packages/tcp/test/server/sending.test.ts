import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultyTransport, settled } from '@fairlead/testkit';
import type { Codec } from '../../src/index.ts';
import { world } from '../client/world.ts';
import { text } from '../text-codec.ts';

/** Counts how often it encodes. */
function counting(name = 'counting') {
  const encoded: string[] = [];
  const codec: Codec<string> = {
    name,
    decoder: text.decoder,
    encoder: () => ({
      encode(message, sink) {
        encoded.push(message);
        sink.text(`${message}\n`);
      },
    }),
  };
  return { encoded, codec };
}

describe('broadcast', () => {
  it('encodes once for all who use the same framing, and honours its filter', async () => {
    const { serve, connect } = world();
    const [one, two] = [counting(), counting('two')];
    const server = await serve({
      codec: one.codec,
      accept: (session) => {
        if (session.number === 3) session.use(two.codec);
        return undefined;
      },
    });
    const heard = Array.from({ length: 4 }, () => [] as string[]);
    const clients = heard.map((got) => connect({ frames: (batch) => void got.push(...batch) }));
    await Promise.all(clients.map((client) => client.ready()));
    await settled();
    assert.equal(server.broadcast('all'), 4);
    assert.equal(server.broadcast('some', { filter: ({ number }) => number < 3 }), 2);
    await settled();
    assert.deepEqual(heard, [['all', 'some'], ['all', 'some'], ['all'], ['all']]);
    assert.deepEqual([one.encoded, two.encoded], [['all', 'some'], ['all']]);
    await Promise.all(clients.map((client) => client.close()));
    assert.equal(server.broadcast('nobody'), 0);
    await server.close();
  });

  it('is held up by nobody: who does not read is closed at its own bound, or left out', async () => {
    const { network, serve, connect } = world();
    const closed: string[] = [];
    const server = await serve({
      limits: { writeBuffer: '256KiB' },
      closed: (session, cause) => void closed.push(`${session.number} ${cause.code}`),
    });
    const heard: number[] = [];
    const reader = connect({ frames: (batch) => void heard.push(batch.length) });
    await reader.ready();
    const stuck = connect({ reconnect: false, frames: () => {} });
    await stuck.ready();
    await settled();
    network.last?.[0].pause();
    const line = 'z'.repeat(10_000);
    let sent = 0;
    for (let i = 0; i < 60; i++) {
      sent += server.broadcast(line, { slow: 'skip' });
      await settled();
    }
    const { broadcastsSkipped, backlog } = server.stats();
    assert.deepEqual([sent + broadcastsSkipped, closed.length], [120, 0]);
    assert.ok(broadcastsSkipped > 40 && backlog < 256 * 1_024);
    for (let i = 0; i < 60; i++) {
      server.broadcast(line);
      await settled();
    }
    assert.deepEqual(closed, ['2 WRITE_BUFFER_FULL']);
    assert.equal(
      heard.reduce((a, b) => a + b),
      120,
    );
    await reader.close();
    await server.destroy();
  });

  it('reaches one by its id, and says when there is none', async () => {
    const { serve, connect } = world();
    const server = await serve({ name: 'door' });
    const client = connect();
    await client.ready();
    await settled();
    assert.equal(server.sendTo('door-1', 'you'), true);
    assert.equal(await client.receive(), 'you');
    for (const id of ['door-2', 'other-1', '1', ''])
      assert.throws(() => server.sendTo(id, 'x'), { code: 'SESSION_UNKNOWN' }, id);
    await client.close();
    assert.throws(() => server.sendTo('door-1', 'late'), { code: 'SESSION_UNKNOWN' });
    await server.close();
  });
});

describe('suspend, resume, drain', () => {
  it('lets nobody in while suspended, and leaves those inside alone', async () => {
    const { serve, connect } = world();
    const server = await serve();
    const inside = connect();
    assert.equal(await inside.request('a'), 're a');
    await server.suspend();
    await server.suspend();
    assert.equal(server.stats().state, 'suspended');
    await assert.rejects(connect({ reconnect: false }).ready(), { code: 'CONNECT_REFUSED' });
    assert.equal(await inside.request('b'), 're b');
    await server.resume();
    await server.resume();
    const again = connect({ reconnect: false });
    assert.equal(await again.request('c'), 're c');
    await Promise.all([inside.close(), again.close(), server.close()]);
    assert.equal(server.stats().state, 'stopped');
    await assert.rejects(server.resume(), { code: 'SERVER_STOPPED' });
  });

  it('drains: waits for those inside to go by themselves', async () => {
    const { serve, connect } = world();
    const server = await serve();
    const inside = connect({ reconnect: false });
    await inside.ready();
    await settled();
    await assert.rejects(server.drain({ signal: AbortSignal.timeout(1) }), { code: 'ABORTED' });
    let empty = false;
    const drained = server.drain().then(() => {
      empty = true;
    });
    assert.equal(await inside.request('still'), 're still');
    assert.equal(empty, false);
    await inside.close();
    await drained;
    await server.close();
  });

  it('frees and takes the same port over sockets', async () => {
    const { serve } = await import('../../src/index.ts');
    const server = await serve<string>('127.0.0.1:0', { codec: text });
    const { address } = server;
    await server.suspend();
    const other = await serve<string>(address, { codec: text });
    await assert.rejects(server.resume(), { code: 'PORT_IN_USE' });
    await other.close();
    await server.resume();
    assert.equal(server.address, address);
    await server.close();
  });
});

describe('a server over a faulty line', () => {
  it('keeps its books in every state of its sessions', async () => {
    for (const fault of [{ resetAfter: 3 }, { endAfter: 3 }, { stallAfter: 3 }, { slice: 1 }]) {
      const { network, clock, serve, connect } = world();
      const server = await serve({
        limits: { handshake: '2s', idle: '5s', perAddress: 1_000 },
        accept: async (session) => {
          await session.receive();
          return undefined;
        },
      });
      network.wrap = (t) => (t.local === '127.0.0.1:9' ? new FaultyTransport(t, fault) : t);
      const clients = ['ab', 'x', 'ab\nxyz'].map((bytes) => {
        const client = connect({ reconnect: false, frames: () => {} });
        client.send(bytes);
        return client;
      });
      await clock.advance(1_000);
      void server.broadcast('to whom it reaches');
      await clock.advance(20_000);
      assert.equal(server.sessions.size, 0, JSON.stringify(fault));
      const { accepted, connections, lost, closes, active, handshaking } = server.stats();
      assert.equal(accepted, 3);
      assert.equal(connections, lost);
      assert.equal(
        Object.values(closes).reduce((a, b) => a + b),
        3,
      );
      assert.deepEqual([active, handshaking], [0, 0]);
      await Promise.all(clients.map((client) => client.destroy()));
      await server.close();
      await clock.advance(60_000);
      assert.equal(clock.pending, 0);
    }
  });
});
