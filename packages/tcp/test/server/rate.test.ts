import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '../../src/server/rate.ts';

it('a token bucket lets through its burst and its rate, and no more in any span of time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 200 }),
      (perSecond, burst, gaps) => {
        const bucket = new TokenBucket(perSecond, burst, 0);
        const passed: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (bucket.take(now)) passed.push(now);
        }
        for (const [i, from] of passed.entries())
          for (const [j, to] of passed.entries())
            if (j >= i) assert.ok(j - i + 1 <= burst + ((to - from) * perSecond) / 1_000 + 1e-6);
      },
    ),
  );
  const bucket = new TokenBucket(10, 2, 0);
  const passes = (at: number) => bucket.take(at);
  assert.deepEqual([0, 0, 0, 99, 100, 150, 200, 60_000, 60_000, 60_000].map(passes), [
    true,
    true,
    false,
    false,
    true,
    false,
    true,
    true,
    true,
    false,
  ]);
});
