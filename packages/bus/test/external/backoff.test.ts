import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullJitter } from '../../src/external/backoff.ts';

test('the bound doubles up to the maximum, and the wait is anything below it', () => {
  const bounds = [0, 1, 2, 3, 40, 5_000].map((failures) => fullJitter(failures, 100, 750, () => 0.9999999));
  assert.deepEqual(bounds, [99, 199, 399, 749, 749, 749]);
  assert.equal(
    fullJitter(3, 100, 750, () => 0),
    0,
  );
});
