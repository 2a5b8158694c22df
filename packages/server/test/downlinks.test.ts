/** The ledger through the whole service: HTTP, a restart, a device that comes later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, eventually, packet, scratch, start } from './running.ts';

const PATH = '/api/v1/devices/meter/downlinks';

test('what is kept is listed, cancelled, survives a restart, and reaches the device in order', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  let token = '';
  {
    await using running = await start(dir);
    const { call } = running;
    token = (await call('POST', '/api/v1/devices', { name: 'meter' })).json.token;
    assert.equal((await call('POST', PATH, { values: { n: 0 } })).json.code, 'DEVICE_OFFLINE');
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      const { status, json } = await call('POST', PATH, { values: { n }, keep: '1h', key: `k${n}` });
      assert.deepEqual([status, json.status], [202, 'queued']);
      ids.push(json.id);
    }
    assert.equal((await call('POST', PATH, { values: { n: 2 }, keep: true, key: 'k2' })).json.id, ids[1]);
    assert.equal((await call('DELETE', `/api/v1/downlinks/${ids[1]}`)).json.state, 'cancelled');
    const again = await call('DELETE', `/api/v1/downlinks/${ids[1]}`);
    assert.deepEqual([again.status, again.json.code], [409, 'DOWNLINK_NOT_CANCELLABLE']);
    assert.equal((await call('GET', '/api/v1/downlinks/none')).status, 404);
    const listed = await call('GET', '/api/v1/downlinks?device=meter&state=queued');
    assert.deepEqual(
      listed.json.map(({ id, values }: { id: string; values: object }) => [id, values]),
      [
        [ids[2], { n: 3 }],
        [ids[0], { n: 1 }],
      ],
    );
    assert.deepEqual((await call('GET', `/api/v1/downlinks?until=${new Date(0).toISOString()}`)).json, []);
    assert.equal((await call('GET', '/api/v1/downlinks?since=yesterday')).status, 400);
  }
  await using running = await start(dir);
  const socket = await dial(running.service.addresses.listeners.official as string);
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(packet(0, 0, token));
  await eventually(() => received.includes('{"n":3}'));
  assert.ok(received.indexOf('{"n":1}') >= 0 && received.indexOf('{"n":1}') < received.indexOf('{"n":3}'));
  assert.ok(!received.includes('{"n":2}'));
  await eventually(async () => {
    const { json } = await running.call('GET', '/api/v1/downlinks?state=written');
    return json.length === 2;
  });
  const more = { values: { n: 4 }, key: 'k4', until: 'acknowledged' };
  assert.equal((await running.call('POST', PATH, more)).json.code, 'DOWNLINK_ONLY_WRITTEN');
  const metrics = await running.call('GET', '/metrics');
  assert.match(String(metrics.json), /fairlead_downlinks_total\{outcome="written"\} 3/);
});
