import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { storeErrors } from '@fairlead/store';
import { freshStore } from '../helpers.ts';

const wanted = (version: number, json = '{"n":1}') => ({ json, version, since: 1, sends: 0 });

describe('desired states', () => {
  test('stay over a restart, and are listed while something is desired', async (t) => {
    const { store, reopen } = freshStore(t);
    const [a, b] = ['a', 'b'].map((name) => store.devices.add({ name }).device.id) as [string, string];
    assert.deepEqual(await store.desired.change(a, () => wanted(1)), wanted(1));
    await store.desired.change(b, () => wanted(1));
    await store.desired.change(b, () => wanted(2, '{}'));
    const after = await reopen();
    assert.deepEqual(after.desired.devices(), [a]);
    assert.deepEqual(after.desired.get(a), wanted(1));
    assert.deepEqual(after.desired.get(b), wanted(2, '{}'), 'its version is kept');
  });

  test('changes made at once each see what the one before left; one that throws changes nothing', async (t) => {
    const { store } = freshStore(t);
    const { id } = store.devices.add({ name: 'a' }).device;
    const refused = storeErrors.error('DEVICE_UNKNOWN', { name: 'a' });
    const changes = Array.from({ length: 20 }, (_, n) =>
      store.desired.change(id, (current) => {
        if (n % 5 === 4) throw refused;
        return wanted((current?.version ?? 0) + 1);
      }),
    );
    const settled = await Promise.allSettled(changes);
    assert.equal(settled.filter(({ status }) => status === 'rejected').length, 4);
    assert.equal(store.desired.get(id)?.version, 16);
    assert.deepEqual(await store.desired.change(id, () => undefined), wanted(16));
  });

  test('go with their device', async (t) => {
    const { store } = freshStore(t);
    const { id } = store.devices.add({ name: 'a' }).device;
    await store.desired.change(id, () => wanted(1));
    store.devices.remove('a');
    assert.equal(store.desired.get(id), undefined);
    assert.deepEqual(store.desired.devices(), []);
    assert.equal(await store.desired.change(id, () => wanted(1)), undefined);
  });
});
