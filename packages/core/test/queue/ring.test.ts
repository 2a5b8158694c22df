import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ring } from '../../src/queue/ring.ts';

describe('Ring', () => {
  it('keeps the newest items in order and returns those that gave way', () => {
    const ring = new Ring<number>(3);
    const gone = [1, 2, 3, 4, 5, 6, 7].map((n) => ring.push(n));
    assert.deepEqual(gone, [undefined, undefined, undefined, 1, 2, 3, 4]);
    assert.deepEqual([...ring], [5, 6, 7]);
    assert.deepEqual([ring.at(0), ring.at(-1), ring.at(3), ring.at(-4)], [5, 7, undefined, undefined]);
  });

  it('starts again after clear()', () => {
    const ring = new Ring<number>(2);
    for (const n of [1, 2, 3]) ring.push(n);
    ring.clear();
    ring.push(9);
    assert.deepEqual([ring.length, ...ring], [1, 9]);
  });
});
