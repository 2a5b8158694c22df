import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeLimits } from '@fairlead/store';
import { freshStore } from '../helpers.ts';

test('the state of a device is there at once, after a restart, and goes with the device', async (t) => {
  const { store, clock, reopen } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  assert.equal(store.deviceState.get(device), undefined);
  store.deviceState.put(device, '{"n":1}');
  assert.equal(store.deviceState.get(device), '{"n":1}');
  await clock.advance(storeLimits.values.flushInterval);
  assert.equal(store.deviceState.stats().waiting, 0);
  store.deviceState.put(device, '{"n":2}');
  const after = await reopen();
  assert.equal(after.deviceState.get(device), '{"n":2}');
  after.devices.remove('a');
  assert.equal(after.deviceState.get(device), undefined);
});

test('a state that is too long is not taken, and counted', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.deviceState.put(device, '{}');
  store.deviceState.put(device, `"${'ä'.repeat(storeLimits.values.deviceState / 2)}"`);
  assert.equal(store.deviceState.get(device), '{}');
  assert.equal(store.deviceState.stats().dropped, 1);
});

test('states of devices that are gone take no room', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.deviceState.put(device, '{}');
  store.devices.remove('a');
  assert.equal(store.deviceState.stats().waiting, 0);
  store.deviceState.put(device, '{}');
  store.flush();
  assert.equal(store.deviceState.get(device), undefined);
});
