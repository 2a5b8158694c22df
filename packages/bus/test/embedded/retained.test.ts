import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RetainedStore } from '../../src/embedded/retained.ts';

const all = <T>(generator: AsyncIterable<T>): Promise<T[]> => Array.fromAsync(generator);

test('keeps the last message of a topic, within its bounds', async () => {
  const store = new RetainedStore({ messages: 2, bytes: 20 });
  const chunk = Buffer.from('12345');
  assert.ok(store.set('a', chunk, 0));
  chunk.fill('x');
  assert.ok(store.set('b/c', 'text', 1));
  assert.equal(store.bytes, 6 + 7);
  assert.ok(!store.set('d', 'third topic', 0));
  assert.ok(store.set('a', '1', 0), 'a topic that is kept may change');
  assert.ok(!store.set('a', 'x'.repeat(20), 0), 'but not beyond the bytes');
  assert.deepEqual(await all(store.matching(['a'])), [], 'an outdated message is not kept either');
  assert.ok(store.set('a', 'again', 0));
  assert.deepEqual(
    (await all(store.matching(['+', 'b/c']))).map(
      ({ topic, payload, qos, retain }) => `${topic} ${payload} ${qos} ${retain}`,
    ),
    ['b/c text 1 true', 'a again 0 true'],
  );
  assert.ok(store.set('a', '', 0));
  assert.ok(store.set('b/c', new Uint8Array(0), 0));
  assert.deepEqual([store.messages, store.bytes], [0, 0]);
});
