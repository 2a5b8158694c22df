import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage, connect, line, type Reader } from '@fairlead/tcp';
import { MemoryNetwork } from '@fairlead/testkit';
import { parseConnection } from '../../src/connection/schema.ts';
import { ReadyQueue } from '../../src/live/ready-queue.ts';
import { compileTree } from '../../src/rules/compile.ts';
import { startTrigger } from '../../src/trigger/trigger.ts';

const iteration = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('ReadyQueue', () => {
  it('lets all go on in one iteration of the event loop, in their order', async () => {
    const queue = new ReadyQueue();
    const seen: number[] = [];
    for (const one of [1, 2, 3]) queue.add({ proceed: () => seen.push(one) });
    assert.deepEqual(seen, []);
    await iteration();
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it('leaves what is added meanwhile to the next iteration', async () => {
    const queue = new ReadyQueue();
    const seen: string[] = [];
    const again = { proceed: () => seen.push('again') };
    queue.add({
      proceed: () => {
        seen.push('first');
        queue.add(again);
      },
    });
    queue.add({ proceed: () => seen.push('second') });
    await iteration();
    assert.deepEqual(seen, ['first', 'second']);
    await iteration();
    assert.deepEqual(seen, ['first', 'second', 'again']);
  });
});

it('a trigger reads the messages of all clients before it answers the first', async () => {
  const network = new MemoryNetwork();
  const seen: string[] = [];
  await using trigger = await startTrigger({
    name: 'door',
    tree: compileTree([{ receive: null, rules: [{ send: 'answer' }] }], 'trigger'),
    connection: parseConnection({ port: 9_090, framing: 'line', allowHttp: true }),
    codePages: codePage,
    listen: network.listen,
    through: (link) => ({
      take: (reader: Reader<Buffer>) =>
        link.take({
          frame: (bytes) => {
            seen.push('message');
            reader.frame(bytes);
          },
          failed: (cause) => reader.failed(cause),
        }),
      send(message) {
        seen.push('answer');
        return link.send(message);
      },
      drained: (signal) => link.drained(signal),
    }),
  });
  const options = { codec: line(), dial: network.dial };
  await using a = connect(`tcp://${trigger.address}`, options);
  await using b = connect(`tcp://${trigger.address}`, options);
  await Promise.all([a.ready(), b.ready()]);
  await iteration();
  a.send('hello');
  b.send('hello');
  assert.deepEqual(await Promise.all([a.receive(), b.receive()]), ['answer', 'answer']);
  assert.deepEqual(seen, ['message', 'message', 'answer', 'answer']);
});
