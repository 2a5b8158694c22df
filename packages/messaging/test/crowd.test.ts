import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually, FakeClock, settled } from '@fairlead/testkit';
import { messagePack, TcpClient, TcpServer } from '../src/index.ts';
import { world } from './world.ts';

/** A message of a type that no handler takes, as bytes on the wire. */
function unwanted(data: string): Buffer {
  const metadata = { message_id: 'm', timestamp: 1, message_type: 'status', priority: 2, source: 's' };
  const body = Buffer.from(JSON.stringify({ metadata, data }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

async function dialled(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('many clients of one server', () => {
  it('one that sends what nobody takes stops no other, and its own end is noticed', async () => {
    const clock = new FakeClock();
    await using server = new TcpServer({ clock });
    server.registerMessageHandler('command', (message) => void server.respond(message, 'yes'));
    await server.startServer(undefined, 0);
    const flood = await dialled(server.port);
    const noise = unwanted('x'.repeat(10_000));
    for (let n = 0; n < 120; n++) flood.write(noise);
    await using client = new TcpClient();
    await client.connectToServer('127.0.0.1', server.port);
    await eventually(() => server.statistics().unreadMessages > 90, 'the inbox of the flood is full');
    client.send('unwanted, too', { messageType: 'status' });
    assert.equal((await client.request('there?')).data, 'yes');
    // What it sent and was not read stands before its end.
    flood.destroy();
    await eventually(async () => {
      await clock.advance(5_000);
      return server.connectedClients().length === 1;
    }, 'the end of the flood is noticed');
    assert.equal((await client.request('still there?')).data, 'yes');
  });

  it('the end of each is noticed, however much of it was never read', async () => {
    const clock = new FakeClock();
    await using server = new TcpServer({ clock });
    await server.startServer(undefined, 0);
    const causes: string[] = [];
    server.on('clientDisconnected', ({ cause }) => causes.push(cause.code));
    const sockets = await Promise.all(Array.from({ length: 20 }, () => dialled(server.port)));
    const noise = unwanted('x'.repeat(900_000));
    // From a little more than the inbox holds to more than the system buffers.
    for (const [n, socket] of sockets.entries()) for (let i = 0; i < 2 + n; i++) socket.write(noise);
    await eventually(() => server.statistics().unreadMessages >= 20, 'all inboxes are full');
    for (const [n, socket] of sockets.entries()) n % 2 === 0 ? socket.destroy() : socket.resetAndDestroy();
    await eventually(async () => {
      await clock.advance(5_000);
      return server.connectedClients().length === 0;
    }, 'all are gone');
    assert.equal(causes.length, 20);
  });

  it('what a client sent before it left is still received', async () => {
    const { server: makeServer, client: makeClient, clock } = world();
    await using server = makeServer({ inbox: { size: '4KiB' } });
    await server.startServer();
    const client = makeClient();
    await client.connect();
    for (let n = 0; n < 20; n++) client.send(n);
    await settled();
    const left = client.disconnect();
    await settled();
    await clock.advance(5_000);
    await left;
    await settled();
    assert.deepEqual(server.connectedClients(), []);
    for (let n = 0; n < 20; n++) assert.equal((await server.receive('1s')).data, n);
  });

  it('one whose frames are never messages is told so, and goes', async () => {
    const { server: makeServer, client: makeClient, clock, network, heard } = world();
    await using server = makeServer();
    await server.startServer();
    const causes: string[] = [];
    server.on('clientDisconnected', ({ cause }) => causes.push(cause.code));
    await using client = makeClient({ connection: { dial: network.dial, reconnect: false } });
    await client.connect();
    await settled();
    network.last?.[0].write([Buffer.alloc(4_000_000)]);
    await clock.advance(0);
    await eventually(() => causes.length === 1, 'it is closed');
    assert.deepEqual(causes, ['MESSAGE_INVALID']);
    assert.equal(heard.filter((line) => line === 'server fault MESSAGE_INVALID').length, 1_025);
  });

  it('a client that connects again after a server sent no messages at all hears the next one', async () => {
    const { server: makeServer, client: makeClient, network, clock, heard } = world();
    await using server = makeServer();
    await server.startServer();
    await using client = makeClient();
    await client.connect();
    await settled();
    network.last?.[1].write([Buffer.alloc(40_000)]);
    await settled();
    assert.equal(heard.filter((line) => line === 'client fault MESSAGE_INVALID').length, 1_025);
    assert.ok(heard.includes('client reconnecting MESSAGE_INVALID'), heard.slice(-3).join());
    await clock.advance(5_000);
    server.send('hello');
    assert.equal((await client.receive('1s')).data, 'hello');
  });

  it('is told of no more faults of a client that it has disconnected', async () => {
    const { server: makeServer, client: makeClient, network } = world();
    await using server = makeServer();
    let faults = 0;
    server.on('fault', ({ clientId }) => {
      if (++faults === 3) server.disconnectClient(clientId as string);
    });
    await server.startServer();
    await using client = makeClient({ connection: { dial: network.dial, reconnect: false } });
    await client.connect();
    await settled();
    network.last?.[0].write([Buffer.alloc(1_000)]);
    await settled();
    assert.equal(faults, 3);
  });

  it('all together take no more memory than the inbox allows, however small their values', async () => {
    await using server = new TcpServer({ codec: messagePack(), inbox: { total: '16MiB' } });
    await server.startServer(undefined, 0);
    const head = Buffer.from(
      '82a86d6574616461746185aa6d6573736167655f6964a16da974696d657374616d7001ac6d6573736167655f74797065a464617461' +
        'a87072696f7269747902a6736f75726365a173a464617461',
      'hex',
    );
    const maps = (count: number) => {
      const list = Buffer.from([0xdd, 0, 0, 0, 0]);
      list.writeUInt32BE(count, 1);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(head.length + 5 + count);
      return Buffer.concat([length, head, list, Buffer.alloc(count, 0x80)]);
    };
    collect();
    const before = process.memoryUsage().heapUsed;
    let refused = 0;
    server.on('fault', ({ error }) => {
      if (error.code === 'MESSAGE_INVALID') refused++;
    });
    const sockets = await Promise.all(Array.from({ length: 40 }, () => dialled(server.port)));
    for (const socket of sockets)
      socket.write(Buffer.concat([maps(1_000_000), maps(200_000), maps(200_000)]));
    await eventually(() => refused === 40, 'the largest are refused');
    await eventually(
      () => server.connectedClients().length < 40,
      'those for whom there is no room are closed',
    );
    collect();
    const taken = process.memoryUsage().heapUsed - before;
    // The inbox holds 16 MiB and a fair part for others, and as much waits outside.
    assert.ok(taken < 96 * 2 ** 20, `${Math.round(taken / 2 ** 20)} MiB`);
    for (const socket of sockets) socket.destroy();
  });
});
