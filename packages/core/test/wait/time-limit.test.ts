import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { FakeClock, settled } from '@fairlead/testkit';
import { timeLimit } from '../../src/wait/time-limit.ts';

describe('timeLimit', () => {
  const late = () => new Error('late');
  const never = new Promise<never>(() => {});

  it('lets the promise through, and leaves no timer and no listener', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    {
      using limit = timeLimit(clock, 100, controller.signal, late);
      assert.equal(await limit.race(Promise.resolve(7)), 7);
      await assert.rejects(limit.race(Promise.reject(new Error('own'))), /own/);
    }
    assert.equal(clock.pending, 0);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  it('rejects with its error when the time is over', async () => {
    const clock = new FakeClock();
    using limit = timeLimit(clock, 100, undefined, late);
    const waited = assert.rejects(limit.race(never), /late/);
    await clock.advance(99);
    await settled();
    assert.equal(limit.signal.aborted, false);
    await clock.advance(1);
    await waited;
    assert.match(String(limit.signal.reason), /late/);
    await assert.rejects(limit.race(never), /late/, 'what begins after the end');
  });

  it('rejects with ABORTED, the reason as its cause, when the caller gives up', async () => {
    const controller = new AbortController();
    using limit = timeLimit(new FakeClock(), 100, controller.signal, late);
    const waited = assert.rejects(limit.race(never), { code: 'ABORTED', cause: 'enough' });
    controller.abort('enough');
    await waited;
  });

  it('starts no timer for a caller that has given up already', async () => {
    const clock = new FakeClock();
    using limit = timeLimit(clock, 100, AbortSignal.abort(), late);
    await assert.rejects(limit.race(never), { code: 'ABORTED' });
    assert.equal(clock.pending, 0);
  });

  it('without a time waits for the signal alone', () => {
    const clock = new FakeClock();
    using limit = timeLimit(clock, undefined, undefined, late);
    assert.deepEqual([clock.pending, limit.signal.aborted], [0, false]);
  });
});
