import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { storeErrors } from '@fairlead/store';
import { code, freshStore, profile, reader } from '../helpers.ts';

test('devices with equal inline fields share one unnamed profile and one object', (t) => {
  const { store } = freshStore(t);
  const fields = { framing: 'line', uplink: 'export function uplink() {}' };
  for (let i = 0; i < 20; i++) store.devices.add({ name: `d${i}`, ...fields });
  store.devices.add({ name: 'other', framing: 'raw' });
  const profiles = new Set(store.devices.list({ prefix: 'd' }).map(({ profile }) => profile));
  assert.equal(profiles.size, 1);
  assert.notEqual(store.devices.get('other')?.profile, store.devices.get('d0')?.profile);
  assert.deepEqual(
    store.profiles.list().map(({ name }) => name),
    ['tracker'],
  );
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
  const { profile: meter } = store.profiles.put(profile('meter', { framing: 'line', authReply: '0A' }));
  assert.equal(meter.name, 'meter');
  assert.equal(meter.authReply, '0a');
  store.devices.add({ name: 'a', profile: 'meter' });
  store.devices.add({ name: 'b', profile: 'meter' });
  assert.equal(store.devices.get('a')?.profile, store.devices.get('b')?.profile);
  store.profiles.put(profile('meter', { framing: 'raw' }));
  assert.equal(store.devices.get('a')?.profile.framing, 'raw');
  assert.equal(store.devices.get('a')?.profile.id, meter.id);
  assert.notEqual(store.devices.get('a')?.profile.content, meter.content);
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
  store.profiles.put(profile('meter', { framing: 'line' }));
  store.profiles.put(profile('meter-2', { framing: 'line' }));
  store.devices.remove('a');
  const after = await reopen();
  const names = (page?: object) => after.profiles.list(page).map(({ name }) => name);
  assert.deepEqual(names(), ['meter', 'meter-2', 'tracker']);
  assert.deepEqual(names({ after: 'meter', limit: 1 }), ['meter-2']);
  assert.equal(after.profiles.get('meter')?.framing, 'line');
});

test('versions: the newest is used, equal files are no new version, an older one may come back', async (t) => {
  const { store, reopen } = freshStore(t);
  const one = profile('meter', { framing: 'fixed:1' });
  const two = profile('meter', { framing: 'fixed:2' });
  assert.equal(store.profiles.put(one).changed, true);
  assert.equal(store.profiles.put(one).changed, false);
  store.profiles.put(two);
  assert.deepEqual(
    store.profiles.versions('meter').map(({ number }) => number),
    [2, 1],
  );
  const [, first] = store.profiles.versions('meter');
  assert.deepEqual(store.profiles.files('meter', first?.content), one);
  assert.deepEqual(store.profiles.files('meter'), two);
  store.profiles.put(one);
  const after = await reopen();
  assert.equal(after.profiles.get('meter')?.framing, 'fixed:1');
  assert.deepEqual(
    after.profiles.versions('meter').map(({ number, content }) => [number, content === first?.content]),
    [
      [3, true],
      [2, false],
    ],
  );
  for (let i = 1; i <= 30; i++) after.profiles.put(profile('meter', { framing: `fixed:${i}` }));
  assert.equal(after.profiles.versions('meter').length, 20);
  assert.equal(after.profiles.get('meter')?.framing, 'fixed:30');
  assert.equal(after.profiles.files('meter', first?.content), undefined);
});

test('a profile that comes with Fairlead is used until the store has one of its name', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'a', profile: 'tracker', identity: '1' });
  assert.equal(store.devices.get('a')?.profile.version, '1.0.0');
  assert.throws(() => store.profiles.remove('tracker'), code('PROFILE_BUILTIN'));
  store.profiles.put(profile('tracker', { version: '2.0.0', identity: { by: 'script', frames: 8 } }));
  assert.equal(store.devices.get('a')?.profile.version, '2.0.0');
  assert.deepEqual(
    store.profiles.list().map(({ name, source, versions }) => [name, source, versions]),
    [['tracker', 'store', 1]],
  );
  store.profiles.remove('tracker');
  assert.equal(store.devices.get('a')?.profile.version, '1.0.0');
});

test('files that can no longer be read cost their profile alone', async (t) => {
  const { store, reopen } = freshStore(t);
  store.profiles.put(profile('meter'));
  store.devices.add({ name: 'a', profile: 'meter' });
  const parse = () => {
    throw storeErrors.error('PROFILE_INVALID', { field: 'framing', reason: 'a newer version says so' });
  };
  const after = await reopen({ profiles: { ...reader, parse } });
  assert.equal(after.devices.get('a')?.profile.name, 'meter');
  assert.equal(after.profiles.get('meter'), undefined);
  assert.deepEqual(
    after.profiles.list().map(({ profile }) => profile),
    [undefined, undefined],
  );
});

test('what a profile may say', (t) => {
  const { store } = freshStore(t);
  const put = (files: unknown) => () => store.profiles.put(files as never);
  assert.throws(put(profile('a b')), code('PROFILE_INVALID'));
  assert.throws(put(profile('a', { framing: 7 as never })), code('PROFILE_INVALID'));
  assert.throws(put(profile('a', { ack: 'x' })), code('PROFILE_INVALID'));
  assert.throws(put([]), code('PROFILE_INVALID'));
  assert.throws(put({ ...profile('a'), 'x.json': 7 }), code('PROFILE_INVALID'));
  for (const name of ['../x', '.hidden', 'a/b', '', '__proto__/x'])
    assert.throws(put({ ...profile('a'), [name]: '' }), code('PROFILE_INVALID'));
  assert.throws(put({ ...profile('a'), 'big.json': 'x'.repeat(2 ** 22) }), code('PROFILE_INVALID'));
  const many = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`f${i}.json`, '']));
  assert.throws(put({ ...profile('a'), ...many }), code('PROFILE_INVALID'));
  assert.equal(store.profiles.get('a'), undefined);
  assert.throws(() => store.devices.add({ name: 'a', profile: 'none' }), code('PROFILE_UNKNOWN'));
});
