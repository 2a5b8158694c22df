import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { line, serve, type Transport } from '@fairlead/tcp';
import { FakeClock, MemoryNetwork, settled } from '@fairlead/testkit';
import { Valve, world } from './world.ts';

describe('what waits for peers that do not read', () => {
  it('is bounded for all peers of a server together, and one that reads is not concerned', async () => {
    const network = new MemoryNetwork();
    const valves: Valve[] = [];
    network.wrap = (transport) => valves[valves.push(new Valve(transport)) - 1] as Valve;
    const closed: string[] = [];
    await using server = await serve<string>('127.0.0.1:4001', {
      codec: line(),
      clock: new FakeClock(),
      listen: network.listen,
      limits: { writeBuffer: '100KB', writeBufferTotal: '200KB' },
      closed: (session, cause) => void closed.push(`${session.id} ${cause.code} ${cause.details.limit}`),
    });
    const dialled: Transport[] = [];
    const endpoint = { protocol: 'tcp', host: '127.0.0.1', port: 4001 } as const;
    for (let n = 0; n < 10; n++)
      dialled.push(await network.dial(endpoint, { signal: new AbortController().signal }));
    await settled();
    const ofServer = valves.filter((_, n) => n % 2 === 0);
    for (const valve of ofServer.slice(0, 9)) valve.closed = true;
    let most = 0;
    for (let n = 0; n < 60; n++) {
      server.broadcast('x'.repeat(1_000));
      await settled();
      most = Math.max(most, server.stats().backlog);
    }
    // Each had less than its own limit.
    assert.ok(closed.length > 0 && closed.length < 9, closed.join());
    for (const line of closed) assert.match(line, /^session-[1-9] WRITE_BUFFER_FULL 200000$/);
    assert.ok(most <= 200_000 * (1 + Math.log(9)), String(most));
    assert.ok(server.session('session-10')?.usable);
    for (const transport of dialled) transport.destroy(new Error('over') as never);
    await server.destroy();
  });

  it('is bounded for all clients of a messaging server together', async () => {
    const { server: makeServer, client: makeClient, network } = world();
    const valves: Valve[] = [];
    network.wrap = (transport) => valves[valves.push(new Valve(transport)) - 1] as Valve;
    const server = makeServer({ sendQueue: '100KB', sendTotal: '200KB' });
    await server.startServer();
    const clients = Array.from({ length: 10 }, () =>
      makeClient({ connection: { dial: network.dial, reconnect: false } }),
    );
    for (const client of clients) await client.connect();
    await settled();
    const causes: string[] = [];
    server.on('clientDisconnected', ({ cause }) => causes.push(cause.code));
    for (const valve of valves.filter((_, n) => n % 2 === 0).slice(0, 9)) valve.closed = true;
    let most = 0;
    for (let n = 0; n < 60; n++) {
      server.send('x'.repeat(1_000));
      await settled();
      most = Math.max(most, server.statistics().queuedBytes);
    }
    assert.ok(causes.length > 0 && causes.length < 9, causes.join());
    assert.ok(most <= 200_000 * (1 + Math.log(9)), String(most));
    assert.ok(server.connectedClients().includes('client-10'));
    const slow = server.connectedClients()[0] as string;
    assert.throws(
      () => {
        for (;;) server.sendToClient(slow, 'x'.repeat(1_000));
      },
      { code: 'MESSAGE_QUEUE_FULL' },
    );
    for (const valve of valves) if (valve.closed) valve.open();
    for (const client of clients) await client.disconnect();
    await server.disconnect();
  });
});
