import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshStore } from '../helpers.ts';

test('a device has terms of its own for messages to it; a change names those that change', async (t) => {
  const { store, reopen } = freshStore(t);
  store.devices.add({ name: 'a', downlinks: { keep: 1_000, window: 5 } });
  store.devices.edit('a', { downlinks: { window: null, gap: 7 } });
  assert.deepEqual(store.devices.get('a')?.downlinks, { keep: 1_000, gap: 7 });
  store.devices.edit('a', { label: 'x' });
  const after = await reopen();
  assert.deepEqual(after.devices.get('a')?.downlinks, { keep: 1_000, gap: 7 });
  after.devices.edit('a', { downlinks: null });
  assert.equal(after.devices.get('a')?.downlinks, undefined);
});

test('terms that are none are refused with their field', (t) => {
  const { store } = freshStore(t);
  for (const downlinks of [
    { keep: 0 },
    { gap: -1 },
    { window: 1.5 },
    { keep: '5s' },
    { keep: 1e12 },
    { hold: 1 },
    [1],
    5,
  ])
    assert.throws(() => store.devices.add({ name: 'a', downlinks: downlinks as never }), {
      code: 'DEVICE_INVALID',
      message: /"downlinks/,
    });
});
