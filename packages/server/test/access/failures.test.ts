import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { Failures } from '../../src/access/failures.ts';

test('failures are counted by key, for a time, with a bound on the keys', async () => {
  const clock = new FakeClock();
  const failures = new Failures(clock, { window: 1_000, keys: 2 });
  assert.deepEqual([failures.add('a'), failures.add('a'), failures.of('a'), failures.of('b')], [1, 2, 2, 0]);
  failures.takeBack('a');
  failures.takeBack('b');
  assert.deepEqual([failures.of('a'), failures.of('b'), failures.left('a')], [1, 0, 1_000]);
  await clock.advance(999);
  assert.equal(failures.add('a'), 2, 'the time runs from the first failure');
  await clock.advance(1);
  assert.deepEqual([failures.of('a'), failures.left('a'), failures.add('a')], [0, 0, 1]);
  failures.add('b');
  failures.add('c');
  assert.deepEqual([failures.of('a'), failures.of('b'), failures.of('c')], [0, 1, 1]);
  failures.forget('c');
  assert.equal(failures.of('c'), 0);
});
