/** Desired states through the whole service: HTTP, MQTT, restarts, a device that comes and goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mqttBus } from '@fairlead/bus';
import { dial, eventually, packet, scratch, start } from './running.ts';

const PATH = '/api/v1/devices/meter/desired';

test('what is desired survives restarts, and is sent until the device reports it', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  let token = '';
  {
    await using running = await start(dir);
    const { call } = running;
    assert.equal((await call('GET', PATH)).json.code, 'DEVICE_UNKNOWN');
    token = (await call('POST', '/api/v1/devices', { name: 'meter' })).json.token;
    assert.equal((await call('GET', PATH)).json.state, 'none');
    assert.equal((await call('GET', '/api/v1/devices/meter')).json.desired, undefined);
    const put = await call('PUT', PATH, { interval: 30, led: { red: 1 } });
    assert.deepEqual([put.status, put.json.version, put.json.state], [200, 1, 'pending']);
    assert.deepEqual((await call('PATCH', PATH, { led: { red: null, blue: 2 } })).json.desired, {
      interval: 30,
      led: { blue: 2 },
    });
    const late = await call('PATCH', `${PATH}?version=1`, { interval: 60 });
    assert.deepEqual([late.status, late.json.code], [409, 'DESIRED_CHANGED']);
    for (const bad of [[1], 'x', 7, { text: 'x'.repeat(20_000) }])
      assert.equal((await call('PUT', PATH, bad)).status, 400);
    const device = (await call('GET', '/api/v1/devices/meter')).json;
    assert.deepEqual(device.desired.differs, { interval: 30, led: { blue: 2 } });
  }

  await using running = await start(dir);
  const { call, service } = running;
  assert.equal((await call('GET', PATH)).json.version, 2);
  const connect = async () => {
    const socket = await dial(service.addresses.listeners.official as string);
    t.after(() => socket.destroy());
    const peer = { socket, received: '' };
    socket.on('data', (chunk) => {
      peer.received += chunk;
    });
    socket.write(packet(0, 0, token));
    return peer;
  };
  const first = await connect();
  await eventually(() => first.received.includes('{"interval":30,"led":{"blue":2}}'));
  first.socket.write(packet(0, 1, '{"interval":30,"led":{"blue":2,"red":9}}'));
  await eventually(async () => (await call('GET', PATH)).json.state === 'reported');
  const { lastSent, downlink } = (await call('GET', PATH)).json;
  assert.ok(Date.parse(lastSent) > 0);
  assert.equal((await call('GET', `/api/v1/downlinks/${downlink}`)).json.key, 'desired:1');

  // Anonymous, on the embedded broker.
  await using mqtt = await mqttBus({ url: `mqtt://${service.addresses.mqtt}` });
  const results: string[] = [];
  await mqtt.subscribe('devices/meter/result', (_, payload) => void results.push(String(payload)));
  mqtt.publish([{ topic: 'devices/meter/desire', payload: '{"interval": 60}' }]);
  await eventually(() => first.received.includes('{"interval":60}'));
  await eventually(() =>
    results.some((text) => text.includes('"kind":"desired","version":3,"status":"kept"')),
  );
  first.socket.destroy();
  const second = await connect();
  await eventually(() => second.received.includes('{"interval":60}'));

  assert.equal((await call('DELETE', PATH)).status, 204);
  const cleared = (await call('GET', PATH)).json;
  assert.deepEqual([cleared.state, cleared.version, cleared.desired], ['none', 4, {}]);
});
