/** Fairlead in the place of the TCP service of ThingsPanel: a double of the platform, and a real Mosquitto with users. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createLog, loadConfig, type Service, startService } from '@fairlead/server';
import { eventually, freePort, type Mosquitto, requirePeer, startMosquitto } from '@fairlead/testkit';
import { PlatformDouble } from '../interop/thingspanel/platform.ts';
import { thingspanelSoak } from '../soak/thingspanel.ts';
import { BareDevice } from './running.ts';

const METER = 'b79f6640-8c11-b7ca-608a-f943bb1e2183';
const HUB = '59034d98-8739-aae1-d5f6-c1f2705d5510';
const VALVE = '2072aae3-596c-3977-4a14-b127dcef41e0';
const BRIDGE = '7c3c9d1e-0f6b-4b0a-9d53-6f6f3f2a1b04';

/** Every device may publish what is its own, and nothing else. */
const ACL = `user root
topic readwrite #
user ${METER}
topic write device/attributes
topic write device/event
user ${HUB}
topic write gateway/attributes
topic write gateway/event
`;

interface World {
  readonly broker: Mosquitto;
  readonly platform: PlatformDouble;
  readonly folder: string;
  readonly ports: { readonly official: number; readonly custom: number };
  readonly logged: string[];
  service: Service;
  restart(): Promise<void>;
  dial(protocol: 'official' | 'custom'): Promise<BareDevice>;
  why(name: string): Promise<string>;
  got(topic: string): string[];
}

async function world(
  t: TestContext,
  options: { users?: boolean; config?: string; down?: boolean; durability?: string } = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-thingspanel-'));
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const acl = join(folder, 'acl');
  writeFileSync(acl, ACL, { mode: 0o600 });
  const broker = await startMosquitto(
    options.users === true ? { users: { root: 'root' } } : { config: [`acl_file ${acl}`, 'log_type all'] },
  );
  stack.defer(() => broker.stop());
  const platform = await PlatformDouble.start({ url: broker.url, user: 'root', password: 'root' });
  stack.use(platform);
  platform.devices.set(METER, { Id: 'meter/7', ProtocolType: 'tcp', DeviceType: '1', DeviceConfig: null });
  platform.devices.set(HUB, { Id: 'hub-1', ProtocolType: 'tcp', DeviceType: '2' });
  const buffers = { InBoundByteLength: 1, OutBoundByteLength: 1 };
  platform.devices.set(VALVE, {
    Id: 'valve-1',
    ProtocolType: 'raw-tcp',
    DeviceType: '1',
    DeviceConfig: buffers,
  });
  platform.devices.set(BRIDGE, {
    Id: 'bridge-1',
    ProtocolType: 'raw-tcp',
    DeviceType: '2',
    DeviceConfig: buffers,
  });
  if (options.down) await platform.hang();
  const ports = { official: await freePort(), custom: await freePort() };
  writeFileSync(
    join(folder, 'fairlead.yaml'),
    `preset: thingspanel
http: {listen: '127.0.0.1:0'}
bus: {embedded: {listen: off}}
listeners: {official: {listen: '127.0.0.1:0', durability: ${options.durability ?? 'memory'}}, custom: {listen: '127.0.0.1:0'}}
thingspanel:
  platform: ${platform.url}
  timeout: 3s
  cache: {fresh: 0s}
  mqtt: {url: '${broker.url}', user: root}
  http: {official: '127.0.0.1:${ports.official}', custom: '127.0.0.1:${ports.custom}'}
${options.config ?? ''}`,
  );
  const logged: string[] = [];
  const start = () => {
    const { config } = loadConfig({
      cwd: folder,
      env: { FAIRLEAD_THINGSPANEL__MQTT__PASSWORD: 'root' },
    });
    const stream = { write: (line: string) => void logged.push(line) };
    return startService({
      config,
      log: createLog({ level: 'debug', format: 'json', terminal: false, stream }),
    });
  };
  const made: World = {
    broker,
    platform,
    folder,
    ports,
    logged,
    service: await start(),
    async restart() {
      await made.service.close();
      made.service = await start();
    },
    async dial(protocol) {
      const device = await BareDevice.dial(Number(made.service.addresses.listeners[protocol]?.split(':')[1]));
      stack.defer(() => void device.socket.destroy());
      return device;
    },
    async why(name) {
      const token = readFileSync(join(folder, 'fairlead-data', 'admin-token'), 'utf8').trim();
      const answer = await fetch(`http://${made.service.addresses.http}/api/v1/devices/${name}/why`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return ((await answer.json()) as { sentence: string }).sentence;
    },
    got: (topic) => platform.messages.filter((message) => message.topic === topic).map(({ text }) => text),
  };
  stack.defer(() => made.service.close());
  return made;
}

function packet(command: number, payload: string): Buffer {
  const body = Buffer.from(payload);
  const head = Buffer.from([0x54, 0x50, 0, command, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

const gone = (device: BareDevice) => eventually(() => device.closed, 'its link ends', 15_000);

const noSecrets = ({ logged, platform }: World) => {
  for (const token of platform.devices.keys())
    assert.equal(
      logged.find((line) => line.includes(token)),
      undefined,
      'no token is in the log',
    );
  assert.deepEqual(platform.problems, []);
};

describe('preset: thingspanel', { concurrency: true }, () => {
  it('speaks the official protocol over a connection of each device, for standard and gateway devices', async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const all = await world(t);
    const { platform, broker, got } = all;
    platform.delay = 300;
    const meter = await all.dial('official');
    meter.send(Buffer.concat([packet(0, METER), packet(1, '{"temperature":36.50}'), packet(1, 'not JSON')]));
    const hub = await all.dial('official');
    hub.send(packet(0, HUB));
    hub.send(packet(1, '{"3c20c6206":{"temperature":36.5,"humidity":52}}'));
    hub.send(packet(2, '{"3c20c6206":{"method":"warning","params":{"battery":0}}}'));
    meter.send(packet(2, '{"method":"warning","params":{"battery":0}}'));
    await eventually(
      () => got('device/event').length === 1 && got('gateway/event').length === 1,
      'the events',
    );
    assert.deepEqual(got('device/attributes'), ['{"temperature":36.50}', 'not JSON'], 'as they came');
    assert.deepEqual(got('gateway/attributes'), ['{"3c20c6206":{"temperature":36.5,"humidity":52}}']);
    assert.match(broker.log(), new RegExp(`k30, u'${METER}'`), 'its token is its user');
    assert.match(broker.log(), new RegExp(`k30, u'${HUB}'`));
    assert.deepEqual(got('device/status').sort(), [
      JSON.stringify({ accessToken: HUB, values: { status: '1' } }),
      JSON.stringify({ accessToken: METER, values: { status: '1' } }),
    ]);
    assert.equal(all.service.store.devices.get('meter-7')?.label, 'ThingsPanel meter/7');

    await platform.send(METER, '{"target":  4.0}');
    await platform.send(HUB, '{"3c20c6206":{"on":true}}');
    await eventually(() => meter.received.length > 0 && hub.received.length > 0, 'the downlinks');
    assert.equal(meter.received.toString(), '{"target":  4.0}', 'bare bytes, as upstream writes them');
    assert.equal(hub.received.toString(), '{"3c20c6206":{"on":true}}');

    meter.socket.destroy();
    const offline = JSON.stringify({ accessToken: METER, values: { status: '0' } });
    await eventually(() => got('device/status').includes(offline), 'offline');
    await eventually(() => broker.log().split('disconnected').length > 1, 'its connection ends');
    noSecrets(all);
  });

  it('speaks the custom protocol over the shared connection', async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const all = await world(t);
    const { platform, got } = all;
    const valve = await all.dial('custom');
    valve.send(`${VALVE}\n`);
    await eventually(() => got('device/status').length === 1, 'online');
    valve.send(Buffer.from([0xff, 0, 1]));
    const bridge = await all.dial('custom');
    bridge.send(BRIDGE); // the end of the token is told by the silence after it
    await eventually(() => got('device/status').length === 2, 'online');
    bridge.send('abc');
    await eventually(() => got('gateway/attributes').length === 1, 'the bytes');
    assert.deepEqual(got('device/attributes'), [`{"token":"${VALVE}","values":"/wAB"}`]);
    assert.deepEqual(got('gateway/attributes'), [`{"token":"${BRIDGE}","values":"YWJj"}`]);
    await platform.send(VALVE, Buffer.from([0, 0xfe, 0xff]));
    await eventually(() => valve.received.length === 3, 'the downlink');
    assert.deepEqual(valve.received, Buffer.from([0, 0xfe, 0xff]));
    await platform.send('unknown', 'x');
    await eventually(
      () => all.logged.some((line) => line.includes('THINGSPANEL_DOWNLINK_FAILED')),
      'it is told',
    );
    noSecrets(all);
  });

  it('serves the calls of the platform: forms, update, delete', async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const all = await world(t);
    const { platform, ports, service, got } = all;
    const form = (await platform.call(ports.custom, '/api/form/config')).json as {
      data: { config: { dataKey: string }[] };
    };
    assert.deepEqual(
      form.data.config.map(({ dataKey }) => dataKey),
      ['inbound_buffer_size', 'outbound_buffer_size'],
    );
    assert.deepEqual((await platform.call(ports.official, '/api/form/config')).json, {
      data: { config: [] },
    });
    const valve = await all.dial('custom');
    valve.send(`${VALVE}\n`);
    await eventually(() => got('device/status').length === 1, 'online');
    assert.equal(service.store.devices.get('valve-1')?.inboundBuffer, 1_024);

    const buffers = { InBoundByteLength: 4, OutBoundByteLength: 2 };
    platform.devices.set(VALVE, {
      Id: 'valve-1',
      ProtocolType: 'raw-tcp',
      DeviceType: '1',
      DeviceConfig: buffers,
    });
    const answer = await platform.call(ports.custom, '/api/device/config/update', { AccessToken: VALVE });
    assert.deepEqual(answer, { status: 200, json: { code: 0, message: 'success' } });
    await eventually(() => service.store.devices.get('valve-1')?.inboundBuffer === 4_096, 'the new size');
    assert.equal(service.store.devices.get('valve-1')?.outboundBuffer, 2_048);

    const again = await all.dial('custom');
    again.send(`${VALVE}\n`);
    await eventually(() => service.gateway.presence('valve-1').status === 'online', 'it is back');
    platform.devices.delete(VALVE);
    platform.problems.length = 0;
    await platform.call(ports.custom, '/api/device/config/delete', { data: { DeviceId: 'valve-1' } });
    await gone(again);
    assert.equal(service.store.devices.get('valve-1'), undefined);
    const refused = await all.dial('custom');
    refused.send(`${VALVE}\n`);
    await gone(refused);
    const codes = () => service.gateway.links().map(({ code }) => code);
    await eventually(() => codes().includes('AUTH_TOKEN_UNKNOWN'), 'it is unknown');

    platform.devices.set(VALVE, { Id: 'valve-1', ProtocolType: 'raw-tcp', DeviceType: '1' });
    await platform.call(ports.custom, '/api/device/config/add', { AccessToken: VALVE });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const added = await all.dial('custom');
    added.send(`${VALVE}\n`);
    await eventually(() => service.gateway.presence('valve-1').status === 'online', 'it may enter at once');
    for (const [method, path, body, status] of [
      ['GET', '/api/device/config/add', undefined, 405],
      ['POST', '/api/device/config/add', 'no JSON', 400],
      ['POST', '/api/device/config/other', '{}', 404],
      ['POST', '/api/device/config/add', 'x'.repeat(70_000), 413],
    ] as const) {
      const response = await fetch(`http://127.0.0.1:${ports.custom}${path}`, {
        method,
        ...(body && { body }),
      });
      assert.equal(response.status, status);
    }
  });

  it('lets in whom it knows while the platform is away, lies or is slow, and nobody else', async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const all = await world(t, { down: true });
    const { platform, logged } = all;
    const codes = () => all.service.gateway.links().flatMap(({ code }) => code ?? []);
    const stranger = await all.dial('official');
    stranger.send(packet(0, METER));
    await gone(stranger);
    await eventually(() => codes().includes('THINGSPANEL_UNREACHABLE'), 'it was never confirmed');
    await platform.listen();
    for (const [mood, code] of [
      ['lies', 'THINGSPANEL_ANSWER_WRONG'],
      ['endless', 'THINGSPANEL_ANSWER_INVALID'],
      ['not JSON', 'THINGSPANEL_ANSWER_INVALID'],
      ['fails', 'THINGSPANEL_UNREACHABLE'],
    ] as const) {
      platform.mood = mood;
      const device = await all.dial('official');
      device.send(packet(0, METER));
      await gone(device);
      await eventually(() => codes()[0] === code, mood);
    }
    platform.mood = 'well';
    platform.delay = 1_500;
    const meter = await all.dial('official');
    meter.send(Buffer.concat([packet(0, METER), packet(1, '{"n":1}')]));
    await eventually(() => all.got('device/attributes').length === 1, 'a slow answer is waited for');
    assert.equal(statSync(join(all.folder, 'fairlead-data', 'admin-token')).mode & 0o777, 0o600);

    await platform.hang();
    await all.restart();
    const file = join(all.folder, 'fairlead-data', 'thingspanel-devices.json');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const back = await all.dial('official');
    back.send(Buffer.concat([packet(0, METER), packet(1, '{"n":2}')]));
    await eventually(() => all.got('device/attributes').includes('{"n":2}'), 'it is known from before');
    assert.match(
      await all.why('meter-7'),
      /its platform did not confirm it: The device "meter-7" entered by an answer of ThingsPanel that is \d+ s old/,
    );
    assert.ok(logged.some((line) => line.includes('THINGSPANEL_STALE')));

    platform.devices.set('other', { Id: 'other', ProtocolType: 'tcp', DeviceType: '1' });
    platform.devices.delete(METER);
    platform.delay = 0;
    await platform.listen();
    await gone(back); // the platform answers again, and refuses it
    assert.equal(
      all.logged.find((line) => line.includes(METER)),
      undefined,
    );
  });

  it('names a device whose user the broker refuses, while others go on; with shared connections nothing needs a user', async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const all = await world(t, { users: true });
    const meter = await all.dial('official');
    meter.send(packet(0, METER));
    await eventually(
      () => all.logged.some((line) => line.includes('THINGSPANEL_USER_REFUSED')),
      'the refusal',
    );
    meter.send(packet(1, '{"n":1}'));
    const refusal = () => all.service.gateway.links().find(({ device }) => device === 'meter-7')?.lastRefusal;
    await eventually(
      () => refusal()?.includes('refuses the user') === true,
      'the message is refused by name',
    );
    const valve = await all.dial('custom');
    valve.send(`${VALVE}\n`);
    await eventually(() => all.got('device/status').length === 2, 'online');
    valve.send('abc');
    await eventually(() => all.got('device/attributes').length === 1, 'another device is not held up');
    noSecrets(all);

    const shared = await world(t, { users: true, config: '  connections: shared\n' });
    const hub = await shared.dial('official');
    hub.send(Buffer.concat([packet(0, HUB), packet(1, '{"3c20c6206":{"t":1}}')]));
    hub.send(packet(2, '{"3c20c6206":{"method":"warning","params":{}}}'));
    await eventually(() => shared.got('gateway/event').length === 1, 'the event');
    assert.deepEqual(shared.got('gateway/attributes'), [`{"token":"${HUB}","values":{"3c20c6206":{"t":1}}}`]);
    noSecrets(shared);
  });

  it('loses nothing that was acknowledged when the service is killed a dozen times', {
    timeout: 150_000,
  }, async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const { broken, summary } = await thingspanelSoak({ rounds: 12, seed: 7, report() {} });
    assert.deepEqual(broken, [], summary);
    assert.match(summary, /12 kills, [1-9]\d+ messages/);
  });

  it('sends what a journal kept while broker and platform were away, under the user of a device that is not connected', async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const all = await world(t, { durability: 'journal' });
    const { broker, platform, got } = all;
    const meter = await all.dial('official');
    meter.send(Buffer.concat([packet(0, METER), packet(1, '{"n":1}')]));
    await eventually(() => got('device/attributes').length === 1, 'it works');
    await broker.end();
    await platform.hang();
    meter.send(packet(1, '{"n":2}'));
    const journaled = () => all.service.store.values.get('meter-7')?.values.n?.value === 2;
    await eventually(journaled, 'it is read');
    meter.socket.destroy();
    await all.service.close();
    await broker.restart();
    await platform.ready();
    await all.restart();
    await eventually(() => got('device/attributes').includes('{"n":2}'), 'it comes', 20_000);
    assert.deepEqual(platform.problems, []);
  });
});
