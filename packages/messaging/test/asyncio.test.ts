import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, requirePeer } from '@fairlead/testkit';
import { TcpClient, type TcpInterface, TcpServer } from '../src/index.ts';

const program = fileURLToPath(new URL('../../../interop/asyncio_peer.py', import.meta.url));

/** The program in Python; `await ended()` is its exit code. */
function python(...args: string[]) {
  const child: ChildProcess = spawn('python3', [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  return {
    line: async () => {
      assert.ok(child.stdout);
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      return line;
    },
    ended: async () => (await exit)[0] as number | null,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

const raw = (text: string) => ({ op: 'raw', frame: Buffer.from(text).toString('base64') });

/** What both directions hold: `tell` sends to the program in Python, what comes back goes to `party`. */
async function converse(party: TcpInterface, tell: (data: unknown) => void): Promise<void> {
  const values = [null, true, -0.5, 2 ** 53, 'ü 💡 " \\ \u0000 \u2028', [], {}, { a: [{ b: [1, 'x'] }] }];
  for (const value of values) tell({ op: 'echo', value });
  for (const value of values) {
    const { data, metadata } = await party.receive('10s');
    assert.deepEqual(data, value);
    assert.equal(metadata.source, 'asyncio');
    assert.equal(metadata.destination, 'fairlead');
  }
  const large = 'ü'.repeat(100_000);
  tell({ op: 'echo', value: large });
  assert.equal((await party.receive('10s')).data, large);

  const faults: string[] = [];
  party.on('fault', ({ error }) => faults.push(`${error.code} ${error.details.path ?? ''}`.trim()));
  tell({ op: 'nan' });
  for (const protocol of [0, 1, 2, 3, 4, 5]) tell({ op: 'pickle', protocol });
  tell(raw('{"metadata": {"message_id": "x", "timestamp": 1.0, "message_type": "odd"}, "data": 1}'));
  tell(raw('nonsense'));
  tell({ op: 'unasked', value: 'still here' });
  const last = await party.receive('10s');
  assert.deepEqual(
    [last.data, last.metadata.messageType, last.metadata.priority],
    ['still here', 'status', 4],
  );
  assert.deepEqual(faults, [
    'MESSAGE_NAN_REFUSED data.reading',
    ...Array.from({ length: 6 }, () => 'MESSAGE_PICKLE_REFUSED'),
    'MESSAGE_INVALID metadata.message_type',
    'MESSAGE_INVALID the top',
  ]);
  assert.equal(party.statistics().messagesRefused, 9);
  assert.equal(party.connectionState, 'connected');
}

describe('a program with asyncio', () => {
  it('as the server of a TcpClient', async (t) => {
    if (!requirePeer(t, 'python3')) return;
    await using peer = python('serve');
    const port = Number(await peer.line());
    await using client = new TcpClient({ heartbeat: { every: 50, timeout: '1m' } });
    await client.connectToServer('127.0.0.1', port);
    await converse(client, (data) => client.send(data));
    const answer = await client.request(
      { op: 'echo', value: 42 },
      { priority: 4, messageType: 'configuration' },
    );
    assert.equal(answer.data, 42);
    client.send({ op: 'close' });
    await eventually(() => client.statistics().connectionsLost === 1, 'it closed');
    await eventually(() => client.connectionState === 'connected', 'connected again');
    assert.equal((await client.request({ op: 'echo', value: 43 })).data, 43);
  });

  it('as a client of a TcpServer', async (t) => {
    if (!requirePeer(t, 'python3')) return;
    await using server = new TcpServer();
    await server.startServer(undefined, 0);
    await using peer = python('connect', String(server.port));
    const hello = await server.receive('20s');
    assert.deepEqual(hello.data, { hello: 'asyncio', umlaut: 'ü 💡' });
    const clientId = hello.clientId as string;
    await converse(server, (data) => server.sendToClient(clientId, data));
    const answer = await server.requestFromClient(clientId, { op: 'echo', value: [1] });
    assert.deepEqual([answer.data, answer.clientId], [[1], clientId]);
    server.disconnectClient(clientId);
    assert.equal(await peer.ended(), 0);
  });
});
