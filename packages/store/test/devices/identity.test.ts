import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { code, freshStore, profile } from '../helpers.ts';

const FINGERPRINT = 'ab'.repeat(32);

const IMEI = '863586038760942';

test('a device is known by its identity within its profile, and has no token', (t) => {
  const { store } = freshStore(t);
  const added = store.devices.add({ name: 'a', profile: 'tracker', identity: IMEI, parameters: { zone: 1 } });
  assert.equal(added.token, undefined);
  assert.equal(added.device.protocol, 'profile');
  assert.equal(store.devices.byIdentity('tracker', IMEI), store.devices.get('a'));
  assert.equal(store.devices.byIdentity('tracker', '0'), undefined);
  assert.equal(store.devices.byIdentity('other', IMEI), undefined);
  assert.throws(
    () => store.devices.add({ name: 'b', profile: 'tracker', identity: IMEI }),
    code('IDENTITY_TAKEN'),
  );
  store.profiles.put(profile('other', { identity: { by: 'script', frames: 8 } }));
  store.devices.add({ name: 'b', profile: 'other', identity: IMEI });
  assert.equal(store.devices.byIdentity('other', IMEI)?.name, 'b');
  assert.throws(() => store.devices.edit('b', { profile: 'tracker' }), code('IDENTITY_TAKEN'));
  assert.throws(() => store.devices.rotateToken('a'), code('DEVICE_HAS_NO_TOKEN'));
});

test('the look-ups of devices that connect use indexes', async (t) => {
  const { store, dir } = freshStore(t);
  await store.close();
  const db = new DatabaseSync(join(dir, 'fairlead.db'), { readOnly: true });
  t.after(() => db.close());
  const plan = (where: string) =>
    db
      .prepare(`EXPLAIN QUERY PLAN SELECT name FROM devices WHERE ${where}`)
      .all()
      .map(({ detail }) => detail)
      .join();
  assert.match(plan('profile_name = ? AND identity = ?'), /USING INDEX devices_by_identity/);
  assert.match(plan('token_hash = ?'), /USING INDEX/);
  assert.match(plan('parent_id = ? AND address = ?'), /USING INDEX devices_by_address/);
  assert.match(plan('profile_name = ? AND name > ?'), /USING (COVERING )?INDEX devices_by_profile_name/);
});

test('another unit takes the place of a broken one: the identity changes, the device stays', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'a', profile: 'tracker', identity: '1' });
  store.devices.edit('a', { identity: '2' });
  assert.equal(store.devices.byIdentity('tracker', '1'), undefined);
  assert.equal(store.devices.byIdentity('tracker', '2')?.name, 'a');
  assert.throws(() => store.devices.edit('a', { identity: null }), code('DEVICE_INVALID'));
  store.devices.remove('a');
  assert.equal(store.devices.byIdentity('tracker', '2'), undefined);
});

test('what a profile asks of a device', (t) => {
  const { store } = freshStore(t);
  store.profiles.put(profile('slave', { direction: 'dials', identity: { by: 'none' } }));
  store.profiles.put(profile('sealed', { identity: { by: 'script', frames: 8 }, secret: 'required' }));
  store.profiles.put(profile('token', {}));
  const refused = (definition: object, field: string) =>
    assert.throws(
      () => store.devices.add({ name: 'x', ...definition }),
      (error: { code?: string; details?: { field?: string } }) =>
        error.code === 'DEVICE_INVALID' && error.details?.field === field,
      JSON.stringify(definition),
    );
  refused({ profile: 'tracker' }, 'identity');
  refused({ profile: 'tracker', identity: 'a b' }, 'identity');
  refused({ profile: 'tracker', identity: '' }, 'identity');
  refused({ profile: 'tracker', identity: 'x'.repeat(129) }, 'identity');
  refused({ profile: 'tracker', identity: '\u202e1' }, 'identity');
  refused({ profile: 'tracker', identity: '1', token: 'x' }, 'token');
  refused({ profile: 'tracker', identity: '1', protocol: 'official' }, 'protocol');
  refused({ profile: 'tracker', identity: '1', endpoint: 'tcp://a:1' }, 'endpoint');
  refused({ profile: 'token', identity: '1' }, 'identity');
  refused({ profile: 'token', secret: 'x' }, 'secret');
  refused({ framing: 'line', identity: '1' }, 'identity');
  refused({ parameters: { a: 1 } }, 'parameters');
  refused({ profile: 'sealed', identity: '1' }, 'secret');
  refused({ profile: 'slave' }, 'endpoint');
  for (const endpoint of [
    '10.0.0.7',
    'udp://a:1',
    'unix:/x',
    'tcp://:502',
    'tcp://a:0',
    'tcp://a/x:1',
    'tls://a:1?ca=a.pem',
    'tcp://a:1?ca=/a',
  ])
    refused({ profile: 'slave', endpoint }, 'endpoint');
  refused({ profile: 'slave', endpoint: 'tcp://a:1', parameters: [] }, 'parameters');
  refused({ profile: 'slave', endpoint: 'tcp://a:1', parameters: { a: 'x'.repeat(65_536) } }, 'parameters');
  const deep = JSON.parse('['.repeat(17) + ']'.repeat(17));
  refused({ profile: 'slave', endpoint: 'tcp://a:1', parameters: { deep } }, 'parameters');
  store.devices.add({ name: 'gw', type: 'gateway' });
  refused({ parent: 'gw', address: '1', identity: '1' }, 'identity');
  refused({ unknownSubDevices: 'inbox' }, 'unknownSubDevices');
  refused({ type: 'gateway', unknownSubDevices: 'x' }, 'unknownSubDevices');
  assert.equal(store.devices.count(), 1);
  assert.equal(store.devices.edit('gw', { unknownSubDevices: 'inbox' }).unknownSubDevices, 'inbox');
  assert.equal(store.devices.edit('gw', { unknownSubDevices: null }).unknownSubDevices, undefined);
});

test('a new version that asks for more is no reason to refuse other changes', (t) => {
  const { store } = freshStore(t);
  const by = { identity: { by: 'script', frames: 8 } } as const;
  store.profiles.put(profile('later', by));
  store.devices.add({ name: 'a', profile: 'later', identity: '1' });
  store.profiles.put(profile('later', { ...by, secret: 'required' }));
  assert.equal(store.devices.edit('a', { label: 'x' }).label, 'x');
  assert.throws(() => store.devices.edit('a', { identity: '2' }), code('DEVICE_INVALID'));
  assert.equal(store.devices.edit('a', { identity: '2', secret: 's' }).secret, 's');
});

test('a dialled device has an address, and several may have the same', (t) => {
  const { store } = freshStore(t);
  store.profiles.put(profile('slave', { direction: 'dials', identity: { by: 'none' } }));
  for (const unit of [1, 2])
    store.devices.add({ name: `m${unit}`, profile: 'slave', endpoint: '10.0.0.7:502', parameters: { unit } });
  store.devices.add({ name: 'other' });
  assert.deepEqual(
    store.devices.dialled().map(({ name, endpoint, parameters }) => [name, endpoint, parameters]),
    [
      ['m1', 'tcp://10.0.0.7:502', { unit: 1 }],
      ['m2', 'tcp://10.0.0.7:502', { unit: 2 }],
    ],
  );
  const settings = 'tls://[::1]:802?ca=/etc/ca.pem&serverName=m1.lab';
  for (const endpoint of ['tls://[::1]:802', settings])
    assert.equal(store.devices.edit('m1', { endpoint }).endpoint, endpoint);
});

test('a change names single parameters; null takes one back', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'a', profile: 'tracker', identity: '1', parameters: { a: 1, b: [2] } });
  assert.deepEqual(store.devices.edit('a', { parameters: { b: null, c: 3 } }).parameters, { a: 1, c: 3 });
  assert.deepEqual(store.devices.edit('a', { label: 'x' }).parameters, { a: 1, c: 3 });
  assert.equal(store.devices.edit('a', { parameters: null }).parameters, undefined);
});

test('parameters are what the profile declares; text is read as that', (t) => {
  const { store } = freshStore(t);
  const parameterTypes = {
    zone: 'string',
    unit: 'number',
    map: 'list',
    on: 'boolean',
    more: 'object',
  } as const;
  store.profiles.put(profile('slave', { direction: 'dials', parameterTypes }));
  const add = (parameters: object) =>
    store.devices.add({
      name: 'a',
      profile: 'slave',
      endpoint: 'tcp://a:1',
      parameters: parameters as never,
    });
  const reason = (parameters: object) => {
    try {
      add(parameters);
    } catch (error) {
      const { code, details } = error as { code: string; details: { field: string; reason: string } };
      return `${code} ${details.field}: ${details.reason}`;
    }
    return store.devices.remove('a');
  };
  assert.equal(reason({ units: 1 }), 'DEVICE_INVALID parameters.units: did you mean "unit"?');
  assert.equal(reason({ unit: 'x' }), 'DEVICE_INVALID parameters.unit: a number is expected');
  assert.equal(reason({ zone: 7 }), 'DEVICE_INVALID parameters.zone: a string is expected');
  assert.equal(reason({ more: [] }), 'DEVICE_INVALID parameters.more: an object is expected');
  assert.equal(reason({ toString: 1 }).toString().includes('parameters of the profile'), true);
  assert.deepEqual(
    add({ zone: '8', unit: '3', map: '[{"name":"t"}]', on: 'true', more: { a: 1 } }).device.parameters,
    { zone: '8', unit: 3, map: [{ name: 't' }], on: true, more: { a: 1 } },
  );
  assert.deepEqual(store.devices.edit('a', { parameters: { unit: '4', map: null } }).parameters, {
    zone: '8',
    unit: 4,
    on: true,
    more: { a: 1 },
  });
});

test('a secret is encrypted, with a key that only the owner can read', async (t) => {
  const { store, dir, reopen } = freshStore(t);
  const secret = 'a-secret-that-nobody-sees';
  store.devices.add({ name: 'a', profile: 'tracker', identity: '1', secret });
  assert.equal(store.devices.get('a')?.secret, secret);
  const after = await reopen();
  assert.equal(after.devices.byIdentity('tracker', '1')?.secret, secret);
  assert.equal(after.devices.edit('a', { label: 'x' }).secret, secret);
  await after.close();
  for (const name of readdirSync(dir))
    assert.equal(readFileSync(join(dir, name)).includes(secret), false, `${name} holds it`);
  assert.equal(statSync(join(dir, 'device-secrets.key')).mode & 0o777, 0o600);
});

test('another key, or none, is told at start', async (t) => {
  const { store, dir, reopen } = freshStore(t);
  store.devices.add({ name: 'a', profile: 'tracker', identity: '1', secret: 'x' });
  await store.close();
  const file = join(dir, 'device-secrets.key');
  const key = readFileSync(file);
  rmSync(file);
  await assert.rejects(reopen(), code('DEVICE_SECRET_UNREADABLE'));
  writeFileSync(file, 'nonsense');
  await assert.rejects(reopen(), code('DEVICE_KEY_INVALID'));
  writeFileSync(file, key, { mode: 0o644 });
  const again = await reopen();
  assert.equal(again.devices.get('a')?.secret, 'x');
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a key from the environment takes the place of the file', async (t) => {
  const { store, dir, reopen } = freshStore(t, { secretKey: 'AB'.repeat(32) });
  store.devices.add({ name: 'a', profile: 'tracker', identity: '1', secret: 'x' });
  assert.equal(readdirSync(dir).includes('device-secrets.key'), false);
  assert.equal((await reopen({ secretKey: 'ab'.repeat(32) })).devices.get('a')?.secret, 'x');
  await assert.rejects(reopen({ secretKey: 'cd'.repeat(32) }), code('DEVICE_SECRET_UNREADABLE'));
});

test('what the certificates of a device say tells it, and no other one', async (t) => {
  const { store, reopen } = freshStore(t);
  const upper = FINGERPRINT.toUpperCase().replace(/..(?=.)/g, '$&:');
  const { device } = store.devices.add({
    name: 'a',
    certificates: [`fingerprint:${upper}`, 'dns:PLC-7.local', 'dns:plc-7.local'],
  });
  assert.deepEqual(device.certificates, ['dns:plc-7.local', `fingerprint:${FINGERPRINT}`]);
  assert.equal(store.devices.byCertificate(`fingerprint:${FINGERPRINT}`)?.name, 'a');
  const taken = { name: 'b', certificates: ['cn:b', 'dns:plc-7.local'] };
  assert.throws(() => store.devices.add(taken), code('CERTIFICATE_TAKEN'));
  store.devices.add({ name: 'b' });
  assert.throws(
    () => store.devices.edit('b', { label: 'x', certificates: taken.certificates }),
    code('CERTIFICATE_TAKEN'),
  );
  assert.equal(store.devices.get('b')?.label, undefined);
  store.devices.edit('a', { certificates: [`fingerprint:${FINGERPRINT}`, 'cn:a'] });
  assert.equal(
    store.devices.edit('b', { certificates: taken.certificates }).certificates?.length,
    2,
    'it is free again',
  );
  assert.equal(store.devices.edit('b', { label: 'x' }).certificates?.length, 2, 'other changes leave them');
  assert.equal(store.devices.edit('b', { certificates: null }).certificates, undefined);
  store.devices.remove('b');
  const again = await reopen();
  assert.deepEqual(again.devices.get('a')?.certificates, ['cn:a', `fingerprint:${FINGERPRINT}`]);
  again.devices.remove('a');
  assert.equal(again.devices.byCertificate('cn:a'), undefined);
});

test('what no certificate can say is refused', (t) => {
  const { store } = freshStore(t);
  store.devices.add({ name: 'g', type: 'gateway' });
  for (const certificates of [
    'cn:a',
    ['a'],
    ['cn:'],
    ['ou:a'],
    ['fingerprint:ab'],
    [7],
    ['cn:a\n'],
    [`cn:${'x'.repeat(1_025)}`],
    Array.from({ length: 33 }, (_, i) => `cn:${i}`),
  ])
    assert.throws(() => store.devices.add({ name: 'x', certificates } as never), code('DEVICE_INVALID'));
  const behind = { name: 's', parent: 'g', address: '1' };
  assert.throws(() => store.devices.add({ ...behind, certificates: ['cn:s'] }), code('DEVICE_INVALID'));
  assert.throws(
    () => store.devices.add({ ...behind, rate: { messages: 1, per: 1_000 } }),
    code('DEVICE_INVALID'),
  );
  store.devices.add(behind);
  assert.throws(() => store.devices.edit('s', { certificates: ['cn:s'] }), code('DEVICE_INVALID'));
});

test('a device has a rate of its own', async (t) => {
  const { store, reopen } = freshStore(t);
  const rate = { messages: 10, bytes: 1_024, per: 1_000, exceeded: 'refuse' } as const;
  assert.deepEqual(store.devices.add({ name: 'a', rate }).device.rate, rate);
  for (const wrong of [
    { per: 1_000 },
    { messages: 0, per: 1_000 },
    { messages: 1.5, per: 1_000 },
    { messages: 1 },
    { messages: 1, per: 9 },
    { messages: 1, per: 86_400_001 },
    { messages: 1, per: '1s' },
    { messages: 1, per: 1_000, exceeded: 'drop' },
    { messages: 1, per: 1_000, burst: 2 },
    [],
  ])
    assert.throws(() => store.devices.edit('a', { rate: wrong as never }), code('DEVICE_INVALID'));
  store.devices.edit('a', { label: 'x' });
  const again = await reopen();
  assert.deepEqual(again.devices.get('a')?.rate, rate);
  assert.equal(again.devices.edit('a', { rate: null }).rate, undefined);
});
