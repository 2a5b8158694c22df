import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { Deadline } from '../../src/live/deadline.ts';

function limited() {
  const clock = new FakeClock();
  const missed: number[] = [];
  return { clock, missed, deadline: new Deadline(clock, () => missed.push(clock.monotonic())) };
}

describe('Deadline', () => {
  it('is missed once, at its time, however often it was moved', async () => {
    const { clock, missed, deadline } = limited();
    deadline.set(100);
    for (let n = 0; n < 5; n++) {
      await clock.advance(60);
      deadline.set(100);
    }
    assert.equal(clock.pending, 1);
    await clock.advance(1_000);
    assert.deepEqual(missed, [400]);
  });

  it('may be moved nearer', async () => {
    const { clock, missed, deadline } = limited();
    deadline.set(1_000);
    await clock.advance(10);
    deadline.set(20);
    await clock.advance(2_000);
    assert.deepEqual([missed, clock.pending], [[30], 0]);
  });

  it('is not missed once it is lifted, and counts anew when it is set again', async () => {
    const { clock, missed, deadline } = limited();
    deadline.set(100);
    await clock.advance(50);
    deadline.lift();
    await clock.advance(500);
    assert.deepEqual([missed, clock.pending], [[], 0]);
    deadline.set(100);
    deadline.lift();
    deadline.set(150);
    await clock.advance(500);
    assert.deepEqual(missed, [700]);
  });

  it('leaves no timer behind', () => {
    const { clock, deadline } = limited();
    deadline.set(100);
    deadline.end();
    assert.equal(clock.pending, 0);
  });
});
