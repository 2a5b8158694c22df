import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { HeldClock } from '../../src/dry-run/held-clock.ts';

it('no time passes while it is held', async () => {
  const real = new FakeClock();
  const clock = new HeldClock(real);
  const rang: string[] = [];
  clock.after(100, () => rang.push('a'));
  const cleared = clock.after(100, () => rang.push('never'));
  await real.advance(60);
  clock.hold();
  clock.hold();
  clock.after(10, () => rang.push('b'));
  clock.clear(cleared);
  await real.advance(10_000);
  assert.deepEqual([rang, clock.monotonic()], [[], 60]);
  clock.release();
  await real.advance(10);
  assert.deepEqual(rang, ['b']);
  await real.advance(29);
  assert.deepEqual(rang, ['b']);
  await real.advance(1);
  assert.deepEqual([rang, clock.monotonic(), real.pending], [['b', 'a'], 100, 0]);
  assert.equal(clock.now(), real.now());
});
