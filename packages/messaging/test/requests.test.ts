import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { world } from './world.ts';

async function pair(options: Parameters<ReturnType<typeof world>['client']>[0] = {}) {
  const all = world();
  const server = all.server();
  await server.startServer();
  const client = all.client(options);
  await client.connect();
  await settled();
  return {
    ...all,
    server,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.disconnect();
      await server.disconnect();
    },
  };
}

describe('requests', () => {
  it('match answers by correlation id, in any order, both ways', async () => {
    await using both = await pair();
    const { server, client } = both;
    const asked = [1, 2, 3].map((n) => client.request(n));
    const requests = [await server.receive(), await server.receive(), await server.receive()];
    for (const request of requests.reverse()) server.respond(request, (request.data as number) * 10);
    assert.deepEqual(
      (await Promise.all(asked)).map(({ data }) => data),
      [10, 20, 30],
    );
    client.registerMessageHandler('command', (message) => {
      client.respond(message, 'pong', { messageType: 'status' });
    });
    const answer = await server.requestFromClient('client-1', 'ping');
    assert.deepEqual(
      [answer.data, answer.clientId, answer.metadata.messageType],
      ['pong', 'client-1', 'status'],
    );
    assert.equal(client.statistics().requestsOpen, 0);
  });

  it('end when no answer comes in time; a later one is an ordinary message', async () => {
    await using both = await pair();
    const { server, client, clock } = both;
    const late = assert.rejects(client.request('slow', undefined, { timeout: '3s' }), {
      code: 'MESSAGE_UNANSWERED',
    });
    const request = await server.receive();
    await clock.advance(3_000);
    await late;
    server.respond(request, 'at last');
    assert.equal((await client.receive()).metadata.correlationId, request.metadata.messageId);
    assert.equal(client.statistics().requestsOpen, 0);
  });

  it('can be given up, and are bounded', async () => {
    await using both = await pair({ requests: 2 });
    const { client } = both;
    const abort = new AbortController();
    const { signal } = abort;
    const given = [client.request(1, {}, { signal }), client.request(2, {}, { signal })];
    await assert.rejects(client.request(3), { code: 'MESSAGE_REQUESTS_FULL' });
    abort.abort();
    for (const each of given) await assert.rejects(each, { code: 'ABORTED' });
    await assert.rejects(client.request(4, {}, { signal }), { code: 'ABORTED' });
    await assert.rejects(client.request(Number.NaN), { code: 'MESSAGE_NOT_ENCODABLE' });
    assert.equal(client.statistics().requestsOpen, 0);
  });

  it('end with the link that they went over; those that still wait go over the next', async () => {
    await using both = await pair();
    const { server, client, network, clock } = both;
    const lost = assert.rejects(client.request('before'), { code: 'PEER_RESET' });
    await server.receive();
    network.last?.[0].reset();
    await lost;
    const kept = client.request('meanwhile');
    const abort = new AbortController();
    const dropped = assert.rejects(client.request('never', {}, { signal: abort.signal }), {
      code: 'ABORTED',
    });
    abort.abort();
    await dropped;
    await clock.advance(5_000);
    const request = await server.receive();
    assert.equal(request.data, 'meanwhile');
    server.respond(request, 'still here');
    assert.equal((await kept).data, 'still here');
    assert.equal(server.statistics().unreadMessages, 0);
  });

  it('end when the connection is closed, and when the client that was asked leaves', async () => {
    const both = await pair();
    const { server, client } = both;
    const fromServer = assert.rejects(server.requestFromClient('client-1', 1), { kind: 'closed' });
    const fromClient = assert.rejects(client.request(1), { code: 'LINK_CLOSED' });
    await settled();
    await client.disconnect();
    await Promise.all([fromServer, fromClient]);
    await assert.rejects(server.requestFromClient('client-1', 1), { code: 'MESSAGE_CLIENT_UNKNOWN' });
    await server.disconnect();
    await assert.rejects(server.requestFromClient('client-1', 1), { code: 'SERVER_STOPPED' });
  });

  it('give up a peer that does not answer any more, which a client connects to again', async () => {
    await using both = await pair();
    const { server, client, clock, heard } = both;
    const miss = async (ask: () => Promise<unknown>) => {
      const unanswered = assert.rejects(ask(), { code: 'MESSAGE_UNANSWERED' });
      await clock.advance(1_000);
      await unanswered;
    };
    const ask = () => client.request('?', {}, { timeout: '1s' });
    for (let i = 0; i < 16; i++) await miss(ask);
    server.respond(await server.receive(), 'late');
    await settled();
    for (let i = 0; i < 16; i++) await miss(ask);
    assert.equal(client.connectionState, 'connected');
    await miss(ask);
    assert.ok(heard.includes('client reconnecting MESSAGE_UNANSWERED'), heard.join());
    await clock.advance(5_000);
    assert.equal(client.connectionState, 'connected');
    const causes: string[] = [];
    server.on('clientDisconnected', ({ clientId, cause }) => causes.push(`${clientId} ${cause.code}`));
    for (let i = 0; i < 17; i++)
      await miss(() => server.requestFromClient('client-2', '?', {}, { timeout: '1s' }));
    await settled();
    assert.deepEqual(causes, ['client-2 MESSAGE_UNANSWERED']);
  });

  it('of one client are not answered by another', async () => {
    await using both = await pair();
    const { server, client } = both;
    const asked = server.requestFromClient('client-1', 'who?');
    const request = await client.receive();
    await using other = world().client({ connection: { dial: both.network.dial } });
    await other.connect();
    other.send('me!', { correlationId: request.metadata.messageId });
    assert.equal((await server.receive()).data, 'me!');
    client.respond(request, 'I');
    assert.equal((await asked).data, 'I');
  });
});
