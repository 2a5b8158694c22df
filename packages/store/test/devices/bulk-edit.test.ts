import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@fairlead/core';
import { storeLimits } from '@fairlead/store';
import { code, freshStore, profile } from '../helpers.ts';

function fleet(t: Parameters<typeof freshStore>[0]) {
  const { store, reopen } = freshStore(t);
  store.profiles.put(profile('new', { identity: { by: 'script', frames: 8 } }));
  for (const n of [1, 2, 3]) store.devices.add({ name: `t${n}`, profile: 'tracker', identity: `${n}` });
  store.devices.add({ name: 'u1', profile: 'new', identity: '9' });
  const profiles = () => store.devices.list().map((device) => device.profile.name);
  return { store, reopen, profiles };
}

test('a filter changes all devices that it matches', async (t) => {
  const { store, reopen, profiles } = fleet(t);
  const before = store.devices.get('t1');
  const dry = store.devices.editWhere({ profile: 'tracker' }, { profile: 'new' }, { dryRun: true });
  assert.deepEqual(dry, { matched: ['t1', 't2', 't3'], refused: [] });
  assert.equal(store.devices.get('t1'), before);
  assert.deepEqual(profiles(), ['tracker', 'tracker', 'tracker', 'new']);
  const done = store.devices.editWhere({ profile: 'tracker', prefix: 't' }, { profile: 'new', label: 'x' });
  assert.deepEqual(done, dry);
  assert.deepEqual(profiles(), ['new', 'new', 'new', 'new']);
  assert.equal(store.devices.byIdentity('new', '2')?.name, 't2');
  assert.equal((await reopen()).devices.get('t3')?.label, 'x');
});

test('one device that cannot be changed leaves all as they are', (t) => {
  const { store, profiles } = fleet(t);
  store.devices.add({ name: 'clash', profile: 'new', identity: '2' });
  const { matched, refused } = store.devices.editWhere({ profile: 'tracker' }, { profile: 'new' });
  assert.equal(matched.length, 3);
  assert.deepEqual(
    refused.map(({ name, error }) => [name, error.code]),
    [['t2', 'IDENTITY_TAKEN']],
  );
  assert.deepEqual(profiles(), ['new', 'tracker', 'tracker', 'tracker', 'new']);
  assert.equal(store.health().ok, true);
});

test('filters: every key, all at once, and what is refused', (t) => {
  const { store } = fleet(t);
  store.devices.add({ name: 'gw', type: 'gateway', label: 'L%' });
  store.devices.add({ name: 's', parent: 'gw', address: '1' });
  const matched = (filter: object) =>
    store.devices.editWhere(filter, { label: 'x' }, { dryRun: true }).matched;
  assert.deepEqual(matched({ parent: 'gw' }), ['s']);
  assert.deepEqual(matched({ label: 'L%' }), ['gw']);
  assert.deepEqual(matched({ type: 'gateway' }), ['gw']);
  assert.deepEqual(matched({ protocol: 'profile', prefix: 'u' }), ['u1']);
  assert.deepEqual(matched({ prefix: '%' }), []);
  assert.deepEqual(matched({ prefix: 'T' }), []);
  for (const filter of [{}, { name: 'a' }, { type: 'x' }, { label: 7 }, null])
    assert.throws(() => matched(filter as never), code('FILTER_INVALID'));
});

test('a filter that matches too many is refused', async (t) => {
  const { store } = freshStore(t, { clock: systemClock });
  const limit = storeLimits.values.bulkEdit;
  const items = Array.from({ length: limit + 1 }, (_, n) => ({ name: `d${n}` }));
  await Array.fromAsync(store.devices.importMany(items));
  assert.throws(() => store.devices.editWhere({ prefix: 'd' }, { label: 'x' }), code('DEVICES_TOO_MANY'));
  store.devices.remove('d0');
  assert.equal(store.devices.editWhere({ prefix: 'd' }, { label: 'x' }).matched.length, limit);
});
