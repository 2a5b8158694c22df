/** Devices as they left the factory, written in another language, on one port of the service. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { eventually, freePort, peerEnvironment, requirePeer } from '@fairlead/testkit';
import { BareDevice, type Json, packet, RunningService, Subscriber } from './running.ts';

const INTEROP = join(import.meta.dirname, '../interop');

/** A program of `interop/`; its lines are JSON. */
function device(t: TestContext, program: string, port: number, ...args: string[]): Json[] {
  const child = spawn('python3', [join(INTEROP, program), '127.0.0.1', String(port), ...args], {
    env: peerEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const lines: Json[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  return lines;
}

async function serviceWith(t: TestContext, settings: string) {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const port = await freePort();
  const config = `listeners:\n  field: {listen: "127.0.0.1:${port}", ${settings}}\n`;
  const service = stack.use(await RunningService.start({}, undefined, config));
  const subscriber = stack.use(await Subscriber.start(service.ports.mqtt as number));
  return { service, subscriber, port };
}

const peersFor = (t: TestContext) => ['python3', 'mosquitto_sub'].every((program) => requirePeer(t, program));

describe('one port for trackers, a laboratory and the official protocol', () => {
  const settings = 'profiles: [gt06, teltonika, hl7_mllp, official], unknown: inbox';

  it('tells them apart, answers each, and publishes what they say', async (t) => {
    if (!peersFor(t)) return;
    const { service, subscriber, port } = await serviceWith(t, settings);
    for (const [name, profile, id] of [
      ['van', 'gt06', '863586038760942'],
      ['truck', 'teltonika', '352093081452251'],
      ['lab', 'hl7_mllp', 'ANALYSER@WARD'],
    ] as const)
      assert.equal(
        (await service.cli('device', 'add', name, '--profile', profile, '--id', id)).code,
        0,
        name,
      );
    const token = await service.add('panel');

    const van = device(t, 'gt06_tracker.py', port, '863586038760942');
    const truck = device(t, 'teltonika_tracker.py', port, '352093081452251');
    const lab = device(t, 'hl7_sender.py', port, 'ANALYSER');
    const panel = await BareDevice.dial(port);
    t.after(() => panel[Symbol.dispose]());
    panel.send(Buffer.concat([packet(0, 0, token), packet(0, 1, '{"pressed":true}')]));

    await subscriber.see('devices/panel/attributes {"pressed":true}');
    await eventually(() => van.length >= 2, 'the login and the heartbeat of the GT06 are answered');
    assert.deepEqual(
      van.slice(0, 2).map(({ number, good }: Json) => [number, good]),
      [
        [0x01, true],
        [0x13, true],
      ],
    );
    const fix = await lastOf(subscriber, 'devices/van/attributes', 'latitude');
    assert.deepEqual([fix.latitude.toFixed(4), fix.longitude.toFixed(4)], ['-33.4379', '-70.6497']);

    await eventually(() => truck.length === 2, 'the packet of the Teltonika is acknowledged');
    assert.deepEqual(truck, [{ login: '01' }, { acknowledged: 2 }]);
    const road = await lastOf(subscriber, 'devices/truck/attributes', 'latitude');
    assert.deepEqual([road.latitude.toFixed(6), road.ignition], ['55.951119', true]);

    await eventually(() => lab.length === 2, 'both results of the analyser are answered');
    for (const [i, { answer }] of lab.entries()) assert.match(answer, new RegExp(`MSA\\|AA\\|M${i + 1}`));
  });

  it('keeps a tracker that nobody registered, and delivers what it sent once it is enrolled', async (t) => {
    if (!peersFor(t)) return;
    const { service, subscriber, port } = await serviceWith(t, settings);
    const van = device(t, 'gt06_tracker.py', port, '353419036066061');
    let entry: Json;
    await eventually(async () => {
      [entry] = (await service.cli('inbox', 'ls')).json;
      return entry !== undefined;
    }, 'the tracker is in the inbox');
    assert.deepEqual([entry.profile, entry.identity, entry.connected], ['gt06', '353419036066061', true]);
    assert.equal(van.length, 0, 'an unknown device is not answered');
    assert.equal((await service.cli('inbox', 'enroll', entry.id, '--name', 'van')).code, 0);
    await eventually(() => van.length >= 2, 'the tracker is answered');
    await lastOf(subscriber, 'devices/van/attributes', 'latitude');
    assert.deepEqual((await service.cli('inbox', 'ls')).json, []);
  });
});

/** The newest message on a topic that has this key. */
async function lastOf(subscriber: Subscriber, topic: string, key: string): Promise<Json> {
  const found = () =>
    subscriber
      .on(topic)
      .map((text) => JSON.parse(text) as Json)
      .filter((values) => key in values);
  await eventually(() => found().length > 0, `${key} on ${topic}`);
  return found().at(-1);
}
