import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultyTransport, settled } from '@fairlead/testkit';
import { world } from './world.ts';

describe('heartbeats', () => {
  it('of one side keep both alive, and reach no receiver', async () => {
    const { server: makeServer, client: makeClient, clock, heard } = world();
    await using server = makeServer();
    await server.startServer();
    await using client = makeClient({ heartbeat: { every: '1s' } });
    await client.connect();
    await clock.advance(10_000);
    assert.equal(client.connectionState, 'connected');
    const { messagesSent, messagesReceived, unreadMessages } = client.statistics();
    assert.deepEqual([messagesSent, messagesReceived, unreadMessages], [10, 10, 0]);
    assert.equal(server.statistics().unreadMessages, 0);
    assert.equal(
      heard.some((line) => line.includes('fault')),
      false,
    );
  });

  it('reach a handler that asks for them, answers too', async () => {
    const { server: makeServer, client: makeClient, clock } = world();
    await using server = makeServer({ heartbeat: { every: '1s', timeout: '10s' } });
    await server.startServer();
    await using client = makeClient();
    const beats: unknown[] = [];
    client.registerMessageHandler('heartbeat', ({ metadata }) => beats.push(metadata.source));
    await client.connect();
    await clock.advance(3_000);
    assert.deepEqual(beats, ['server', 'server', 'server']);
    await client.disconnect();
    await clock.advance(3_000);
    assert.equal(beats.length, 3);
  });

  it('find a peer that has fallen silent, on either side', async () => {
    const { server: makeServer, client: makeClient, clock, heard, network } = world();
    await using server = makeServer({ heartbeat: { every: '1s', timeout: '4s' } });
    const causes: string[] = [];
    server.on('clientDisconnected', ({ cause }) => causes.push(cause.code));
    await server.startServer();
    network.wrap = (transport) => new FaultyTransport(transport, { stallAfter: 0 });
    await using client = makeClient({ heartbeat: { every: '1s', timeout: '3s' } });
    await client.connect();
    await clock.advance(2_900);
    assert.equal(client.connectionState, 'connected');
    await clock.advance(200);
    assert.ok(heard.includes('client reconnecting IDLE_TIMEOUT'));
    assert.deepEqual(causes, ['PEER_RESET']);
    await client.disconnect();
    network.wrap = (transport) => new FaultyTransport(transport, { stallAfter: 0 });
    await using mute = makeClient();
    await mute.connect();
    await clock.advance(6_000);
    await settled();
    assert.equal(causes.at(-1), 'IDLE_TIMEOUT');
  });
});
