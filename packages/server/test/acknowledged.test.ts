/** Commands whose answers real profiles find: GT06 by the server's flag, JT/T 808 by the serial number, Teltonika by the order. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { dial, eventually, packet, type Running, scratch, start } from './running.ts';

const devices = {
  gt06: {
    identity: '863586038760942',
    login: '787811010863586038760942a00132000001768f0d0a',
    answer: '78780f1507000000004f4b210002000494900d0a',
  },
  jt808: {
    identity: '13912345678',
    login: '7e0102000c01391234567800023031333931323334353637383e7e',
    answer: '7e0001000501391234567800050000810500b57e',
  },
  teltonika: {
    identity: '356307042441013',
    login: '000f333536333037303432343431303133',
    answer: '00000000000000190c010600000011444f5554313a302054696d656f75743a300100008e91',
  },
};

type Outcome = Promise<{ status: number; json: { status?: string; code?: string; detail?: string } }>;

/** A device that is connected, and a command to it whose answer is waited for. */
async function connected(t: TestContext, running: Running, profile: keyof typeof devices) {
  const { identity, login } = devices[profile];
  await running.call('POST', '/api/v1/devices', { name: profile, profile, identity });
  const socket: Socket = await dial(running.service.addresses.listeners.trackers as string);
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('hex');
  });
  const send = (hex: string) => void socket.write(Buffer.from(hex, 'hex'));
  send(login);
  await eventually(() => received !== '');
  return {
    send,
    /** Resolves when the device has the command. */
    async command(more: object = {}): Promise<{ outcome: Outcome }> {
      const before = received.length;
      const values = { method: 'relay', params: { on: true } };
      const body = { kind: 'command', values, until: 'acknowledged', ...more };
      const outcome = running.call('POST', `/api/v1/devices/${profile}/downlinks`, body);
      await eventually(() => received.length > before);
      return { outcome };
    },
  };
}

async function service(t: TestContext): Promise<Running> {
  const { dir, remove } = scratch();
  t.after(remove);
  const listener = 'trackers: {listen: "127.0.0.1:0", profiles: [gt06, jt808, teltonika]}';
  writeFileSync(join(dir, 'fairlead.yaml'), `listeners:\n  ${listener}\n`);
  const running = await start(dir);
  t.after(() => running.service.close());
  return running;
}

for (const profile of ['gt06', 'jt808', 'teltonika'] as const) {
  test(`${profile}: the answer acknowledges its command`, async (t) => {
    const running = await service(t);
    const device = await connected(t, running, profile);
    const { outcome } = await device.command();
    device.send(devices[profile].answer);
    const { status, json } = await outcome;
    assert.deepEqual([status, json.status], [200, 'acknowledged']);
    // A second answer names a command that waits no more. Those of Teltonika name none.
    if (profile !== 'teltonika') device.send(devices[profile].answer);
    const { outcome: silent } = await device.command({ wait: 50 });
    assert.equal((await silent).json.code, 'DOWNLINK_TIMEOUT');
  });
}

test('gt06: the answer to another command acknowledges nothing', async (t) => {
  const running = await service(t);
  const device = await connected(t, running, 'gt06');
  const first = await device.command({ wait: 200 });
  const second = await device.command({ wait: 10_000 });
  device.send('78780f1507000000014f4b2100020004152f0d0a');
  assert.equal((await second.outcome).json.status, 'acknowledged');
  assert.equal((await first.outcome).json.code, 'DOWNLINK_TIMEOUT');
});

test('jt808: a terminal that did not do it is told with its reason', async (t) => {
  const running = await service(t);
  const device = await connected(t, running, 'jt808');
  const { outcome } = await device.command();
  device.send('7e0001000501391234567800050000810503b67e');
  const { status, json } = await outcome;
  assert.deepEqual([status, json.code], [422, 'DOWNLINK_REFUSED']);
  assert.match(json.detail ?? '', /not supported/);
});

test('the link ends while the answer is awaited: the sender is told', async (t) => {
  const running = await service(t);
  const device = await connected(t, running, 'teltonika');
  const { outcome } = await device.command();
  for (const { id } of running.service.gateway.links()) running.service.gateway.kill(id);
  assert.equal((await outcome).json.code, 'LINK_KILLED');
});

test('the official protocol has no acknowledgements: nothing is sent', async (t) => {
  const running = await service(t);
  const added = await running.call('POST', '/api/v1/devices', { name: 'meter' });
  const socket = await dial(running.service.addresses.listeners.official as string);
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(packet(0, 0, added.json.token));
  await eventually(() => running.service.gateway.presence('meter').status === 'online');
  const send = (body: object) => running.call('POST', '/api/v1/devices/meter/downlinks', body);
  const { json } = await send({ values: { a: 1 }, until: 'acknowledged' });
  assert.equal(json.code, 'DOWNLINK_NOT_ACKNOWLEDGEABLE');
  assert.equal((await send({ values: { b: 2 }, until: 'written' })).json.status, 'written');
  await eventually(() => received.includes('{"b":2}'));
  assert.ok(!received.includes('{"a":1}'));
});
