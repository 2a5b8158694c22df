import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { closeOnSignal, type StopOutcome } from '../src/signals.ts';

function setup() {
  const signals = new EventEmitter();
  const clock = new FakeClock();
  const closing = Promise.withResolvers<void>();
  const heard: string[] = [];
  const outcome: Promise<StopOutcome> = closeOnSignal(
    { close: () => closing.promise },
    { grace: 10_000, clock, signals, stopping: (signal) => heard.push(signal) },
  );
  return { signals, clock, closing, heard, outcome };
}

test('a signal closes the service', async () => {
  const { signals, closing, heard, outcome } = setup();
  signals.emit('SIGTERM', 'SIGTERM');
  closing.resolve();
  assert.equal(await outcome, 'clean');
  assert.deepEqual(heard, ['SIGTERM']);
  assert.equal(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT'), 0);
});

test('a second signal does not wait', async () => {
  const { signals, outcome } = setup();
  signals.emit('SIGINT', 'SIGINT');
  signals.emit('SIGINT', 'SIGINT');
  assert.equal(await outcome, 'forced');
});

test('the grace ends', async () => {
  const { signals, clock, outcome } = setup();
  signals.emit('SIGTERM', 'SIGTERM');
  await clock.advance(10_000);
  assert.equal(await outcome, 'late');
});

test('a failure to close is the outcome', async () => {
  const { signals, closing, outcome } = setup();
  signals.emit('SIGTERM', 'SIGTERM');
  closing.reject(new Error('broken'));
  await assert.rejects(outcome, /broken/);
});
