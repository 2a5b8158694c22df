/** SIGTERM while everything is busy: the service ends within its bound, and loses nothing that it acknowledged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, freePort, startMosquitto } from '@fairlead/testkit';
import { BareDevice, RunningService, Subscriber } from './running.ts';
import { attributes, auth, peersFor } from './world.ts';

test('SIGTERM while devices send all the time, the bus is away, a script hangs, and a device reads nothing', async (t) => {
  if (!peersFor(t)) return;
  const port = await freePort();
  const config = ['listeners:', '  official: {durability: journal}', 'stop: {grace: 15s}'].join('\n');
  const environment = { FAIRLEAD_BUS__KIND: 'mqtt', FAIRLEAD_BUS__MQTT__URL: `mqtt://127.0.0.1:${port}` };
  await using service = await RunningService.start(environment, undefined, config);
  const senders = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const device = await BareDevice.dial(service.ports.official);
      t.after(() => device.socket.destroy());
      device.send(auth(await service.add(name, '--ack', '06')));
      let n = 0;
      const timer = setInterval(() => !device.closed && device.send(attributes({ n: ++n })), 1);
      t.after(() => clearInterval(timer));
      return { name, device };
    }),
  );
  const script = 'export function uplink() { for (;;); }';
  const hanging = await BareDevice.dial(service.ports.custom);
  t.after(() => hanging.socket.destroy());
  const { folder } = service;
  const file = `${folder}/hang.ts`;
  await import('node:fs/promises').then(({ writeFile }) => writeFile(file, script));
  hanging.send(
    `${await service.add('hanging', '--protocol', 'custom', '--framing', 'line', '--uplink', file)}\n`,
  );
  const flood = setInterval(() => !hanging.closed && hanging.send('x\n'), 5);
  t.after(() => clearInterval(flood));
  const slow = await BareDevice.dial(service.ports.official);
  t.after(() => slow.socket.destroy());
  slow.send(auth(await service.add('slow')));
  await eventually(async () => (await service.metric('fairlead_devices_online')) === 5, 'all are online');
  slow.socket.pause();
  await eventually(() => senders.every(({ device }) => device.received.length > 50), 'many are acknowledged');

  const begun = performance.now();
  const code = await service.stop('SIGTERM');
  const took = performance.now() - begun;
  assert.ok(took < 15_000, `${took} ms`);
  assert.equal(code, 0, service.log.slice(-1_000));
  assert.ok(senders.every(({ device }) => device.closed));

  await using _broker = await startMosquitto({ port });
  using subscriber = await Subscriber.start(port);
  await service.restart();
  for (const { name, device } of senders) {
    const acknowledged = device.received.filter((byte) => byte === 6).length;
    await subscriber.see(`devices/${name}/attributes {"n":${acknowledged}}`);
    const numbers = subscriber.on(`devices/${name}/attributes`).map((text) => JSON.parse(text).n as number);
    const first = new Set(numbers.filter((n) => n <= acknowledged));
    assert.equal(first.size, acknowledged, name);
  }
});
