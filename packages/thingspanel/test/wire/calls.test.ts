import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCall } from '../../src/wire/calls.ts';

const change = (body: unknown) => readCall('POST', '/api/device/config/update', JSON.stringify(body));

test('devices are found wherever versions of the platform name them', () => {
  const found = { kind: 'update', tokens: ['t'], ids: ['7'] };
  assert.deepEqual(change({ AccessToken: 't', Id: '7' }), found);
  assert.deepEqual(change({ data: { access_token: 't', device_id: '7' } }), found);
  assert.deepEqual(change([{ DeviceConfig: { Token: 't' }, deviceId: '7' }]), found);
  assert.deepEqual(change({ GatewayId: 'g', tokens: ['x'], AccessToken: '', Id: 7 }), {
    kind: 'update',
    tokens: [],
    ids: [],
  });
});

test('a call is bounded in depth and in the devices that it names', () => {
  let deep: object = { AccessToken: 't' };
  for (let i = 0; i < 10; i++) deep = { deep };
  assert.deepEqual(change(deep), { kind: 'update', tokens: [], ids: [] });
  const many = change(Array.from({ length: 5_000 }, (_, i) => ({ AccessToken: `t${i}` })));
  assert.equal(many.kind === 'update' && many.tokens.length, 100);
});

test('other calls', () => {
  const status = (method: string, path: string, body = '{}') => {
    const call = readCall(method, path, body);
    return call.kind === 'unknown' ? call.status : call.kind;
  };
  assert.equal(status('GET', '/api/form/config', ''), 'form');
  assert.equal(status('POST', '/api/form/config'), 405);
  assert.equal(status('GET', '/api/device/config/add'), 405);
  assert.equal(status('POST', '/api/device/config/toString'), 404);
  assert.equal(status('POST', '/api/device/config/add/more'), 404);
  for (const body of ['', 'null', '7', '{'])
    assert.equal(status('POST', '/api/device/config/add', body), 400, body);
});
