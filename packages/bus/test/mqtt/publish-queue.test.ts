/** Both queues against a broker that is a table: random batches, cuts, full sockets and confirmations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { readPublish } from '../../src/mqtt/packet.ts';
import type { PublishQueue, Wire } from '../../src/mqtt/publish-queue.ts';
import { Qos0Queue } from '../../src/mqtt/qos0-queue.ts';
import { Qos1Queue } from '../../src/mqtt/qos1-queue.ts';
import { TopicEncoder } from '../../src/topic.ts';

const LIMITS = { maxPayload: 100_000, queue: 10_000_000 };
const EVENTS = { progress() {}, refused() {} };
const turn = () => new Promise(setImmediate);

interface Arrival {
  readonly id: number;
  readonly number: number;
}

/** One connection: what came over it, and write callbacks that the test lets happen. */
class Line implements Wire {
  maxPacket = Number.POSITIVE_INFINITY;
  receiveMaximum = 65_535;
  retain = true;
  readonly arrivals: Arrival[] = [];
  #pending: (() => void)[] = [];
  readonly #accepts: boolean;

  constructor(accepts: boolean) {
    this.#accepts = accepts;
  }

  write(bytes: Buffer, done: () => void): boolean {
    for (let at = 0; at < bytes.length; ) {
      const { end, topicEnd, topicAt } = readPublish(bytes, at);
      const confirmed = ((bytes[at] as number) & 2) !== 0;
      const id = confirmed ? bytes.readUInt16BE(topicEnd) : 0;
      assert.equal(bytes.toString('utf8', topicAt, topicEnd), 't');
      this.arrivals.push({ id, number: Number(bytes.toString('utf8', topicEnd + (confirmed ? 2 : 0), end)) });
      at = end;
    }
    this.#pending.push(done);
    return this.#accepts;
  }

  complete(): void {
    for (const done of this.#pending.splice(0)) done();
  }
}

type Step =
  | { readonly do: 'add'; readonly count: number }
  | { readonly do: 'connect'; readonly accepts: boolean }
  | { readonly do: 'cut' | 'drain' | 'confirm' };

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ do: fc.constant('connect' as const), accepts: fc.boolean() }),
    fc.constantFrom<Step>({ do: 'cut' }, { do: 'drain' }, { do: 'confirm' }),
  ),
  { maxLength: 20 },
);

async function play(queue: PublishQueue, script: readonly Step[]): Promise<Line[]> {
  const lines: Line[] = [];
  let line: Line | undefined;
  let added = 0;
  const perform = async (step: Step) => {
    if (step.do === 'add') {
      queue.add(Array.from({ length: step.count }, () => ({ topic: 't', payload: String(++added) })));
      assert.equal(queue.taken, added);
    } else if (step.do === 'connect' && line === undefined) {
      line = new Line(step.accepts);
      lines.push(line);
      queue.attach(line);
    } else if (step.do === 'cut' && line !== undefined) {
      queue.detach();
      line = undefined;
    } else if (step.do === 'drain') {
      line?.complete();
      if (line !== undefined) queue.resume();
    } else if (step.do === 'confirm') {
      line?.complete();
      for (const { id } of line?.arrivals.slice() ?? []) if (id > 0) queue.acknowledged(id);
    }
    await turn();
  };
  for (const step of script) await perform(step);
  if (line === undefined) await perform({ do: 'connect', accepts: true });
  for (let n = 0; queue.messages > 0; n++) {
    assert.ok(n < 10_000, 'the queue empties');
    await perform({ do: 'drain' });
    await perform({ do: 'confirm' });
  }
  assert.deepEqual([queue.bytes, queue.taken, queue.sent], [0, added, added]);
  return lines;
}

test('QoS 0: everything is handed over once, in order, over whatever lines there are', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom<4 | 5>(4), async (script, version) => {
      const queue = new Qos0Queue(version, new TopicEncoder(), LIMITS, EVENTS);
      const lines = await play(queue, script);
      const numbers = lines.flatMap((line) => line.arrivals.map(({ number }) => number));
      assert.deepEqual(
        numbers,
        Array.from({ length: queue.taken }, (_, i) => i + 1),
      );
    }),
    { numRuns: 60 },
  );
});

test('QoS 1: each line goes on in order from the first that is not confirmed, within its window', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 50 }), async (script, window) => {
      const queue = new Qos1Queue(4, window, new TopicEncoder(), LIMITS, EVENTS);
      const lines = await play(
        queue,
        script.map((step) => (step.do === 'add' ? { ...step, count: Math.ceil(step.count / 20) } : step)),
      );
      const seen = new Set<number>();
      for (const { arrivals } of lines) {
        arrivals.forEach(({ number }, i) => {
          const before = arrivals[i - 1];
          assert.ok(before === undefined || before.number + 1 === number, 'no gap and no step back');
          seen.add(number);
        });
      }
      assert.equal(seen.size, queue.taken, 'none is lost');
      assert.equal(queue.settled, queue.taken);
    }),
    { numRuns: 60 },
  );
});

test('QoS 1: no more under way than the broker takes, and answers in any order', async () => {
  const queue = new Qos1Queue(5, 1_000, new TopicEncoder(), LIMITS, EVENTS);
  const line = new Line(true);
  line.receiveMaximum = 3;
  queue.attach(line);
  queue.add([1, 2, 3, 4, 5].map((n) => ({ topic: 't', payload: String(n) })));
  await turn();
  assert.equal(line.arrivals.length, 3);
  queue.acknowledged(3);
  queue.acknowledged(3);
  queue.acknowledged(60_000);
  await turn();
  assert.equal(line.arrivals.length, 4);
  assert.equal(queue.settled, 0);
  queue.acknowledged(1);
  assert.equal(queue.settled, 1);
  queue.acknowledged(2);
  assert.equal(queue.settled, 3);
});

for (const [name, make] of [
  ['QoS 0', () => new Qos0Queue(4, new TopicEncoder(), { maxPayload: 70_000, queue: 200_000 }, EVENTS)],
  ['QoS 1', () => new Qos1Queue(4, 10, new TopicEncoder(), { maxPayload: 70_000, queue: 200_000 }, EVENTS)],
] as const)
  test(`${name}: a batch that is refused leaves the queue as it was`, async () => {
    const queue = make();
    const good = { topic: 't', payload: '1' };
    queue.add([good]);
    const { bytes } = queue;
    const half = { topic: 't', payload: `${'0'.repeat(69_998)}9` };
    for (const [bad, code] of [
      [{ topic: 't', payload: 'x'.repeat(70_001) }, 'BUS_PAYLOAD_TOO_LARGE'],
      [{ topic: '#', payload: '' }, 'BUS_TOPIC_INVALID'],
      [half, 'BUS_QUEUE_FULL'],
    ] as const)
      assert.throws(
        () => queue.add([good, half, half, bad]),
        (error) => isFairleadError(error, code),
        code,
      );
    assert.deepEqual([queue.messages, queue.bytes, queue.taken], [1, bytes, 1]);
    queue.add([{ topic: 't', payload: '2' }]);
    const line = new Line(true);
    queue.attach(line);
    await turn();
    assert.deepEqual(
      line.arrivals.map(({ number }) => number),
      [1, 2],
    );
  });
