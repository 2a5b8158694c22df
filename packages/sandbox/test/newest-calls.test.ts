import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../src/job.ts';
import { NewestCalls } from '../src/newest-calls.ts';

const call = (device: string) => ({ device }) as Call;

test('the newest call of each device is found until it is settled, among any number of devices', () => {
  const calls = new NewestCalls<Call>();
  const waiting = call('waiting');
  calls.set('waiting', waiting);
  const newer = call('waiting');
  calls.set('waiting', newer);
  for (let i = 0; i < 10_000; i++) {
    calls.set(`d${i}`, call(`d${i}`));
    assert.equal(calls.get(`d${i}`)?.device, `d${i}`);
    calls.settled(`d${i}`);
    assert.equal(calls.get(`d${i}`), undefined);
  }
  assert.equal(calls.get('waiting'), newer);
  assert.equal(calls.size, 1);
  const many = Array.from({ length: 5_000 }, (_, i) => call(`m${i}`));
  for (const one of many) calls.set(one.device, one);
  for (const one of many) assert.equal(calls.get(one.device), one);
  assert.equal(calls.size, 5_001);
});
