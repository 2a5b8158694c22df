import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { code, freshStore } from '../helpers.ts';

test('devices with equal inline fields share one unnamed profile and one object', (t) => {
  const { store } = freshStore(t);
  const fields = { framing: 'line', uplink: 'export function uplink() {}' };
  for (let i = 0; i < 20; i++) store.devices.add({ name: `d${i}`, ...fields });
  store.devices.add({ name: 'other', framing: 'raw' });
  const profiles = new Set(store.devices.list({ prefix: 'd' }).map(({ profile }) => profile));
  assert.equal(profiles.size, 1);
  assert.notEqual(store.devices.get('other')?.profile, store.devices.get('d0')?.profile);
  assert.deepEqual(store.profiles.list(), []);
});

test('an unnamed profile goes with the last device that has it', async (t) => {
  const { store, dir } = freshStore(t);
  store.devices.add({ name: 'a', framing: 'line' });
  store.devices.add({ name: 'b', framing: 'line' });
  store.devices.add({ name: 'c', framing: 'raw' });
  store.devices.remove('a');
  store.devices.edit('b', { framing: 'fixed:4' });
  store.devices.edit('b', { framing: 'fixed:5' });
  store.devices.remove('c');
  await store.close();
  const db = new DatabaseSync(join(dir, 'fairlead.db'));
  assert.deepEqual(
    db
      .prepare('SELECT framing FROM profiles')
      .all()
      .map((row) => row.framing),
    ['fixed:5'],
  );
  db.close();
});

test('a named profile is shared, changed for all, and kept while in use', (t) => {
  const { store } = freshStore(t);
  const profile = store.profiles.put('meter', { framing: 'line', authReply: '0A' });
  assert.equal(profile.name, 'meter');
  assert.equal(profile.authReply, '0a');
  store.devices.add({ name: 'a', profile: 'meter' });
  store.devices.add({ name: 'b', profile: 'meter' });
  assert.equal(store.devices.get('a')?.profile, store.devices.get('b')?.profile);
  store.profiles.put('meter', { framing: 'raw' });
  assert.equal(store.devices.get('a')?.profile.framing, 'raw');
  assert.equal(store.devices.get('a')?.profile.id, profile.id);
  assert.equal(store.devices.get('a')?.profile, store.devices.get('b')?.profile);
  assert.throws(() => store.profiles.remove('meter'), code('PROFILE_IN_USE'));
  store.devices.edit('a', { profile: null });
  store.devices.remove('b');
  store.profiles.remove('meter');
  assert.equal(store.profiles.get('meter'), undefined);
  assert.throws(() => store.profiles.remove('meter'), code('PROFILE_UNKNOWN'));
});

test('a named profile stays without devices, and may equal an unnamed one', async (t) => {
  const { store, reopen } = freshStore(t);
  store.devices.add({ name: 'a', framing: 'line' });
  store.profiles.put('meter', { framing: 'line' });
  store.profiles.put('meter-2', { framing: 'line' });
  store.devices.remove('a');
  const after = await reopen();
  assert.deepEqual(
    after.profiles.list().map(({ name }) => name),
    ['meter', 'meter-2'],
  );
  assert.deepEqual(
    after.profiles.list({ after: 'meter', limit: 1 }).map(({ name }) => name),
    ['meter-2'],
  );
});

test('what a profile may say', (t) => {
  const { store } = freshStore(t);
  assert.throws(() => store.profiles.put('a b', {}), code('PROFILE_INVALID'));
  assert.throws(() => store.profiles.put('a', { framing: 7 as never }), code('PROFILE_INVALID'));
  assert.throws(() => store.profiles.put('a', { ack: 'x' }), code('PROFILE_INVALID'));
  assert.throws(() => store.profiles.put('a', { echo: true } as never), code('PROFILE_INVALID'));
  assert.throws(() => store.devices.add({ name: 'a', profile: 'none' }), code('PROFILE_UNKNOWN'));
});
