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
