import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { pause, untilAborted } from '../../src/wait/pause.ts';

describe('pause', () => {
  it('ends after its time and leaves no listener', async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const paused = pause(clock, 50, signal);
    await clock.advance(50);
    await paused;
    assert.deepEqual([signal.aborted, getEventListeners(signal, 'abort').length], [false, 0]);
  });

  it('ends at once when the signal fires, or has fired, and leaves no timer', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const paused = pause(clock, 50, controller.signal);
    controller.abort();
    await paused;
    await pause(clock, 50, controller.signal);
    await untilAborted(controller.signal);
    assert.equal(clock.pending, 0);
  });
});
