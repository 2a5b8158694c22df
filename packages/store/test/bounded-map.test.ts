import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../src/bounded-map.ts';

test('when it is full, what was used longest ago leaves', () => {
  const map = new BoundedMap<string, number>(3);
  for (const [at, key] of ['a', 'b', 'c'].entries()) map.set(key, at);
  assert.equal(map.get('a'), 0);
  map.set('d', 3);
  assert.equal(map.get('b'), undefined);
  assert.deepEqual(
    ['a', 'c', 'd'].map((key) => map.get(key)),
    [0, 2, 3],
  );
  assert.equal(map.size, 3);
  map.delete('a');
  assert.equal(map.get('a'), undefined);
  map.clear();
  assert.equal(map.size, 0);
});
