import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { progressing } from '../../src/http/progressing.ts';

test('a body ends when nothing of it is taken for a while, and not before', async () => {
  const clock = new FakeClock();
  let ended = false;
  async function* parts() {
    try {
      for (let n = 0; ; n++) yield `${n}`;
    } finally {
      ended = true;
    }
  }
  const stream: Readable = Readable.from(
    progressing(parts(), { clock, idle: 1_000, stream: () => stream, late: () => new Error('late') }),
    { highWaterMark: 1 },
  );
  const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
  const reader = stream[Symbol.asyncIterator]();
  for (let n = 0; n < 5; n++) {
    assert.equal((await reader.next()).value, `${n}`);
    await clock.advance(900);
    assert.ok(!stream.destroyed);
  }
  await clock.advance(200);
  assert.equal((await failed).message, 'late');
  await new Promise(setImmediate);
  assert.ok(ended);
});
