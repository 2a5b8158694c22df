import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import { eventually, settled } from '@fairlead/testkit';
import { messagePack, ReceivedMessage, TcpClient, TcpServer } from '../src/index.ts';
import { Valve, world } from './world.ts';

/** A server with three clients, each of which keeps what it hears. */
async function three(options: Parameters<ReturnType<typeof world>['server']>[0] = {}) {
  const all = world();
  const valves: Valve[] = [];
  all.network.wrap = (transport) => valves[valves.push(new Valve(transport)) - 1] as Valve;
  const server = all.server(options);
  await server.startServer();
  const clients: TcpClient[] = [];
  const told: unknown[][] = [];
  for (let i = 0; i < 3; i++) {
    const client = all.client();
    const list: unknown[] = [];
    client.registerMessageHandler('data', ({ data }) => list.push(data));
    await client.connect();
    clients.push(client);
    told.push(list);
  }
  await settled();
  return {
    ...all,
    server,
    clients,
    told,
    /** What the server writes to each client. */
    valves: valves.filter((_, i) => i % 2 === 0),
    [Symbol.asyncDispose]: async () => {
      for (const valve of valves) if (valve.closed) valve.open();
      for (const client of clients) await client.disconnect();
      await server.disconnect();
    },
  };
}

describe('TcpServer', () => {
  it('receives with the id of the client, sends to one and to all', async () => {
    await using all = await three();
    const { server, clients, told } = all;
    assert.deepEqual(server.connectedClients(), ['client-1', 'client-2', 'client-3']);
    for (const [i, client] of clients.entries()) client.send(`from ${i}`);
    const heard: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const message = await server.receive('1s');
      assert.ok(message instanceof ReceivedMessage);
      heard.push([message.clientId, message.data]);
    }
    assert.deepEqual(heard, [
      ['client-1', 'from 0'],
      ['client-2', 'from 1'],
      ['client-3', 'from 2'],
    ]);
    assert.equal(server.sendToClient('client-2', 'for you'), true);
    assert.equal(server.send('for all'), true);
    await settled();
    assert.deepEqual(told, [['for all'], ['for you', 'for all'], ['for all']]);
    assert.throws(() => server.sendToClient('client-9', 1), { code: 'MESSAGE_CLIENT_UNKNOWN' });
    const { activeClients, isServer, messagesSent, messagesReceived, connectionsEstablished } =
      server.statistics();
    assert.deepEqual(
      [activeClients, isServer, messagesSent, messagesReceived, connectionsEstablished],
      [3, true, 4, 3, 3],
    );
  });

  it('tells of clients that come and go, and counts the lost', async () => {
    const { server: makeServer, client: makeClient, network } = world();
    await using server = makeServer();
    const seen: unknown[] = [];
    server.on('clientConnected', ({ clientId, remote }) => seen.push([clientId, remote.split(':')[0]]));
    server.on('clientDisconnected', ({ clientId, cause }) => seen.push([clientId, cause.code]));
    await server.startServer();
    const one = makeClient();
    await one.connect();
    await one.disconnect();
    const two = makeClient({ connection: { dial: network.dial, reconnect: false } });
    await two.connect();
    network.last?.[0].reset();
    await using three = makeClient();
    await three.connect();
    await settled();
    server.disconnectClient('client-3');
    await settled();
    assert.deepEqual(seen, [
      ['client-1', '127.0.0.1'],
      ['client-1', 'PEER_CLOSED'],
      ['client-2', '127.0.0.1'],
      ['client-2', 'PEER_RESET'],
      ['client-3', '127.0.0.1'],
      ['client-3', 'LINK_CLOSED'],
    ]);
    const { connectionsEstablished, connectionsLost, activeClients, bytesReceived } = server.statistics();
    assert.deepEqual([connectionsEstablished, connectionsLost, activeClients, bytesReceived], [3, 3, 0, 0]);
  });

  it('a slow client stalls no broadcast, and is closed when too much waits for it', async () => {
    await using all = await three({ sendQueue: '8KiB' });
    const { server, told, valves, heard } = all;
    (valves[1] as Valve).closed = true;
    for (let i = 0; i < 10; i++) {
      server.send(i);
      await settled();
    }
    const ten = Array.from({ length: 10 }, (_, i) => i);
    assert.deepEqual(told, [ten, [], ten]);
    assert.equal(server.statistics().activeClients, 3);
    assert.ok(server.statistics().queuedMessages > 5);
    await server.drained();
    const causes: string[] = [];
    server.on('clientDisconnected', ({ clientId, cause }) => causes.push(`${clientId} ${cause.code}`));
    const big = 'x'.repeat(5_000);
    server.send(big);
    server.send(big);
    await settled();
    assert.deepEqual(causes, ['client-2 WRITE_BUFFER_FULL']);
    assert.deepEqual([told[0]?.length, told[2]?.length], [12, 12]);
    assert.deepEqual(
      heard.filter((line) => line.includes('fault')),
      [],
    );
  });

  it('lets the caller know when a single client takes no more', async () => {
    await using all = await three({ sendQueue: '8KiB' });
    const { server, valves, told } = all;
    const valve = valves[0] as Valve;
    valve.closed = true;
    server.sendToClient('client-1', 'a');
    await settled();
    assert.equal(server.sendToClient('client-1', 'b'), false);
    assert.throws(() => server.sendToClient('client-1', 'x'.repeat(9_000)), { code: 'MESSAGE_QUEUE_FULL' });
    const drained = server.drainedToClient('client-1');
    valve.open();
    await drained;
    await settled();
    assert.deepEqual(told[0], ['a', 'b']);
  });

  it('runs a bounded number of handlers at a time, and slows the peers down meanwhile', async () => {
    await using all = await three({ handlers: 2 });
    const { server, clients } = all;
    let running = 0;
    let most = 0;
    const open: (() => void)[] = [];
    const order = new Map<string, unknown[]>();
    server.registerMessageHandler('data', async ({ clientId, data }) => {
      most = Math.max(most, ++running);
      const list = order.get(clientId as string) ?? [];
      order.set(clientId as string, list);
      list.push(data);
      await new Promise<void>((resolve) => open.push(resolve));
      running--;
    });
    for (let i = 0; i < 20; i++) for (const client of clients) client.send(i);
    let finished = 0;
    while (finished < 60) {
      await settled();
      assert.ok(open.length > 0, `stalled after ${finished}`);
      for (const resolve of open.splice(0)) {
        finished++;
        resolve();
      }
    }
    assert.equal(most, 2);
    await settled();
    assert.equal(server.statistics().handlersRunning, 0);
    const twenty = Array.from({ length: 20 }, (_, i) => i);
    for (const list of order.values()) assert.deepEqual(list, twenty);
  });

  it('stops reading when nobody receives, says so, and goes on when somebody does', async () => {
    await using all = await three({ inbox: { size: '8KiB' } });
    const { server, clients, heard } = all;
    const client = clients[0] as TcpClient;
    for (let i = 0; i < 100; i++) client.send(i);
    await settled();
    const { unreadMessages } = server.statistics();
    assert.ok(unreadMessages >= 6 && unreadMessages <= 14, String(unreadMessages));
    assert.deepEqual(
      heard.filter((line) => line.includes('fault')),
      ['server fault MESSAGE_INBOX_FULL'],
    );
    // Other clients are not held up where a handler takes their messages.
    server.registerMessageHandler('command', (message) => {
      server.respond(message, 'yes');
    });
    assert.equal((await (clients[1] as TcpClient).request('there?')).data, 'yes');
    for (let i = 0; i < 100; i++) assert.equal((await server.receive('1s')).data, i);
  });

  it('drops the oldest unread messages where it was asked to', async () => {
    await using all = await three({ inbox: { size: '2KiB', onFull: 'drop-oldest' } });
    const { server, clients, heard } = all;
    for (let i = 0; i < 100; i++) (clients[0] as TcpClient).send(i);
    await settled();
    const { unreadMessages, messagesDropped } = server.statistics();
    assert.equal(unreadMessages + messagesDropped, 100);
    assert.ok(messagesDropped > 80);
    assert.equal((await server.receive()).data, messagesDropped);
    assert.deepEqual(
      heard.filter((line) => line.includes('fault')),
      [],
    );
  });

  it('lives on with a client that sends frames which are no messages', async () => {
    const { server: makeServer, network, heard, clock } = world();
    await using server = makeServer();
    await server.startServer();
    // The server reads JSON; this client writes MessagePack.
    await using wrong = new TcpClient({
      endpoint: '127.0.0.1:8080',
      codec: messagePack(),
      clock,
      connection: { dial: network.dial },
    });
    await wrong.connect();
    wrong.send(1);
    wrong.send(2);
    await settled();
    assert.deepEqual(heard.slice(2), ['server fault MESSAGE_INVALID', 'server fault MESSAGE_INVALID']);
    assert.equal(server.statistics().activeClients, 1);
    assert.equal(server.statistics().messagesRefused, 2);
    assert.equal(wrong.connectionState, 'connected');
  });

  it('speaks MessagePack on both sides', async () => {
    const codec = messagePack();
    const { server: makeServer, client: makeClient } = world();
    await using server = makeServer({ codec });
    await server.startServer();
    await using client = makeClient({ codec });
    await client.connect();
    client.send({ image: new Uint8Array([1, 2, 3]), taken: new Date(0), frame: 2n ** 40n });
    assert.deepEqual((await server.receive('1s')).data, {
      image: new Uint8Array([1, 2, 3]),
      taken: new Date(0),
      frame: 2n ** 40n,
    });
  });
});

describe('TcpServer on sockets', () => {
  it('refuses a browser and a TLS client by their first bytes, and says which it was', async () => {
    await using server = new TcpServer();
    await server.startServer(undefined, 0);
    const causes: string[] = [];
    server.on('clientDisconnected', ({ cause }) => causes.push(cause.code));
    const message =
      '{"metadata":{"message_id":"m","timestamp":1,"message_type":"data","priority":2,"source":"s"},"data":1}';
    const body = `\u0000\u0000\u0000${String.fromCharCode(message.length)}${message}`;
    const url = `http://127.0.0.1:${server.port}/`;
    const headers = { 'content-type': 'text/plain' };
    await assert.rejects(fetch(url, { method: 'POST', headers, body }));
    await assert.rejects(fetch(url));
    await assert.rejects(fetch(url.replace('http', 'https')));
    await eventually(() => causes.length === 3, 'all are closed');
    assert.deepEqual(causes, ['HTTP_REFUSED', 'HTTP_REFUSED', 'TLS_UNEXPECTED']);
    assert.equal(server.statistics().messagesReceived, 0);
  });

  it('listens on the loopback address unless asked otherwise', async () => {
    await using server = new TcpServer();
    assert.equal(server.address, '127.0.0.1:8080');
    await server.startServer(undefined, 0);
    assert.match(server.address, /^127\.0\.0\.1:\d+$/);
    await assert.rejects(server.startServer(undefined, 0), { code: 'MESSAGING_STARTED' });
    await using everywhere = new TcpServer({ endpoint: ':0' });
    await everywhere.connect();
    assert.match(everywhere.address, /^:\d+$/);
  });

  it('frees the port when it is disconnected with clients', async () => {
    const server = new TcpServer();
    await server.startServer('127.0.0.1', 0);
    const { port } = server;
    await using client = new TcpClient();
    await client.connectToServer('127.0.0.1', port);
    const silent = net.connect(port, '127.0.0.1');
    silent.on('error', () => {});
    await eventually(() => server.connectedClients().length === 2, 'both are there');
    const waiting = assert.rejects(server.receive(), { code: 'SERVER_STOPPED' });
    await Promise.all([server.disconnect(), server.disconnect()]);
    await waiting;
    assert.deepEqual([server.connectionState, server.connectedClients()], ['closed', []]);
    assert.throws(() => server.send(1), { code: 'SERVER_STOPPED' });
    silent.destroy();
    // The same port, the same server, and the client comes back by itself.
    await server.startServer('127.0.0.1', port);
    await eventually(() => client.connectionState === 'connected', 'the client is back');
    client.send('again');
    assert.equal((await server.receive('5s')).data, 'again');
    await client.disconnect();
    await server.disconnect();
    assert.equal(server.statistics().connectionsEstablished, 3);
  });

  it('says when the port is taken', async () => {
    await using one = new TcpServer();
    await one.startServer(undefined, 0);
    const two = new TcpServer();
    await assert.rejects(two.startServer('127.0.0.1', one.port), { code: 'PORT_IN_USE' });
    assert.equal(two.connectionState, 'error');
    await two.startServer(undefined, 0);
    assert.equal(two.connectionState, 'connected');
    await two.disconnect();
  });

  it('takes bytes one at a time, and refuses what is too large', async () => {
    await using server = new TcpServer();
    await server.startServer(undefined, 0);
    const socket = net.connect(server.port, '127.0.0.1');
    socket.setNoDelay(true);
    const text = JSON.stringify({
      metadata: { message_id: 'm', timestamp: 1.5, message_type: 'data', priority: 2, source: 's' },
      data: 7,
    });
    const frame = Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
    for (const byte of frame) socket.write(Buffer.of(byte));
    assert.equal((await server.receive('5s')).data, 7);
    const causes: string[] = [];
    server.on('clientDisconnected', ({ cause }) => causes.push(cause.code));
    socket.write(Buffer.from([0, 0x10, 0, 1]));
    await eventually(() => causes.length === 1, 'it is closed');
    assert.deepEqual(causes, ['FRAME_TOO_LARGE']);
    socket.destroy();
  });
});
