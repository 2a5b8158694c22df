import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '@fairlead/core';
import type { Device, Uplink } from '@fairlead/gateway';
import fc from 'fast-check';
import type { LiveSink } from '../../src/live/event-ring.ts';
import { LiveStream } from '../../src/live/stream.ts';

const device: Device = {
  id: '1',
  name: 'a',
  type: 'standard',
  protocol: 'official',
  profile: { id: 'p' },
  inboundBuffer: 1,
  outboundBuffer: 1,
};
const uplink = (n: number): Uplink => ({
  device,
  kind: 'attributes',
  time: 0,
  payload: Buffer.from(`{"n":${n}}`),
  origin: { device: '1', epoch: 1, seq: n },
});

/** Its time is what the test says. */
class TestClock {
  now = 0;
  readonly clock: Clock = { ...systemClock, monotonic: () => this.now };
}

const streamOf = (buffer: number, ring = 2_000, { clock } = new TestClock()) =>
  new LiveStream({ buffer, ring, resume: 60_000, clock });

class Sink implements LiveSink {
  waiting = 0;
  text = '';
  write(text: string) {
    this.text += text;
    this.waiting += text.length;
  }
  get messages(): number[] {
    return [...this.text.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n));
  }
  get last(): string | undefined {
    return [...this.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1];
  }
  get missed(): number {
    return [...this.text.matchAll(/event: missed\ndata: (\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  }
}

test('every message is either delivered, in order, or counted as missed; the bound holds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 1_000 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant('drain' as const)), { maxLength: 40 }),
      (limit, steps) => {
        const live = streamOf(limit);
        const sink = new Sink();
        const reader = live.open(sink);
        let sent = 0;
        for (const step of [...steps, 'drain' as const]) {
          if (step === 'drain') {
            for (let i = 0; i < 50; i++) {
              assert.ok(sink.waiting < limit + 300);
              sink.waiting = 0;
              reader.caughtUp();
            }
          } else live.uplinks(Array.from({ length: step }, () => uplink(sent++)));
          // One event may go beyond the bound, no more.
          assert.ok(sink.waiting < limit + 300);
        }
        const { messages } = sink;
        assert.equal(messages.length + sink.missed, sent);
        assert.deepEqual(
          messages,
          messages.toSorted((a, b) => a - b),
        );
      },
    ),
  );
});

test('a message is put into words once, for any number of readers, and not at all for none', () => {
  let read = 0;
  const counted = {
    ...uplink(1),
    get payload() {
      read++;
      return Buffer.from('{}');
    },
  };
  const live = streamOf(1_000);
  live.uplinks([counted]);
  assert.equal(read, 0);
  const readers = [new Sink(), new Sink(), new Sink()];
  for (const sink of readers) live.open(sink);
  live.uplinks([counted]);
  assert.equal(read, 1);
  assert.ok(readers.every(({ text }) => text === readers[0]?.text && text.length > 0));
});

test('a closed reader gets nothing more', () => {
  const live = streamOf(1_000);
  const sink = new Sink();
  const reader = live.open(sink);
  reader.close();
  reader.close();
  live.uplinks([uplink(1)]);
  reader.caughtUp();
  assert.deepEqual([sink.text, live.readers], ['', 0]);
});

test('a reader that comes back gets what came meanwhile, once, in order; else it is told', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 4_000 }),
      fc.array(
        fc.oneof(
          fc.integer({ min: 1, max: 20 }),
          fc.constantFrom('drain' as const, 'leave' as const, 'return' as const, 'minute' as const),
        ),
        { maxLength: 40 },
      ),
      (ring, steps) => {
        const clock = new TestClock();
        const live = streamOf(500, ring, clock);
        let sink = new Sink();
        let reader: ReturnType<LiveStream['open']> | undefined = live.open(sink);
        let [sent, got, missed] = [0, [] as number[], 0];
        let last: string | undefined;
        const leave = () => {
          // What was written before the connection broke has arrived.
          last = sink.last ?? last;
          got = [...got, ...sink.messages];
          missed += sink.missed;
          reader?.close();
          reader = undefined;
        };
        const comeBack = () => {
          const before = got.length + missed;
          sink = new Sink();
          reader = live.open(sink, { after: last });
          if (last === undefined || sink.text.includes('event: reset')) {
            // It says that it does not know what is missing.
            missed += sent - before;
          }
        };
        for (const step of [...steps, 'return' as const, 'drain' as const]) {
          if (typeof step === 'number') live.uplinks(Array.from({ length: step }, () => uplink(sent++)));
          else if (step === 'drain') {
            for (let i = 0; i < 50; i++) {
              sink.waiting = 0;
              reader?.caughtUp();
            }
          } else if (step === 'leave' && reader !== undefined) leave();
          else if (step === 'return' && reader === undefined) comeBack();
          else if (step === 'minute') clock.now += 61_000;
        }
        leave();
        assert.equal(got.length + missed, sent);
        assert.deepEqual(
          got,
          [...new Set(got)].toSorted((a, b) => a - b),
        );
      },
    ),
  );
});

test('ids that this stream never gave lead to a reset', () => {
  const live = streamOf(1_000);
  const sink = new Sink();
  live.open(sink);
  live.uplinks([uplink(1)]);
  const epoch = (sink.last as string).split('-')[0];
  for (const after of [
    '',
    '1',
    'x-1',
    `${epoch}-`,
    `${epoch}-99`,
    `${epoch}--1`,
    `${epoch}-1e0`,
    `${epoch}-${'9'.repeat(400)}`,
  ]) {
    const other = new Sink();
    live.open(other, { after });
    assert.match(other.text, /^id: \S+\nevent: reset\n/, after);
    live.uplinks([uplink(2)]);
    assert.deepEqual(other.messages, [2]);
  }
});

test('what nobody read for long is not recorded, and whoever comes back is told', () => {
  const clock = new TestClock();
  const live = streamOf(1_000, 10_000, clock);
  const sink = new Sink();
  const reader = live.open(sink);
  live.uplinks([uplink(1)]);
  reader.close();
  clock.now += 61_000;
  live.uplinks([uplink(2)]);
  const back = new Sink();
  live.open(back, { after: sink.last });
  assert.match(back.text, /event: reset/);
  assert.deepEqual(back.messages, []);
});
