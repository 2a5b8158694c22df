import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { code, freshStore, profile, uplink } from '../helpers.ts';

test('a device is added with defaults, and its token is shown once', (t) => {
  const { store, clock } = freshStore(t);
  const { device, token } = store.devices.add({ name: 'kiln-1' });
  assert.match(token as string, /^fl_[0-9a-f]{32}$/);
  assert.match(device.id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.deepEqual(device, {
    id: device.id,
    name: 'kiln-1',
    label: undefined,
    type: 'standard',
    protocol: 'official',
    parent: undefined,
    address: undefined,
    profile: device.profile,
    identity: undefined,
    endpoint: undefined,
    revision: 2,
    secret: undefined,
    parameters: undefined,
    unknownSubDevices: undefined,
    downlinks: undefined,
    rate: undefined,
    certificates: undefined,
    inboundBuffer: 1_024,
    outboundBuffer: 1_024,
    createdAt: clock.now(),
  });
  assert.equal(store.devices.byToken(token as string)?.name, 'kiln-1');
  assert.equal(store.devices.byToken(`${token}x`), undefined);
  assert.equal(JSON.stringify(store.devices.get('kiln-1')).includes(token as string), false);
});

test('the database holds the hash of a token and never the token', async (t) => {
  const { store, dir } = freshStore(t);
  const { token } = store.devices.add({ name: 'a' });
  store.devices.add({ name: 'b', token: 'plain-token-of-b' });
  await store.close();
  const db = new DatabaseSync(join(dir, 'fairlead.db'));
  const rows = db.prepare('SELECT token_hash FROM devices ORDER BY name').all();
  const dump = Buffer.from(db.serialize());
  db.close();
  assert.deepEqual(
    rows.map((row) => Buffer.from(row.token_hash as Uint8Array).toString('hex')),
    [hash('sha256', token as string), hash('sha256', 'plain-token-of-b')],
  );
  assert.equal(dump.includes(token as string), false);
  assert.equal(dump.includes('plain-token-of-b'), false);
});

test('names are unique, and so are imported tokens', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'a', token: 'same' });
  assert.throws(() => store.devices.add({ name: 'a' }), code('DEVICE_EXISTS'));
  assert.throws(() => store.devices.add({ name: 'b', token: 'same' }), code('TOKEN_TAKEN'));
  assert.equal(store.devices.count(), 1);
  store.devices.add({ name: 'A' }); // names differ by case
  assert.equal(store.devices.byToken('same')?.name, 'a');
});

test('sub-devices are told by their address within their gateway', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'gw', type: 'gateway', protocol: 'custom' });
  store.devices.add({ name: 'gw2', type: 'gateway' });
  store.devices.add({ name: 'plain' });
  assert.deepEqual(store.devices.subDevices('gw'), []);
  const { device, token } = store.devices.add({ name: 'sub-1', parent: 'gw', address: '3c20c6206' });
  assert.equal(token, undefined);
  assert.equal(device.type, 'sub');
  assert.equal(device.protocol, 'custom');
  assert.equal(store.devices.byAddress('gw', '3c20c6206')?.id, device.id);
  assert.equal(store.devices.byAddress('gw', 'other'), undefined);
  assert.equal(store.devices.byAddress('gw2', '3c20c6206'), undefined);
  assert.equal(store.devices.byAddress('nobody', '3c20c6206'), undefined);
  store.devices.add({ name: 'sub-2', parent: 'gw2', address: '3c20c6206' });
  assert.deepEqual(
    store.devices.subDevices('gw').map(({ name }) => name),
    ['sub-1'],
  );
  assert.throws(
    () => store.devices.add({ name: 'x', parent: 'gw', address: '3c20c6206' }),
    code('ADDRESS_TAKEN'),
  );
  assert.throws(() => store.devices.add({ name: 'x', parent: 'no', address: '1' }), code('PARENT_UNKNOWN'));
  assert.throws(
    () => store.devices.add({ name: 'x', parent: 'plain', address: '1' }),
    code('PARENT_NOT_GATEWAY'),
  );
  assert.throws(
    () => store.devices.add({ name: 'x', parent: 'sub-1', address: '1' }),
    code('PARENT_NOT_GATEWAY'),
  );
  assert.throws(
    () => store.devices.add({ name: 'x', parent: 'gw', address: '1', protocol: 'official' }),
    code('DEVICE_INVALID'),
  );
});

test('a sub-device added or removed is seen behind its gateway at once', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'gw', type: 'gateway' });
  assert.equal(store.devices.byAddress('gw', '1'), undefined);
  store.devices.add({ name: 's', parent: 'gw', address: '1' });
  assert.equal(store.devices.byAddress('gw', '1')?.name, 's');
  store.devices.edit('s', { label: 'shed' });
  assert.equal(store.devices.byAddress('gw', '1')?.label, 'shed');
  store.devices.remove('s');
  assert.equal(store.devices.byAddress('gw', '1'), undefined);
});

test('a gateway with sub-devices is removed only together with them', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'gw', type: 'gateway' });
  store.devices.add({ name: 's1', parent: 'gw', address: '1' });
  store.devices.add({ name: 's2', parent: 'gw', address: '2' });
  assert.throws(
    () => store.devices.remove('gw'),
    (error: { code?: string; details?: object }) => {
      assert.equal(error.code, 'DEVICE_HAS_SUBDEVICES');
      assert.deepEqual(error.details, { name: 'gw', count: 2 });
      return true;
    },
  );
  assert.equal(store.devices.count(), 3);
  const removed = store.devices.remove('gw', { cascade: true });
  assert.deepEqual(
    removed.map(({ name }) => name),
    ['s1', 's2', 'gw'],
  );
  assert.equal(store.devices.count(), 0);
  assert.equal(store.devices.get('s1'), undefined);
});

test('what is remembered of a device goes with it, and its id is never used again', (t) => {
  const { store } = freshStore(t);
  const first = store.devices.add({ name: 'a' });
  const observer = store.observer();
  observer.uplinks([uplink(first.device, { t: 1 })]);
  observer.status({ device: first.device, status: 'online', since: 5 });
  store.flush();
  observer.uplinks([uplink(first.device, { t: 2 })]);
  store.devices.remove('a');
  const second = store.devices.add({ name: 'a' });
  assert.notEqual(second.device.id, first.device.id);
  assert.equal(store.devices.byToken(first.token as string), undefined);
  assert.deepEqual(store.values.get('a'), { values: {} });
  assert.equal(store.presence.get('a'), undefined);
  assert.deepEqual(store.messages.list(), []);
  // A link that has not ended yet may still speak for the removed device.
  observer.uplinks([uplink(first.device, { t: 3 })]);
  observer.status({ device: first.device, status: 'offline', since: 6 });
  store.flush();
  assert.deepEqual(store.messages.list(), []);
  assert.deepEqual(store.values.get('a'), { values: {} });
});

test('a patch changes what it names and takes back what it sets to null', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'a', label: 'first', framing: 'line', inboundBuffer: 64 });
  const changed = store.devices.edit('a', { uplink: 'export function uplink() {}', outboundBuffer: 2_048 });
  assert.equal(changed.label, 'first');
  assert.equal(changed.profile.framing, 'line');
  assert.equal(changed.profile.uplink, 'export function uplink() {}');
  assert.deepEqual([changed.inboundBuffer, changed.outboundBuffer], [64, 2_048]);
  const taken = store.devices.edit('a', { label: null, framing: null, inboundBuffer: null });
  assert.equal(taken.label, undefined);
  assert.equal(taken.profile.framing, undefined);
  assert.equal(taken.profile.uplink, 'export function uplink() {}');
  assert.equal(taken.inboundBuffer, 1_024);
  assert.throws(() => store.devices.edit('b', {}), code('DEVICE_UNKNOWN'));
  assert.throws(() => store.devices.edit('a', { name: 'b' } as never), code('DEVICE_INVALID'));
  assert.throws(() => store.devices.edit('a', { profile: 'none' }), code('PROFILE_UNKNOWN'));
});

test('a new token replaces the old one', (t) => {
  const { store } = freshStore(t);
  const { token } = store.devices.add({ name: 'a' });
  const next = store.devices.rotateToken('a');
  assert.match(next, /^fl_[0-9a-f]{32}$/);
  assert.equal(store.devices.byToken(token as string), undefined);
  assert.equal(store.devices.byToken(next)?.name, 'a');
  assert.throws(() => store.devices.rotateToken('b'), code('DEVICE_UNKNOWN'));
  store.devices.add({ name: 'gw', type: 'gateway' });
  store.devices.add({ name: 's', parent: 'gw', address: '1' });
  assert.throws(() => store.devices.rotateToken('s'), code('SUBDEVICE_HAS_NO_TOKEN'));
});

test('lists go by name, in pages, by prefix and by profile', (t) => {
  const { store } = freshStore(t);
  store.profiles.put(profile('meter', { framing: 'line' }));
  for (const name of ['b2', 'a1', 'b1', 'c:1', 'B3', 'b-9']) store.devices.add({ name });
  store.devices.add({ name: 'b5', profile: 'meter' });
  const names = (page: Parameters<typeof store.devices.list>[0]) =>
    store.devices.list(page).map(({ name }) => name);
  assert.deepEqual(names({}), ['B3', 'a1', 'b-9', 'b1', 'b2', 'b5', 'c:1']);
  assert.deepEqual(names({ limit: 2, after: 'a1' }), ['b-9', 'b1']);
  assert.deepEqual(names({ prefix: 'b' }), ['b-9', 'b1', 'b2', 'b5']);
  assert.deepEqual(names({ prefix: 'b', after: 'b1', limit: 1 }), ['b2']);
  assert.deepEqual(names({ profile: 'meter' }), ['b5']);
  assert.deepEqual(names({ profile: 'none' }), []);
});

test('whoever asks for a device gets the same object until it changes', (t) => {
  const { store } = freshStore(t);
  const { token } = store.devices.add({ name: 'gw', type: 'gateway' });
  store.devices.add({ name: 's', parent: 'gw', address: '1' });
  const device = store.devices.get('gw');
  assert.equal(store.devices.byToken(token as string), device);
  assert.equal(store.devices.list()[0], device);
  assert.equal(store.devices.byAddress('gw', '1'), store.devices.get('s'));
  store.devices.edit('gw', { label: 'x' });
  assert.notEqual(store.devices.byToken(token as string), device);
});

test('devices are there after a restart', async (t) => {
  const { store, reopen } = freshStore(t);
  const before = store.devices.add({
    name: 'a',
    label: 'Ä',
    framing: 'fixed:8',
    ack: '06',
    heartbeatEcho: true,
  });
  const after = await reopen();
  assert.deepEqual(after.devices.byToken(before.token as string), before.device);
});

test('after a refusal nothing is left behind', (t) => {
  const { store } = freshStore(t);
  assert.throws(
    () => store.devices.add({ name: 'x', parent: 'none', address: '1', framing: 'line' }),
    code('PARENT_UNKNOWN'),
  );
  assert.equal(store.devices.get('x'), undefined);
  assert.equal(store.health().ok, true);
});

test('a device has a revision, which each change of it raises, and which is never used again', async (t) => {
  const { store } = freshStore(t);
  const first = store.devices.add({ name: 'a' }).device.revision;
  const second = store.devices.edit('a', { label: 'x' }).revision;
  assert.ok(second > first);
  store.devices.rotateToken('a');
  assert.equal(store.devices.get('a')?.revision, second, 'the token is no part of what is edited');
  store.devices.editWhere({ prefix: 'a' }, { label: 'y' }, { dryRun: true });
  assert.equal(store.devices.get('a')?.revision, second, 'a dry run changes nothing');
  store.devices.editWhere({ prefix: 'a' }, { label: 'y' });
  const third = store.devices.get('a')?.revision as number;
  assert.ok(third > second);
  store.devices.remove('a');
  assert.ok(store.devices.add({ name: 'a' }).device.revision > third);
});
