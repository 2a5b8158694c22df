import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { ProgressWaiters } from '../src/progress-waiters.ts';

test('releases what has been reached, rejects what has not, and leaves nothing behind', async () => {
  const waiters = new ProgressWaiters();
  const { signal } = new AbortController();
  const done: string[] = [];
  const watch = (name: string, wait: Promise<void>) =>
    wait.then(
      () => done.push(name),
      (error: Error) => done.push(`${name} ${error.message}`),
    );
  const all = [1, 2, 3].map((target) => watch(String(target), waiters.wait(target, signal)));
  waiters.release(1);
  waiters.reject(new Error('lost'), 2);
  waiters.release(Number.POSITIVE_INFINITY);
  await Promise.all(all);
  assert.deepEqual(done.sort(), ['1', '2', '3 lost']);
  assert.equal(waiters.waiting, false);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('gives up when the signal fires, before or during the wait', async () => {
  const waiters = new ProgressWaiters();
  const controller = new AbortController();
  const wait = waiters.wait(1, controller.signal);
  controller.abort();
  await assert.rejects(wait, (error) => isFairleadError(error, 'ABORTED'));
  await assert.rejects(waiters.wait(1, controller.signal), (error) => isFairleadError(error, 'ABORTED'));
  assert.equal(waiters.waiting, false);
});
