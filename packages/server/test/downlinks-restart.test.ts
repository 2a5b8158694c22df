/** Commands over a stop of the service: what their sender is told, who gets what how often, and how long they are kept. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dial, eventually, scratch, start } from './running.ts';

const LOGIN = '787811010863586038760942a00132000001768f0d0a';
const ANSWER = '78780f1507000000004f4b210002000494900d0a';

test('a command whose answer is awaited when the service stops is told by its key, and comes as often as it may', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  writeFileSync(
    join(dir, 'fairlead.yaml'),
    'listeners:\n  trackers: {listen: "127.0.0.1:0", profiles: [gt06]}\n',
  );
  const path = (name: string) => `/api/v1/devices/${name}/downlinks`;
  const command = (name: string) => ({
    kind: 'command',
    values: { method: 'relay', params: { on: true } },
    until: 'acknowledged',
    keep: '1h',
    key: 'order-7',
    wait: 10_000,
    delivery: name === 'once' ? 'at-most-once' : 'at-least-once',
  });
  const commands = (received: string) => received.split('52656c61792c31').length - 1; // Relay,1
  const tracker = async (address: string) => {
    const socket = await dial(address);
    t.after(() => socket.destroy());
    const made = { received: '', send: (hex: string) => void socket.write(Buffer.from(hex, 'hex')) };
    socket.on('data', (chunk) => {
      made.received += chunk.toString('hex');
    });
    made.send(LOGIN);
    await eventually(() => made.received !== '');
    return made;
  };
  for (const name of ['once', 'often'] as const) {
    let outcome: Promise<unknown>;
    {
      await using running = await start(dir);
      const body = { name, profile: 'gt06', identity: '863586038760942' };
      assert.equal((await running.call('POST', '/api/v1/devices', body)).status, 201);
      const device = await tracker(running.service.addresses.listeners.trackers as string);
      outcome = running.call('POST', path(name), command(name)).catch((error) => error);
      await eventually(() => commands(device.received) === 1);
    }
    await outcome; // whatever it is: it does not hang
    await using running = await start(dir);
    const device = await tracker(running.service.addresses.listeners.trackers as string);
    if (name === 'often') {
      await eventually(() => commands(device.received) === 1);
      device.send(ANSWER);
    }
    const { json } = await running.call('POST', path(name), command(name));
    if (name === 'once') {
      assert.deepEqual([json.code, commands(device.received)], ['DOWNLINK_FAILED', 0]);
      assert.match(json.detail, /DOWNLINK_UNCERTAIN|may have/);
    } else assert.equal(json.status, 'acknowledged');
    const listed = await running.call('GET', `/api/v1/downlinks?device=${name}`);
    assert.equal(listed.json.length, 1);
    await running.call('DELETE', `/api/v1/devices/${name}`);
  }
});

test('the time of a command goes on while the service does not run', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  let id = '';
  {
    await using running = await start(dir);
    await running.call('POST', '/api/v1/devices', { name: 'meter' });
    const body = { values: { n: 1 }, keep: '100ms', key: 'k' };
    id = (await running.call('POST', '/api/v1/devices/meter/downlinks', body)).json.id;
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
  await using running = await start(dir);
  assert.equal((await running.call('GET', `/api/v1/downlinks/${id}`)).json.state, 'expired');
  const again = { values: { n: 1 }, keep: '1h', key: 'k', until: 'written', wait: 100 };
  const { json } = await running.call('POST', '/api/v1/devices/meter/downlinks', again);
  assert.equal(json.code, 'DOWNLINK_FAILED', 'the key is that of the one that has expired');
});
