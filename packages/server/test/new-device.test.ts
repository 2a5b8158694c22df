import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '@fairlead/store';
import { createDevice } from '../src/new-device.ts';
import { openProfiles } from '../src/profiles.ts';
import { profileFolder } from './profile.ts';
import { scratch } from './running.ts';

test('a device that registers itself gets a name from what it says', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  await using store = openStore({ dir, profiles: await openProfiles() });
  store.profiles.put(profileFolder());
  const create = async (identity: string, parent?: string) => {
    const unknown = { listener: 'l', profile: 'lines', identity, remote: 'r', parent };
    return (await createDevice(store, unknown)).name;
  };
  assert.equal(await create('7'), 'lines-7');
  await assert.rejects(create('7'), { code: 'IDENTITY_TAKEN' });
  // Other characters than a name may have, and more of them, give names that are alike.
  assert.equal(await create('a/b'), 'lines-a-b');
  assert.equal(await create('a.b'), 'lines-a-b-2');
  const long = await create('x'.repeat(128));
  assert.equal(long.length, 64);
  const second = await create('x'.repeat(127));
  assert.deepEqual([second.length, second.endsWith('-2')], [64, true]);
  store.devices.add({ name: 'gw', type: 'gateway' });
  assert.equal(await create('3c20', 'gw'), 'gw-3c20');
  assert.equal(store.devices.byAddress('gw', '3c20')?.name, 'gw-3c20');
});
