import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { type Incoming, type ReceivedMessage, TcpClient, TcpServer } from '../src/index.ts';
import { Valve, world } from './world.ts';

const texts = (messages: readonly Incoming[]) => messages.map((message) => (message as ReceivedMessage).data);

describe('TcpClient', () => {
  it('connects, sends, receives, answers and disconnects', async () => {
    const { server: makeServer, client: makeClient, heard } = world();
    await using server = makeServer();
    server.registerMessageHandler('command', (message) => {
      server.respond(message, { done: message.data }, { messageType: 'acknowledgment' });
    });
    await server.startServer();
    const client = makeClient();
    assert.equal(client.connectionState, 'disconnected');
    await client.connect();
    assert.equal(client.connectionState, 'connected');
    const answer = await client.request({ start: 7 }, { destination: 'press', priority: 3 });
    assert.deepEqual(answer.data, { done: { start: 7 } });
    const { messageType, source, destination, priority, correlationId } = answer.metadata;
    assert.deepEqual([messageType, source, destination, priority], ['acknowledgment', 'server', 'client', 3]);
    assert.match(correlationId as string, /^tcp_\d{16}$/);

    assert.equal(client.send([1], { messageType: 'status' }), true);
    const status = await server.receive('1s');
    assert.deepEqual([status.data, status.clientId], [[1], 'client-1']);
    server.send('all');
    const all = await client.receive('1s');
    assert.deepEqual([all.data, all.clientId], ['all', undefined]);
    await client.disconnect();
    await client.disconnect();
    assert.equal(client.connectionState, 'closed');
    assert.throws(() => client.send(1), { code: 'LINK_CLOSED' });
    await assert.rejects(client.receive(), { code: 'LINK_CLOSED' });
    assert.deepEqual(heard, [
      'server connecting',
      'server connected',
      'client connecting',
      'client connected',
      'client closed LINK_CLOSED',
    ]);
  });

  it('makes ids that are unique and grow, and times in seconds', async () => {
    const { server: makeServer, client, clock } = world();
    await using server = makeServer();
    await server.startServer();
    await using one = client();
    await one.connect();
    for (let i = 0; i < 3; i++) one.send(i);
    const ids: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { metadata } = await server.receive();
      assert.equal(metadata.timestamp, clock.now() / 1_000);
      ids.push(Number(metadata.messageId.replace('tcp_', '')));
    }
    assert.deepEqual(
      ids,
      [0, 1, 2].map((i) => clock.now() * 1_000 + i),
    );
  });

  it('refuses metadata that peers would refuse, and misspelt options', async () => {
    const { server: makeServer, client } = world();
    await using server = makeServer();
    await server.startServer();
    await using one = client();
    await one.connect();
    for (const [metadata, code] of [
      [{ messageType: 'dta' }, 'OPTION_INVALID'],
      [{ priority: 5 }, 'OPTION_INVALID'],
      [{ timestamp: Number.NaN }, 'OPTION_INVALID'],
      [{ source: 7 }, 'OPTION_INVALID'],
      [{ prority: 1 }, 'OPTION_UNKNOWN'],
    ] as const)
      assert.throws(() => one.send(1, metadata as object), { code });
    assert.throws(() => one.registerMessageHandler('dta' as 'data', () => {}), { code: 'OPTION_INVALID' });
    assert.throws(() => new TcpClient({ sendQ: 1 } as object), { code: 'OPTION_UNKNOWN' });
    assert.throws(() => new TcpServer({ endpoint: 'http://x' }), { code: 'ENDPOINT_INVALID' });
  });

  it('tries a first connect that failed again, and sends then what was sent meanwhile', async () => {
    const { server: makeServer, client: makeClient, clock, heard, network } = world();
    await using client = makeClient();
    const connected = client.connect();
    await settled();
    assert.equal(client.connectionState, 'connecting');
    assert.equal(client.cause?.code, 'CONNECT_REFUSED');
    client.send('early');
    await using server = makeServer();
    await server.startServer();
    await clock.advance(5_000);
    await connected;
    assert.equal((await server.receive()).data, 'early');
    assert.equal(network.dials, 2);
    assert.equal(client.statistics().reconnectionAttempts, 1);
    assert.deepEqual(
      heard.filter((line) => line.startsWith('client')),
      ['client connecting', 'client connected'],
    );
  });

  it('goes on connecting when only the wait was given up', async () => {
    const { client: makeClient, server: makeServer, clock } = world();
    await using client = makeClient();
    const giveUp = new AbortController();
    const connected = client.connect(undefined, { signal: giveUp.signal });
    giveUp.abort();
    await assert.rejects(connected, { code: 'ABORTED' });
    await using server = makeServer();
    await server.startServer();
    await clock.advance(5_000);
    assert.equal(client.connectionState, 'connected');
  });

  it('can be disconnected while it connects, and from a handler', async () => {
    const { client: makeClient, server: makeServer, clock } = world();
    const client = makeClient();
    const connected = assert.rejects(client.connect(), { code: 'LINK_CLOSED' });
    const asked = assert.rejects(client.request(1), { code: 'LINK_CLOSED' });
    await settled();
    await client.disconnect();
    await Promise.all([connected, asked]);
    assert.equal(clock.pending, 0);
    const server = makeServer();
    server.registerMessageHandler('data', () => server.disconnect());
    await server.startServer();
    await client.connect();
    client.send('stop');
    await settled();
    assert.equal(server.connectionState, 'closed');
    assert.deepEqual(server.connectedClients(), []);
    await client.disconnect();
  });

  it('gives up when told to try once', async () => {
    const { client: makeClient, heard } = world();
    const client = makeClient({ connection: { reconnect: false, dial: world().network.dial } });
    await assert.rejects(client.connect(), { code: 'CONNECT_REFUSED' });
    assert.equal(client.connectionState, 'error');
    await assert.rejects(client.receive(), { code: 'CONNECT_REFUSED' });
    assert.deepEqual(heard, ['client connecting', 'client error CONNECT_REFUSED']);
    await client.disconnect();
    assert.equal(client.connectionState, 'closed');
  });

  it('connects again to the address that connect() was given', async () => {
    const { server: makeServer, client: makeClient, clock, network } = world();
    await using server = makeServer();
    await server.startServer('127.0.0.1', 9_999);
    await using client = makeClient();
    await client.connectToServer('127.0.0.1', 9_999);
    network.last?.[0].reset();
    await settled();
    assert.equal(client.connectionState, 'reconnecting');
    await clock.advance(5_000);
    assert.equal(client.connectionState, 'connected');
    client.send('again');
    assert.equal((await server.receive()).data, 'again');
    await assert.rejects(client.connectToServer('127.0.0.1', 9_998), { code: 'MESSAGING_STARTED' });
    await client.connect('127.0.0.1:9999');
  });

  it('tells the truth in its statistics right after it connected again', async () => {
    const { server: makeServer, client: makeClient, clock, network } = world();
    await using server = makeServer();
    await server.startServer();
    await using client = makeClient();
    await client.connect();
    client.send('a');
    await server.receive();
    server.send('b');
    await client.receive();
    const before = client.statistics();
    assert.deepEqual([before.messagesSent, before.messagesReceived, before.activeClients], [1, 1, 1]);
    assert.equal(before.lastActivity, clock.now());
    network.last?.[1].reset();
    await settled();
    const down = client.statistics();
    assert.deepEqual(
      [down.connectionState, down.connectionsLost, down.activeClients],
      ['reconnecting', 1, 0],
    );
    await clock.advance(5_000);
    const after = client.statistics();
    assert.deepEqual(after, {
      ...before,
      connectionState: 'connected',
      connectionsEstablished: 2,
      connectionsLost: 1,
      reconnectionAttempts: 1,
    });
    assert.ok(before.bytesSent > 100 && before.bytesReceived > 100);
    await client.disconnect();
    const { activeClients, connectionsLost, bytesSent, isServer } = client.statistics();
    assert.deepEqual([activeClients, connectionsLost, bytesSent, isServer], [0, 1, before.bytesSent, false]);
  });

  it('may be connected again after disconnect()', async () => {
    const { server: makeServer, client: makeClient } = world();
    await using server = makeServer();
    await server.startServer();
    await using client = makeClient();
    for (let round = 1; round <= 3; round++) {
      await client.connect();
      client.send(round);
      assert.equal((await server.receive()).data, round);
      await client.disconnect();
      const { connectionsEstablished, connectionsLost, messagesSent } = client.statistics();
      assert.deepEqual([connectionsEstablished, connectionsLost, messagesSent], [round, 0, round]);
    }
  });

  it('receives next to handlers, in order, several at a time', async () => {
    const { server: makeServer, client: makeClient, heard } = world();
    await using server = makeServer();
    await server.startServer();
    await using client = makeClient();
    const handled: unknown[] = [];
    const unregister = client.registerMessageHandler('status', ({ data }) => handled.push(data));
    await client.connect();
    await settled();
    const waiting = [client.receive(), client.receive()];
    server.send(1, { messageType: 'status' });
    server.send(2);
    server.send(3, { messageType: 'status' });
    server.send(4);
    server.send(5);
    assert.deepEqual(texts(await Promise.all(waiting)), [2, 4]);
    assert.equal((await client.receive()).data, 5);
    assert.deepEqual(handled, [1, 3]);
    unregister();
    server.send(6, { messageType: 'status' });
    assert.equal((await client.receive()).data, 6);
    assert.equal(client.connectionState, 'connected');
    assert.deepEqual(
      heard.filter((line) => line.includes('fault')),
      [],
    );
  });

  it('ends a wait of receive() after its time, by its signal, and when the connection is closed', async () => {
    const { server: makeServer, client: makeClient, clock } = world();
    await assert.rejects(makeClient().receive(), { code: 'NOT_CONNECTED' });
    await using server = makeServer();
    await server.startServer();
    await using client = makeClient();
    await client.connect();
    const late = assert.rejects(client.receive('2s'), {
      code: 'MESSAGE_RECEIVE_TIMEOUT',
      details: { limit: 2_000 },
    });
    await clock.advance(2_000);
    await late;
    const abort = new AbortController();
    const aborted = assert.rejects(client.receive(undefined, { signal: abort.signal }), { code: 'ABORTED' });
    abort.abort();
    await aborted;
    const ended = assert.rejects(client.receive(), { code: 'LINK_CLOSED' });
    await client.disconnect();
    await ended;
    assert.equal(clock.pending, 0, 'nothing is left to wait for');
  });

  it('reports what a handler throws and stops nothing', async () => {
    const { server: makeServer, client: makeClient, heard } = world();
    await using server = makeServer();
    const seen: unknown[] = [];
    const faults: unknown[] = [];
    server.on('fault', ({ error, clientId, message }) =>
      faults.push([(error.cause as Error).message, clientId, message?.data]),
    );
    server.registerMessageHandler('data', ({ data }) => {
      seen.push(data);
      if (data === 1) throw new Error('sync');
      if (data === 2) return Promise.reject(new Error('async'));
      return undefined;
    });
    await server.startServer();
    await using client = makeClient();
    await client.connect();
    for (let i = 1; i <= 3; i++) client.send(i);
    await settled();
    assert.deepEqual(seen, [1, 2, 3]);
    assert.deepEqual(faults, [
      ['sync', 'client-1', 1],
      ['async', 'client-1', 2],
    ]);
    assert.equal(server.statistics().handlerErrors, 2);
    assert.equal(heard.filter((line) => line === 'server fault HANDLER_FAILED').length, 2);
  });

  it('lets the urgent overtake what waits, within the bound of its queue', async () => {
    const { server: makeServer, client: makeClient, network } = world();
    await using server = makeServer();
    await server.startServer();
    const valves: Valve[] = [];
    network.wrap = (transport) => {
      const valve = new Valve(transport);
      valves.push(valve);
      return valve;
    };
    await using client = makeClient({ sendQueue: '4KiB' });
    await client.connect();
    const valve = valves[1] as Valve;
    valve.closed = true;
    assert.equal(client.send('first'), true);
    await settled();
    assert.equal(client.send('second'), false, 'the link takes it, and no more');
    for (const [i, priority] of ([1, 2, 3, 4, 2] as const).entries())
      assert.equal(client.send(i, { priority }), false);
    assert.equal(client.statistics().queuedMessages, 5);
    assert.throws(() => client.send('x'.repeat(4_000), { priority: 4 }), { code: 'MESSAGE_QUEUE_FULL' });
    const drained = client.drained();
    valve.open();
    await drained;
    const order: unknown[] = [];
    for (let i = 0; i < 7; i++) order.push((await server.receive('1s')).data);
    assert.deepEqual(order, ['first', 'second', 3, 2, 1, 4, 0]);
    assert.equal(client.statistics().queuedBytes, 0);
  });

  it('sends what waits before it disconnects, for a bounded time', async () => {
    const { server: makeServer, client: makeClient, network, clock } = world();
    await using server = makeServer();
    await server.startServer();
    const valves: Valve[] = [];
    network.wrap = (transport) => valves[valves.push(new Valve(transport)) - 1] as Valve;
    for (const opens of [true, false]) {
      const client = makeClient({ drain: '2s' });
      await client.connect();
      const valve = valves.at(-1) as Valve;
      valve.closed = true;
      client.send('first');
      await settled();
      client.send('second');
      client.send('third');
      assert.equal(client.statistics().queuedMessages, 1);
      const gone = client.disconnect();
      assert.throws(() => client.send('late'), { code: 'LINK_CLOSED' });
      if (opens) {
        valve.open();
        for (const text of ['first', 'second', 'third']) assert.equal((await server.receive()).data, text);
      } else await clock.advance(10_000);
      await gone;
      assert.equal(client.statistics().queuedMessages, 0);
    }
  });
});
