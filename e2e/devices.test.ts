import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventually, requirePeer, startMosquitto } from '@fairlead/testkit';
import { BareDevice, type Json, packet, publish, RunningService, Subscriber } from './running.ts';

const GT06 = join(import.meta.dirname, '../examples/gt06');
const auth = (token: string) => packet(0, 0, token);
const attributes = (values: unknown) => packet(0, 1, JSON.stringify(values));

/** A service and a subscriber on its bus: the embedded broker, or a Mosquitto of its own. */
async function world(t: TestContext, bus: 'embedded' | 'mosquitto') {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  let external: number | undefined;
  const environment: NodeJS.ProcessEnv = {};
  if (bus === 'mosquitto') {
    const broker = stack.use(await startMosquitto());
    external = broker.port;
    Object.assign(environment, { FAIRLEAD_BUS__KIND: 'mqtt', FAIRLEAD_BUS__MQTT__URL: broker.url });
  }
  const service = stack.use(await RunningService.start(environment));
  const port = external ?? (service.ports.mqtt as number);
  const subscriber = stack.use(await Subscriber.start(port));
  const dial = async (listener: 'official' | 'custom') =>
    stack.use(await BareDevice.dial(service.ports[listener]));
  return { service, port, subscriber, dial };
}

function peersFor(t: TestContext): boolean {
  return ['mosquitto', 'mosquitto_sub', 'mosquitto_pub'].every((program) => requirePeer(t, program));
}

for (const bus of ['embedded', 'mosquitto'] as const) {
  describe(`the service, with the ${bus === 'embedded' ? 'embedded broker' : 'broker Mosquitto'}`, () => {
    it('takes readings of the official protocol in any chunking, and sends commands back', async (t) => {
      if (!peersFor(t)) return;
      const { service, port, subscriber, dial } = await world(t, bus);
      const token = await service.add('sensor');
      const sensor = await dial('official');
      const stream = Buffer.concat([
        auth(token),
        packet(1, 0, ''),
        attributes({ temperature: 36.5, humidity: 52 }),
        packet(0, 2, '{"method":"warning","params":{"battery":0}}'),
      ]);
      await sensor.sendBytewise(stream);
      sensor.send(
        Buffer.concat([
          attributes({ glued: 1 }),
          attributes({ glued: 2 }),
          attributes({ half: true }).subarray(0, 12),
        ]),
      );
      sensor.send(attributes({ half: true }).subarray(12));
      await subscriber.see('devices/sensor/attributes {"half":true}');
      assert.deepEqual(subscriber.on('devices/sensor/attributes'), [
        '{"temperature":36.5,"humidity":52}',
        '{"glued":1}',
        '{"glued":2}',
        '{"half":true}',
      ]);
      assert.deepEqual(subscriber.on('devices/sensor/events'), [
        '{"method":"warning","params":{"battery":0}}',
      ]);
      assert.equal(JSON.parse(subscriber.on('devices/sensor/status')[0] as string).status, 'online');
      assert.equal(sensor.received.length, 0, 'nothing is answered unasked');

      assert.equal(await publish(port, 'devices/sensor/set', '{"interval":5}'), 0);
      assert.equal(await publish(port, 'devices/sensor/command', '{"method":"reboot"}'), 0);
      const expected = Buffer.concat([packet(0, 1, '{"interval":5}'), packet(0, 3, '{"method":"reboot"}')]);
      await eventually(() => sensor.received.length >= expected.length, 'the downlinks');
      assert.deepEqual(sensor.received, expected);

      const { json } = await service.cli('device', 'inspect', 'sensor');
      assert.equal(json.values.temperature.value, 36.5);
      sensor.socket.end();
      await eventually(() => subscriber.on('devices/sensor/status').length === 2, 'offline is announced');
      assert.equal(JSON.parse(subscriber.on('devices/sensor/status')[1] as string).status, 'offline');
      const offline = await service.cli('device', 'send', 'sensor', '{"a":1}');
      assert.equal(offline.code, 6);
      assert.match(offline.stderr, /DEVICE_OFFLINE/);
    });

    it('takes the readings of a gateway apart, and addresses commands to sub-devices', async (t) => {
      if (!peersFor(t)) return;
      const { service, subscriber, dial } = await world(t, bus);
      const token = await service.add('gw', '--type', 'gateway');
      await service.add('room', '--parent', 'gw', '--address', '3c20c6206');
      const gateway = await dial('official');
      gateway.send(
        Buffer.concat([
          auth(token),
          attributes({ '3c20c6206': { temperature: 36.5, humidity: 52 }, stranger: { x: 1 } }),
        ]),
      );
      await subscriber.see('devices/room/attributes {"temperature":36.5,"humidity":52}');
      const sent = await service.cli('device', 'send', 'room', '{"valve":"open"}', '--wait', '5s');
      assert.deepEqual([sent.code, sent.json.status], [0, 'written']);
      const expected = packet(0, 1, '{"3c20c6206":{"valve":"open"}}');
      await eventually(() => gateway.received.length >= expected.length, 'the downlink');
      assert.deepEqual(gateway.received, expected);
      const { json: links } = await service.cli('link', 'ls');
      assert.deepEqual(links[0].refusals, { SUBDEVICE_UNKNOWN: 1 });
      assert.equal(
        await service.metric('fairlead_refusals_total{listener="official",code="SUBDEVICE_UNKNOWN"}'),
        1,
      );
    });

    it('decodes the published frames of a GPS tracker to what their source states, and answers them', async (t) => {
      if (!peersFor(t)) return;
      const { service, subscriber, dial } = await world(t, bus);
      const token = await service.add(
        'tracker',
        '--protocol',
        'custom',
        '--framing',
        join(GT06, 'framing.json'),
        '--uplink',
        join(GT06, 'uplink.js'),
      );
      const { vectors } = JSON.parse(readFileSync(join(GT06, 'vectors.json'), 'utf8'));
      const stated = vectors.filter(
        (vector: Json) => vector.record !== undefined && vector.direction !== 'down',
      );
      const tracker = await dial('custom');
      const frames = Buffer.concat(stated.map((vector: Json) => Buffer.from(vector.hex, 'hex')));
      const stream = Buffer.concat([Buffer.from(token), frames]);
      for (let at = 0; at < stream.length; at += 7) tracker.send(stream.subarray(at, at + 7));
      const positions = stated.filter((vector: Json) => vector.record.latitude !== undefined);
      assert.ok(positions.length >= 10, `${positions.length} vectors state a position`);
      const got = () =>
        subscriber
          .on('devices/tracker/attributes')
          .map((line) => JSON.parse(line))
          .filter((values) => 'latitude' in values);
      await eventually(() => got().length >= positions.length, 'all positions');
      got().forEach((values, i) => {
        const { latitude, longitude } = positions[i].record;
        assert.ok(
          Math.abs(values.latitude - latitude) < 1e-5 && Math.abs(values.longitude - longitude) < 1e-5,
          `${positions[i].id}: ${JSON.stringify(values)}`,
        );
      });
      const logins = stated
        .filter((vector: Json) => vector.record.deviceId !== undefined)
        .map((vector: Json) => vector.record.deviceId);
      assert.deepEqual(
        subscriber
          .on('devices/tracker/attributes')
          .map((line) => JSON.parse(line).deviceId)
          .filter(Boolean),
        logins,
      );
      const replies = stated.map((vector: Json) => vector.reply ?? '').join('');
      await eventually(() => tracker.received.length * 2 >= replies.length, 'the replies');
      assert.ok(replies.length > 0);
      assert.equal(tracker.received.toString('hex'), replies);
    });

    it('survives a crash: who was left as online is announced as offline, and comes back', async (t) => {
      if (!peersFor(t)) return;
      const { service, port, dial } = await world(t, bus);
      const token = await service.add('sensor');
      (await dial('official')).send(auth(token));
      await eventually(async () => (await service.cli('device', 'ls')).json[0].status === 'online', 'online');
      await new Promise((resolve) => setTimeout(resolve, 1_500)); // what it remembers is written each second
      assert.equal(await service.stop('SIGKILL'), null);
      await service.restart();
      using after = await Subscriber.start(bus === 'embedded' ? (service.ports.mqtt as number) : port);
      await eventually(
        () => after.on('devices/sensor/status').some((line) => JSON.parse(line).status === 'offline'),
        'the retained status is corrected',
      );
      (await dial('official')).send(Buffer.concat([auth(token), attributes({ back: 1 })]));
      await after.see('devices/sensor/attributes {"back":1}');
      assert.equal(await service.stop('SIGINT'), 0);
    });
  });
}

describe('the service', () => {
  it('contains scripts that run away: every other device goes on', async (t) => {
    if (!peersFor(t)) return;
    const { service, subscriber, dial } = await world(t, 'embedded');
    const bombs: Record<string, string> = {
      loop: 'export function uplink() { for (;;); }',
      memory: 'export function uplink() { return { values: { n: new Array(2 ** 28).fill(1.5).length } }; }',
      bigint: 'export function uplink() { let n = 3n; for (;;) n *= n; }',
    };
    const good = join(service.folder, 'good.js');
    await writeFile(
      good,
      'export function uplink(bytes) { return { values: { n: Number(String.fromCharCode(...bytes)) } }; }',
    );
    const goodToken = await service.add(
      'good',
      '--protocol',
      'custom',
      '--framing',
      'line',
      '--uplink',
      good,
    );
    const plainToken = await service.add('plain');
    const [scripted, plain] = [await dial('custom'), await dial('official')];
    scripted.send(`${goodToken}\n`);
    plain.send(auth(plainToken));
    let n = 0;
    for (const [name, source] of Object.entries(bombs)) {
      const file = join(service.folder, `${name}.js`);
      await writeFile(file, source);
      const token = await service.add(name, '--protocol', 'custom', '--framing', 'line', '--uplink', file);
      const bomb = await dial('custom');
      bomb.send(`${token}\nboom\n`);
      for (let i = 0; i < 20; i++) {
        scripted.send(`${++n}\n`);
        plain.send(attributes({ n }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const refusals = async () =>
        (await service.cli('link', 'ls')).json.find((link: Json) => link.device === name).refusals;
      await eventually(
        async () => Object.keys(await refusals()).some((code) => code.startsWith('SCRIPT_')),
        `${name} ends with a code`,
        20_000,
      );
      assert.equal(bomb.closed, false, 'the link of the guilty one lives on');
    }
    await subscriber.see(`devices/good/attributes {"n":${n}}`);
    const whole = Array.from({ length: n }, (_, i) => `{"n":${i + 1}}`);
    assert.deepEqual(subscriber.on('devices/good/attributes'), whole);
    assert.deepEqual(subscriber.on('devices/plain/attributes'), whole);
  });

  it('runs a script of the platform unchanged', async (t) => {
    if (!peersFor(t)) return;
    const { service, subscriber, dial } = await world(t, 'embedded');
    const file = join(service.folder, 'platform.js');
    await writeFile(
      file,
      'function encodeInp(msg, topic) {\n  var text = "";\n  for (var i = 0; i < msg.length; i++) text += String.fromCharCode(msg[i]);\n  return JSON.stringify({ raw: text, size: msg.length });\n}\n',
    );
    const token = await service.add(
      'legacy',
      '--protocol',
      'custom',
      '--framing',
      'line',
      '--uplink',
      file,
      '--downlink',
      file,
    );
    const device = await dial('custom');
    device.send(`${token}\r\nhello\n`);
    await subscriber.see('devices/legacy/attributes {"raw":"hello","size":5}');
    assert.equal((await service.cli('device', 'send', 'legacy', '{"a":1}', '--wait', '5s')).code, 0);
    await eventually(() => device.received.length > 0, 'the downlink');
    assert.equal(device.received.toString(), '{"raw":"{\\"a\\":1}","size":7}\n');
  });

  it('keeps anonymous programs from speaking for devices', async (t) => {
    if (!peersFor(t)) return;
    const { port, subscriber, service, dial } = await world(t, 'embedded');
    await publish(port, 'devices/sensor/attributes', '{"forged":1}');
    const token = await service.add('sensor');
    (await dial('official')).send(Buffer.concat([auth(token), attributes({ real: 1 })]));
    await subscriber.see('devices/sensor/attributes {"real":1}');
    assert.deepEqual(subscriber.on('devices/sensor/attributes'), ['{"real":1}']);
  });

  it('explains each closed link: code in the log, in the metric, in link inspect', async (t) => {
    if (!peersFor(t)) return;
    const { service, dial } = await world(t, 'embedded');
    const token = await service.add('sensor');
    const cases: [string, Buffer][] = [
      ['AUTH_TOKEN_UNKNOWN', auth('fl_00000000000000000000000000000000')],
      ['AUTH_REQUIRED', attributes({ a: 1 })],
      ['FRAME_MAGIC_MISMATCH', Buffer.from('GET / HTTP/1.0\r\n\r\n')],
      [
        'FRAME_TOO_LARGE',
        Buffer.concat([auth(token), Buffer.from([0x54, 0x50, 0, 1, 0xff, 0xff, 0xff, 0xff])]),
      ],
    ];
    for (const [code, bytes] of cases) {
      const device = await dial('official');
      device.send(bytes);
      await eventually(() => device.closed, `${code} closes the link`);
      const { json: links } = await service.cli('link', 'ls');
      const link = links.find((one: Json) => one.code === code);
      assert.ok(link, `${code} in link ls`);
      const { json } = await service.cli('link', 'inspect', link.id);
      assert.equal(json.code, code);
      assert.ok(service.log.includes(`"${code}"`), `${code} in the log`);
      assert.equal(
        await service.metric(`fairlead_links_closed_total{listener="official",code="${code}"}`),
        1,
      );
    }
    assert.ok(!service.log.includes(token), 'no token in the log');
  });

  it('says in one line why it cannot start', async (t) => {
    if (!peersFor(t)) return;
    const { service } = await world(t, 'embedded');
    const taken = `127.0.0.1:${service.ports.http}`;
    const { code, stderr } = await service.cli(
      'serve',
      '--data',
      join(service.folder, 'other'),
      '--http',
      taken,
      '--mqtt',
      '127.0.0.1:0',
      '--official',
      '127.0.0.1:0',
      '--custom',
      '127.0.0.1:0',
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /PORT_IN_USE/);
    assert.doesNotMatch(stderr, /\n\s+at /);
    const locked = await service.cli(
      'serve',
      '--data',
      service.folder,
      '--http',
      '127.0.0.1:0',
      '--mqtt',
      '127.0.0.1:0',
      '--official',
      '127.0.0.1:0',
      '--custom',
      '127.0.0.1:0',
    );
    assert.notEqual(locked.code, 0);
    assert.match(locked.stderr, /STORE_LOCKED/);
  });
});
