import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultyTransport, settled } from '@fairlead/testkit';
import { world } from './world.ts';

describe('messaging over bad lines', () => {
  it('is the same in small pieces', async () => {
    const { server: makeServer, client: makeClient, network } = world();
    network.wrap = (transport) => new FaultyTransport(transport, { slice: 7, seed: 3 });
    await using server = makeServer();
    server.registerMessageHandler('command', (message) => {
      server.respond(message, message.data);
    });
    await server.startServer();
    await using client = makeClient();
    await client.connect();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.request({ i })));
    assert.deepEqual(
      answers.map(({ data }) => data),
      Array.from({ length: 50 }, (_, i) => ({ i })),
    );
  });

  it('survives links that are reset in the middle of a frame, again and again', async () => {
    const { server: makeServer, client: makeClient, network, clock, heard } = world();
    let links = 0;
    network.wrap = (transport) =>
      new FaultyTransport(transport, links++ < 20 ? { resetAfter: 100 + links * 17 } : {});
    await using server = makeServer();
    const seen: number[] = [];
    server.registerMessageHandler('data', ({ data }) => seen.push(data as number));
    await server.startServer();
    await using client = makeClient();
    await client.connect();
    for (let i = 0; i < 200; i++) {
      client.send(i);
      await clock.advance(i % 10 === 0 ? 5_000 : 0);
    }
    await clock.advance(20_000);
    // At most once, and in order; what was under way when a link broke may be lost.
    assert.deepEqual(
      seen,
      [...new Set(seen)].toSorted((a, b) => a - b),
    );
    assert.ok(seen.length > 100 && seen.at(-1) === 199);
    assert.equal(client.connectionState, 'connected');
    const { connectionsEstablished, connectionsLost, reconnectionAttempts } = client.statistics();
    assert.ok(connectionsLost >= 5);
    assert.equal(connectionsEstablished, connectionsLost + 1);
    assert.equal(reconnectionAttempts, connectionsEstablished - 1);
    assert.deepEqual(
      heard.filter((line) => line.includes('fault')),
      [],
    );
  });

  it('keeps nothing of clients that have gone', async () => {
    const { server: makeServer, client: makeClient, network, clock } = world();
    await using server = makeServer({ inbox: { size: '1KiB', total: '4KiB' } });
    await server.startServer();
    for (let i = 0; i < 30; i++) {
      const client = makeClient({ connection: { dial: network.dial, reconnect: false } });
      await client.connect();
      for (let n = 0; n < 20; n++) client.send(n);
      await settled();
      network.last?.[0].reset();
      await settled();
      assert.equal(client.connectionState, 'error');
    }
    const { activeClients, connectionsLost, queuedMessages, unreadMessages } = server.statistics();
    assert.deepEqual([activeClients, connectionsLost, queuedMessages], [0, 30, 0]);
    assert.ok(unreadMessages < 20);
    await server.disconnect();
    assert.equal(clock.pending, 0);
  });
});
