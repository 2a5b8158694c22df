import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device, Uplink } from '@fairlead/gateway';
import fc from 'fast-check';
import { type LiveSink, LiveStream } from '../../src/live/stream.ts';

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
        const live = new LiveStream(limit);
        const sink = new Sink();
        const reader = live.open(sink);
        let sent = 0;
        for (const step of [...steps, 'drain' as const]) {
          if (step === 'drain') {
            sink.waiting = 0;
            reader.caughtUp();
          } else live.uplinks(Array.from({ length: step }, () => uplink(sent++)));
          // One event may go beyond the bound, no more.
          assert.ok(sink.waiting < limit + 200);
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
  const live = new LiveStream(1_000);
  live.uplinks([counted]);
  assert.equal(read, 0);
  const readers = [new Sink(), new Sink(), new Sink()];
  for (const sink of readers) live.open(sink);
  live.uplinks([counted]);
  assert.equal(read, 1);
  assert.ok(readers.every(({ text }) => text === readers[0]?.text && text.length > 0));
});

test('a closed reader gets nothing more', () => {
  const live = new LiveStream(1_000);
  const sink = new Sink();
  const reader = live.open(sink);
  reader.close();
  reader.close();
  live.uplinks([uplink(1)]);
  reader.caughtUp();
  assert.deepEqual([sink.text, live.readers], ['', 0]);
});
