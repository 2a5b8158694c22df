import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InboxEntry } from '@fairlead/gateway';
import { profileFolder } from '../profile.ts';
import { startApi } from './harness.ts';

const ENTRY: InboxEntry = {
  id: 'e1',
  listener: 'trackers',
  profile: 'lines',
  identity: '7',
  remote: '10.0.0.1:4000',
  firstSeen: 1_700_000_000_000,
  lastSeen: 1_700_000_001_000,
  count: 2,
  bytes: 9,
  frames: ['49442037'],
  connected: true,
};

test('unknown devices are listed, shown and dropped', async () => {
  await using api = await startApi();
  api.gateway.unknown = [ENTRY];
  const shown = { ...ENTRY, firstSeen: '2023-11-14T22:13:20.000Z', lastSeen: '2023-11-14T22:13:21.000Z' };
  assert.deepEqual((await api.call('GET', '/api/v1/inbox')).json, [shown]);
  assert.deepEqual((await api.call('GET', '/api/v1/inbox/e1')).json, shown);
  assert.equal((await api.call('DELETE', '/api/v1/inbox/e1')).status, 204);
  assert.equal((await api.call('DELETE', '/api/v1/inbox/e1')).json.code, 'INBOX_UNKNOWN');
  assert.equal((await api.call('GET', '/api/v1/inbox/e1')).status, 404);
});

test('an unknown device is registered with its profile and identity', async () => {
  await using api = await startApi();
  api.store.profiles.put(profileFolder());
  api.gateway.unknown = [ENTRY];
  const enroll = (body: object) => api.call('POST', '/api/v1/inbox/e1/enroll', body);
  assert.equal((await enroll({ name: 'a b' })).json.code, 'DEVICE_NAME_INVALID');
  const { status, json } = await enroll({ name: 'a', label: 'Truck' });
  assert.deepEqual([status, json], [201, { name: 'a', profile: 'lines', identity: '7', connected: true }]);
  assert.equal(api.store.devices.byIdentity('lines', '7')?.label, 'Truck');
  assert.deepEqual(api.gateway.registrations, ['a']);
  assert.equal((await enroll({ name: 'b' })).json.code, 'INBOX_UNKNOWN');
});

test('an unknown sub-device is registered behind its gateway device', async () => {
  await using api = await startApi();
  api.store.devices.add({ name: 'gw', type: 'gateway' });
  api.gateway.unknown = [{ ...ENTRY, parent: 'gw', identity: '3c20' }];
  assert.equal((await api.call('POST', '/api/v1/inbox/e1/enroll', { name: 'a' })).status, 201);
  assert.equal(api.store.devices.byAddress('gw', '3c20')?.name, 'a');
  assert.deepEqual([api.gateway.calls, api.gateway.registrations], [['subDevicesChanged gw'], ['a']]);
});

test('what no profile recognised is shown with the profiles that its bytes fit, and registered with one', async () => {
  await using api = await startApi();
  // The first position of a GT06 tracker, cut behind a whole frame.
  const login = '78780d0103534190360660610003c3df0d0a';
  const unknown = { ...ENTRY, profile: '', identity: '10.0.0.1', connected: false, frames: [`${login}7878`] };
  api.gateway.unknown = [unknown];
  const { guess } = (await api.call('GET', '/api/v1/inbox/e1')).json;
  assert.equal(guess[0].profile, 'gt06');
  assert.match(guess[0].because.join(), /1 with a right checksum.*identifies 353419036066061/);
  assert.equal('guess' in (await api.call('GET', '/api/v1/inbox')).json[0], false);
  const enroll = (body: object) => api.call('POST', '/api/v1/inbox/e1/enroll', body);
  assert.equal((await enroll({ name: 'a' })).json.code, 'INBOX_PROFILE_NEEDED');
  assert.equal((await enroll({ name: 'a', profile: 'gt06' })).json.code, 'INBOX_PROFILE_NEEDED');
  assert.equal((await enroll({ name: 'a', profile: 'no-such', identity: '1' })).status, 404);
  const { status, json } = await enroll({ name: 'a', profile: 'gt06', identity: '353419036066061' });
  assert.deepEqual([status, json.profile, json.identity], [201, 'gt06', '353419036066061']);
  assert.equal(api.store.devices.byIdentity('gt06', '353419036066061')?.name, 'a');
  assert.deepEqual(api.gateway.unknown, []);
});

test('random bytes and no bytes at all are shown without an error', async () => {
  await using api = await startApi();
  for (const frames of [[], ['ff'.repeat(256)]]) {
    api.gateway.unknown = [{ ...ENTRY, profile: '', frames }];
    const { status, json } = await api.call('GET', '/api/v1/inbox/e1');
    assert.deepEqual([status, Array.isArray(json.guess)], [200, true]);
  }
});

test('a device that a profile recognised keeps that profile and identity', async () => {
  await using api = await startApi();
  api.gateway.unknown = [ENTRY];
  const { json } = await api.call('POST', '/api/v1/inbox/e1/enroll', {
    name: 'a',
    profile: 'gt06',
    identity: '1',
  });
  assert.equal(json.code, 'INBOX_PROFILE_KNOWN');
});
