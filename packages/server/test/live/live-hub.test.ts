import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Topic } from '@fairlead/api';
import { isFairleadError } from '@fairlead/core';
import { FakeClock } from '@fairlead/testkit';
import fc from 'fast-check';
import type { LiveSink } from '../../src/live/event-ring.ts';
import { LiveHub, type LiveHubLimits } from '../../src/live/live-hub.ts';

const LIMITS: LiveHubLimits = {
  streams: 10,
  recordTopics: 2,
  topics: 4,
  topicsOverAll: 6,
  ring: 100_000,
  records: 20_000,
  buffer: 10_000,
  batch: 100,
  look: 500,
  heartbeat: 5_000,
  resume: 60_000,
  recordsPerSecond: 50,
  sizePerSecond: 100_000,
};

interface Seen {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown> & { from?: number; to?: number; n?: number };
}

class Sink implements LiveSink {
  waiting = 0;
  text = '';
  write(text: string) {
    this.text += text;
    this.waiting += text.length;
  }
  get seen(): Seen[] {
    return this.text
      .split('\n\n')
      .slice(0, -1)
      .map((block) => ({
        id: /^id: (.*)$/m.exec(block)?.[1],
        event: /^event: (.*)$/m.exec(block)?.[1] as string,
        data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] as string),
      }));
  }
  of(event: string): Seen[] {
    return this.seen.filter((one) => one.event === event);
  }
}

/** A hub whose states and records are what the test says. */
function world(limits: Partial<LiveHubLimits> = {}) {
  const clock = new FakeClock();
  const states = new Map<string, unknown>();
  const pushes = new Map<string, (text: string) => void>();
  let reads = 0;
  const hub = new LiveHub({
    clock,
    version: '1.2.3',
    limits: { ...LIMITS, ...limits },
    state: ({ text }: Topic) => {
      reads++;
      const value = states.get(text);
      if (value instanceof Error) throw value;
      return value;
    },
    records: ({ text }: Topic, push) => {
      pushes.set(text, push);
      return () => pushes.delete(text);
    },
  });
  return { clock, states, pushes, hub, reads: () => reads };
}

test('a state topic is sent when it is chosen, and then only when it has changed; one look serves all readers', async () => {
  const { clock, states, hub, reads } = world();
  states.set('inbox', ['a']);
  const [one, two] = [new Sink(), new Sink()];
  hub.prepare(['inbox'])(one);
  hub.prepare(['inbox'])(two);
  await clock.advance(2_000);
  assert.deepEqual(
    one.of('state').map(({ data }) => data.value),
    [['a']],
  );
  assert.ok(reads() <= 6, `${reads()} looks`);
  states.set('inbox', ['a', 'b']);
  await clock.advance(600);
  for (const sink of [one, two]) assert.deepEqual(sink.of('state').at(-1)?.data.value, ['a', 'b']);
  assert.deepEqual(one.seen[0]?.data.topics, ['inbox']);
});

test('what fails later says so, and comes back', async () => {
  const { clock, states, hub } = world();
  states.set('device/a', { name: 'a' });
  const sink = new Sink();
  hub.prepare(['device/a'])(sink);
  await clock.advance(600);
  states.set('device/a', new Error('removed'));
  await clock.advance(600);
  assert.equal(sink.of('gone').length, 1);
  states.set('device/a', { name: 'a' });
  await clock.advance(600);
  assert.equal(sink.of('state').length, 2);
});

test('shown and skipped records are all that came, in order, for fast and slow readers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom('drain', 'tick')), {
        maxLength: 60,
      }),
      async (steps) => {
        const { clock, pushes, hub } = world({ ring: 2_000, buffer: 500 });
        const sink = new Sink();
        const reader = hub.prepare(['log'])(sink);
        await clock.advance(100);
        let sent = 0;
        for (const step of [...steps, 'tick' as const]) {
          if (typeof step === 'number') for (let i = 0; i < step; i++) pushes.get('log')?.(`{"n":${++sent}}`);
          else if (step === 'tick') await clock.advance(100);
          else {
            sink.waiting = 0;
            reader.caughtUp();
          }
        }
        for (let i = 0; i < 20; i++) {
          sink.waiting = 0;
          reader.caughtUp();
        }
        let expected = 1;
        for (const { event, data } of sink.seen) {
          if (event === 'reset') expected = Number.NaN;
          if (event !== 'records' && event !== 'skipped') continue;
          // After a reset, the numbers show what is missing.
          if (!Number.isNaN(expected)) assert.equal(data.from, expected);
          else assert.ok((data.from as number) >= 1);
          if (event === 'records')
            assert.deepEqual(
              data.records,
              Array.from({ length: (data.to as number) - (data.from as number) + 1 }, (_, i) => ({
                n: (data.from as number) + i,
              })),
            );
          else assert.equal(data.n, (data.to as number) - (data.from as number) + 1);
          expected = (data.to as number) + 1;
        }
        if (sent > 0 && !Number.isNaN(expected)) assert.equal(expected, sent + 1);
        hub.close();
      },
    ),
    { numRuns: 60 },
  );
});

test('skipped records can be loaded while they are kept', async () => {
  const { clock, pushes, hub } = world();
  const sink = new Sink();
  const { id } = hub.prepare(['log'])(sink);
  for (let n = 1; n <= 30; n++) pushes.get('log')?.(`{"n":${n}}`);
  await clock.advance(100);
  const [skipped] = sink.of('skipped');
  assert.deepEqual(skipped?.data, { topic: 'log', n: 25, from: 6, to: 30 });
  const { from, to, texts } = hub.records(id, 'log', 6, 30);
  assert.deepEqual([from, to, texts.length, texts[0]], [6, 30, 25, '{"n":6}']);
  assert.throws(
    () => hub.records(id, 'log', 31, 40),
    (error) => isFairleadError(error, 'LIVE_RECORDS_GONE'),
  );
  assert.throws(
    () => hub.records(id, 'messages', 1, 1),
    (error) => isFairleadError(error, 'LIVE_RECORDS_GONE'),
  );
  assert.throws(
    () => hub.records('none', 'log', 1, 1),
    (error) => isFairleadError(error, 'LIVE_STREAM_UNKNOWN'),
  );
});

test('a reader that was away goes on within the ring and the time; else it gets a reset and all values', async () => {
  const { clock, states, pushes, hub } = world();
  states.set('inbox', [1]);
  const first = new Sink();
  const reader = hub.prepare(['inbox', 'log'])(first);
  await clock.advance(600);
  pushes.get('log')?.('{"n":1}');
  await clock.advance(100);
  reader.close();
  const last = first.seen.findLast(({ id }) => id !== undefined)?.id;
  pushes.get('log')?.('{"n":2}');
  await clock.advance(5_000);
  const second = new Sink();
  const again = hub.prepare(['inbox', 'log'], last)(second);
  await clock.advance(600);
  assert.deepEqual(
    second.seen.filter(({ event }) => event !== 'heartbeat').map(({ event }) => event),
    ['hello', 'records'],
  );
  again.close();
  await clock.advance(61_000);
  assert.equal(pushes.size, 0, 'it is watched no longer');
  const third = new Sink();
  hub.prepare(['inbox', 'log'], last)(third);
  await clock.advance(600);
  assert.deepEqual(
    third.seen.filter(({ event }) => event !== 'heartbeat').map(({ event }) => event),
    ['hello', 'reset', 'state'],
  );
});

test('a slow reader gets the last value of a state, not all of them', async () => {
  const { clock, states, hub } = world({ buffer: 100 });
  const sink = new Sink();
  const reader = hub.prepare(['inbox'])(sink);
  for (let n = 0; n < 20; n++) {
    states.set('inbox', n);
    await clock.advance(500);
  }
  sink.text = '';
  sink.waiting = 0;
  reader.caughtUp();
  assert.deepEqual(
    sink.of('state').map(({ data }) => data.value),
    [19],
  );
});

test('heartbeats tell the time and the version; topics and streams are bounded', async () => {
  const { clock, hub } = world();
  const sink = new Sink();
  const stream = hub.prepare([])(sink);
  await clock.advance(10_100);
  assert.ok(sink.of('heartbeat').length >= 2);
  assert.equal(sink.of('heartbeat')[0]?.data.version, '1.2.3');
  const refused = (topics: string[], code: string) =>
    assert.throws(
      () => hub.setTopics(stream.id, topics),
      (error) => isFairleadError(error, code),
      topics.join(),
    );
  refused(['inbox', 'jobs', 'triggers', 'drivers', 'overview'], 'LIVE_TOPICS_FULL');
  for (const text of [
    '',
    'nosuch',
    'device',
    'device/',
    'inbox/1',
    'inbox?x=1',
    'links?limit=201',
    'run/x',
    'run/1?secrets',
    'runs?secrets=true',
    'run/1?wait=5s',
    'wire/%',
    '__proto__',
    'links?limit=x',
  ])
    refused([text], 'LIVE_TOPIC_INVALID');
  hub.setTopics(stream.id, ['log', 'messages']);
  const other = hub.prepare([])(new Sink());
  assert.throws(
    () => hub.setTopics(other.id, ['wire/1']),
    (error) => isFairleadError(error, 'LIVE_TOPICS_FULL'),
  );
  hub.setTopics(stream.id, []);
  // What nobody has any more makes room.
  hub.setTopics(other.id, ['wire/1']);
  for (let i = 0; i < 8; i++) hub.prepare([])(new Sink());
  assert.throws(
    () => hub.prepare([]),
    (error) => isFairleadError(error, 'TOO_MANY_STREAMS'),
  );
});
