import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { onAbort } from '../../src/wait/on-abort.ts';

describe('onAbort', () => {
  it('runs once, when the signal fires', () => {
    const controller = new AbortController();
    let runs = 0;
    onAbort(controller.signal, () => runs++);
    assert.equal(runs, 0);
    controller.abort();
    controller.abort();
    assert.equal(runs, 1);
  });

  it('runs at once if the signal has fired', () => {
    let runs = 0;
    onAbort(AbortSignal.abort(), () => runs++);
    assert.equal(runs, 1);
  });

  it('stops to listen when it is disposed of', () => {
    const controller = new AbortController();
    let runs = 0;
    {
      using _ = onAbort(controller.signal, () => runs++);
    }
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    controller.abort();
    assert.equal(runs, 0);
  });
});
