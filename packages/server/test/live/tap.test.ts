import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TapEvents } from '../../src/live/tap.ts';

test('a reader that is too slow misses events and is told how many', () => {
  const written: string[] = [];
  const sink = { waiting: 0, write: (text: string) => void written.push(text) };
  const events = new TapEvents(100, 'L1');
  let ended = 0;
  events.open(sink, () => ended++);
  const event = { time: 0, link: 'L1', what: 'frame' } as const;
  events.push(event);
  sink.waiting = 101;
  events.push(event);
  events.push(event);
  assert.equal(written.length, 1);
  sink.waiting = 0;
  events.push(event);
  assert.equal(written.length, 1, 'the gap is told first');
  events.caughtUp();
  events.push(event);
  assert.deepEqual(written.slice(1), [
    'event: missed\ndata: 3\n\n',
    'data: {"time":"1970-01-01T00:00:00.000Z","link":"L1","what":"frame"}\n\n',
  ]);
  events.push({ ...event, what: 'closed' });
  assert.equal(ended, 1);
});
