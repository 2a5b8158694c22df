import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer as createSecureServer } from 'node:tls';
import {
  type BusDelivery,
  type BusMessage,
  type BusStateChange,
  busLimits,
  embeddedBroker,
  type MqttBusOptions,
  mqttBus,
} from '@fairlead/bus';
import { isFairleadError } from '@fairlead/core';
import { Authority, eventually, fault, freePort, requirePeer, startMosquitto } from '@fairlead/testkit';
import { recordingLog } from '../recording-log.ts';

const QUICK = { min: '10ms', max: '50ms' };

for (const version of [4, 5] as const)
  test(`comes back and subscribes again after the broker was killed (version ${version})`, async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    await using mosquitto = await startMosquitto();
    const log = recordingLog();
    await using bus = await mqttBus({ url: mosquitto.url, version, reconnect: QUICK, log });
    const changes: BusStateChange[] = [];
    bus.on('state', (change) => changes.push(change));
    await bus.ready();
    const got: string[] = [];
    await bus.subscribe('devices/+/set', (_topic, payload) => got.push(String(payload)));
    bus.publish([{ topic: 'devices/a/set', payload: 'before' }]);
    await eventually(() => got.length === 1, 'the first message came');
    await mosquitto.kill();
    await eventually(() => bus.state === 'down', 'the bus is down');
    assert.equal(bus.publish([{ topic: 'devices/a/set', payload: 'while away' }]), false);
    const late = await bus.subscribe('late', (_topic, payload) => got.push(`late ${payload}`));
    bus.publish([{ topic: 'late', payload: 'too' }]);
    await mosquitto.restart();
    await bus.drained(AbortSignal.timeout(5_000));
    await eventually(() => got.length === 3, 'what was taken over while away came');
    assert.deepEqual(got, ['before', 'while away', 'late too']);
    assert.equal(bus.stats().reconnects, 1);
    assert.deepEqual(
      changes.map(({ from, to }) => `${from} ${to}`),
      ['connecting connected', 'connected down', 'down connected'],
    );
    assert.ok(isFairleadError(changes[1]?.cause), 'the change to down has its cause');
    await late.close();
    assert.equal(log.lines.filter((line) => line === 'bus connected').length, 2);
    assert.equal(new Set(log.codes).size, log.codes.length, `no reason is logged twice: ${log.codes}`);
  });

fault(
  {
    name: 'The broker accepts messages and never acknowledges',
    where: 'broker',
    happens:
      'Devices are not read once a bounded number of messages waits; all are sent in order when it answers again.',
  },
  async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    await using mosquitto = await startMosquitto({ config: ['max_queued_messages 0'] });
    const queue = { highWater: '128KiB', limit: '16MiB' };
    await using bus = await mqttBus({ url: mosquitto.url, queue });
    await using ears = await mqttBus({ url: mosquitto.url });
    await Promise.all([bus.ready(), ears.ready()]);
    let got = 0;
    await ears.subscribe('n', (_topic, payload) => {
      assert.equal(payload.readUInt32BE(0), got, 'in order');
      got++;
    });
    mosquitto.pause();
    let taken = 0;
    const batch = (): BusMessage[] =>
      Array.from({ length: 50 }, () => {
        const payload = Buffer.alloc(1_000);
        payload.writeUInt32BE(taken++, 0);
        return { topic: 'n', payload };
      });
    // What the kernel takes for a peer that does not read is some megabytes; then it is our turn to say no.
    while (bus.publish(batch())) {
      assert.ok(taken < 50_000, 'publish() answers false in the end');
      await new Promise(setImmediate);
    }
    const { queuedBytes } = bus.stats();
    assert.ok(queuedBytes <= 128 * 1_024 + 51_000, `${queuedBytes} bytes are queued`);
    await assert.rejects(bus.drained(AbortSignal.timeout(50)), (error) => isFairleadError(error, 'ABORTED'));
    assert.equal(bus.stats().queuedBytes, queuedBytes, 'nothing moves');
    assert.equal(bus.state, 'connected');
    mosquitto.resume();
    await bus.drained(AbortSignal.timeout(10_000));
    await bus.flushed(AbortSignal.timeout(10_000));
    await eventually(() => got === taken, 'every message came');
    assert.equal(bus.stats().queuedBytes, 0);
  },
);

fault(
  {
    name: 'The broker stands still for longer than the keep-alive',
    where: 'broker',
    happens: 'The connection is given up and opened again.',
    code: 'BUS_BROKER_SILENT',
  },
  async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    await using mosquitto = await startMosquitto();
    const log = recordingLog();
    await using bus = await mqttBus({
      url: mosquitto.url,
      keepalive: '1s',
      connectTimeout: '200ms',
      reconnect: QUICK,
      log,
    });
    await bus.ready();
    mosquitto.pause();
    bus.publish([{ topic: 't', payload: '' }]);
    await assert.rejects(bus.flushed(), (error) => isFairleadError(error, 'BUS_UNCONFIRMED'));
    await eventually(() => log.codes.includes('CONNECT_TIMEOUT'), 'an attempt took too long');
    assert.equal(log.codes[0], 'BUS_BROKER_SILENT');
    mosquitto.resume();
    await bus.ready(AbortSignal.timeout(10_000));
    assert.equal(bus.cause, undefined);
  },
);

test('loses nothing at QoS 1 when the broker is killed again and again', async (t) => {
  if (!requirePeer(t, 'mosquitto')) return;
  // The broker keeps nothing over a crash, so the subscriber is one that sees what reaches each of its lives.
  await using mosquitto = await startMosquitto({ config: ['max_queued_messages 0'] });
  await using bus = await mqttBus({ url: mosquitto.url, qos: 1, reconnect: QUICK, inFlight: 20 });
  const seen = new Set<number>();
  let acknowledgedOnly = 0;
  await bus.subscribe('n', (_topic, payload) => seen.add(Number(payload)));
  await bus.ready();
  let next = 0;
  for (let life = 0; life < 3; life++) {
    const before = next;
    for (let i = 0; i < 200; i++) bus.publish([{ topic: 'n', payload: String(next++) }]);
    await eventually(() => bus.stats().queuedMessages < 150, 'some are confirmed');
    await mosquitto.kill();
    // Confirmed by a broker that died before it had sent them on: its loss, and all that may be missing.
    for (let n = before; n < next - bus.stats().queuedMessages; n++) if (!seen.has(n)) acknowledgedOnly++;
    await eventually(() => bus.state === 'down', 'the bus is down');
    await mosquitto.restart();
    await bus.ready();
  }
  await bus.flushed(AbortSignal.timeout(10_000));
  const { queuedMessages, published, dropped } = bus.stats();
  assert.deepEqual({ queuedMessages, published, dropped }, { queuedMessages: 0, published: 600, dropped: 0 });
  await eventually(() => seen.size + acknowledgedOnly >= 600, `all came: ${seen.size} + ${acknowledgedOnly}`);
});

fault(
  {
    name: 'The broker says no: wrong credentials',
    where: 'broker',
    happens:
      'The reason is logged once; the connection is tried again, with the password file as it is then.',
    code: 'BUS_CREDENTIALS_REFUSED',
  },
  async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    await using mosquitto = await startMosquitto({ users: { gate: 'right' } });
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-bus-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'password');
    await writeFile(file, 'wrong\n');
    for (const version of [4, 5] as const) {
      await writeFile(file, 'wrong\n');
      const log = recordingLog();
      const { url } = mosquitto;
      await using bus = await mqttBus({
        url,
        version,
        user: 'gate',
        password: { file },
        reconnect: QUICK,
        log,
      });
      let attempts = 0;
      await eventually(() => {
        attempts = mosquitto.log().split('not authorised').length - 1;
        return bus.state === 'down' && attempts >= 3;
      }, 'some attempts were refused');
      assert.equal(bus.cause?.code, 'BUS_CREDENTIALS_REFUSED');
      assert.deepEqual(log.codes, ['BUS_CREDENTIALS_REFUSED']);
      await writeFile(file, 'right\n');
      await bus.ready(AbortSignal.timeout(5_000));
    }
  },
);

test('a broker that is not there: down at once, for the reason that it has', async () => {
  const log = recordingLog();
  const port = await freePort();
  await using bus = await mqttBus({
    url: `mqtt://127.0.0.1:${port}`,
    reconnect: QUICK,
    log,
    closeGrace: 20,
  });
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'CONNECT_REFUSED');
  await assert.rejects(bus.ready(AbortSignal.timeout(20)), (error) => isFairleadError(error, 'ABORTED'));
  assert.equal(bus.publish([{ topic: 't', payload: 'x' }]), false);
  assert.equal(bus.stats().queuedMessages, 1);
  await bus.close();
  assert.deepEqual(log.codes, ['CONNECT_REFUSED', 'BUS_UNFLUSHED']);
});

fault(
  {
    name: 'Something that is no broker answers at its address',
    where: 'broker',
    happens: 'It is named as such, and tried again.',
    code: 'BUS_PROTOCOL_VIOLATED',
  },
  async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).resume();
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    await using bus = await mqttBus({ url: `mqtt://127.0.0.1:${port}`, reconnect: QUICK });
    await eventually(() => bus.state === 'down', 'the bus is down');
    assert.equal(bus.cause?.code, 'BUS_PROTOCOL_VIOLATED');
  },
);

test('does not send what an MQTT 5 broker says it will not take', async (t) => {
  if (!requirePeer(t, 'mosquitto')) return;
  await using mosquitto = await startMosquitto({
    config: ['max_packet_size 1000', 'retain_available false'],
  });
  for (const qos of [0, 1] as const) {
    const log = recordingLog();
    await using bus = await mqttBus({ url: mosquitto.url, version: 5, qos, log });
    const got: string[] = [];
    await bus.subscribe('#', (topic) => got.push(topic));
    // Queued before the broker could say what it takes.
    bus.publish([
      { topic: 'first', payload: '', retain: true },
      { topic: 'large', payload: Buffer.alloc(2_000) },
      { topic: 'last', payload: '' },
    ]);
    await bus.flushed(AbortSignal.timeout(5_000));
    await eventually(() => got.length === 2, 'the others came');
    assert.deepEqual(got, ['first', 'last']);
    assert.deepEqual([bus.stats().refused, bus.stats().reconnects, bus.stats().queuedBytes], [1, 0, 0]);
    assert.deepEqual(log.codes, ['BUS_MESSAGE_REFUSED']);
  }
});

fault(
  {
    name: 'The broker says no to a message',
    where: 'broker',
    happens: 'The message and its topic are named, and the bus goes on.',
    code: 'BUS_MESSAGE_REFUSED',
  },
  async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-bus-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'acl'), 'topic readwrite open/#\n', { mode: 0o600 });
    await using mosquitto = await startMosquitto({ config: [`acl_file ${join(folder, 'acl')}`] });
    for (const version of [4, 5] as const) {
      const log = recordingLog();
      await using bus = await mqttBus({ url: mosquitto.url, version, qos: 1, log });
      await bus.ready();
      const got: string[] = [];
      await bus.subscribe('open/t', (topic) => got.push(topic));
      // MQTT 3.1.1 has no way to say no to a PUBLISH.
      bus.publish([
        { topic: 'shut/t', payload: '' },
        { topic: 'open/t', payload: '' },
      ]);
      await bus.flushed(AbortSignal.timeout(5_000));
      await eventually(() => got.length === 1, 'the allowed one came');
      assert.equal(bus.stats().refused, version === 5 ? 1 : 0);
      assert.deepEqual(log.codes, version === 5 ? ['BUS_MESSAGE_REFUSED'] : []);
    }
  },
);

test('a refused subscription is an error, and the others live on', async () => {
  await using broker = await embeddedBroker({ listen: '127.0.0.1:0' });
  await using bus = await mqttBus({ url: `mqtt://${broker.address}` });
  await bus.ready();
  const most = busLimits.values.clientSubscriptions;
  for (let n = 0; n < most; n += 100)
    await Promise.all(Array.from({ length: 100 }, (_, i) => bus.subscribe(`t/${n + i}`, () => {})));
  await assert.rejects(
    bus.subscribe('one/more', () => {}),
    (error) => isFairleadError(error, 'BUS_SUBSCRIBE_REFUSED'),
  );
  let got = 0;
  await bus.subscribe('t/7', () => got++);
  await broker.publish([
    { topic: 'one/more', payload: '' },
    { topic: 't/7', payload: '' },
  ]);
  await eventually(() => got === 1, 'an older subscription works');
});

test('speaks TLS, and does not trust a certificate that nobody vouches for', async (t) => {
  if (!requirePeer(t, 'mosquitto') || !requirePeer(t, 'openssl')) return;
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-bus-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const name = ['-subj', '/CN=broker.test', '-addext', 'subjectAltName=DNS:broker.test'];
  const made = spawnSync('openssl', [...request, ...name, '-days', '2', '-keyout', key, '-out', cert]);
  assert.equal(made.status, 0, String(made.stderr));
  await using mosquitto = await startMosquitto({ config: [`keyfile ${key}`, `certfile ${cert}`] });
  const url = mosquitto.url.replace('mqtt:', 'mqtts:');
  {
    const tls = { ca: { file: cert }, serverName: 'broker.test' };
    await using bus = await mqttBus({ url, tls, qos: 1 });
    const got: string[] = [];
    await bus.subscribe('t', (_topic, payload) => got.push(String(payload)));
    bus.publish([{ topic: 't', payload: 'over TLS' }]);
    await bus.flushed(AbortSignal.timeout(5_000));
    await eventually(() => got.length === 1, 'it came');
  }
  for (const [tls, code] of [
    [{}, 'TLS_CERTIFICATE_SELF_SIGNED'],
    [{ ca: { file: cert }, serverName: 'other.test' }, 'TLS_NAME_MISMATCH'],
    [{ ca: { file: cert }, cert: { file: cert }, key: { file: cert } }, 'TLS_MATERIAL_INVALID'],
  ] as const) {
    await using bus = await mqttBus({ url, tls, reconnect: QUICK });
    await eventually(() => bus.state === 'down', 'the bus is down');
    assert.equal(bus.cause?.code, code);
  }
  const plain = createServer((socket) => socket.on('error', () => {}).end('no TLS is spoken here\r\n'));
  await once(plain.listen(0, '127.0.0.1'), 'listening');
  t.after(() => plain.close());
  const wrong = `mqtts://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  await using bus = await mqttBus({ url: wrong, tls: {}, reconnect: QUICK });
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'TLS_PLAIN_TEXT');
});

test('names a TLS port that is taken for a plain one, a plain one taken for TLS, and a version that neither allows', async (t) => {
  if (!requirePeer(t, 'mosquitto') || !requirePeer(t, 'openssl')) return;
  using authority = new Authority();
  const { cert, key } = authority.issue('broker', 'IP:127.0.0.1');
  const old = authority.issue('expired', 'IP:127.0.0.1', -1);
  const secure = (of: { cert: string; key: string }) => [`certfile ${of.cert}`, `keyfile ${of.key}`];
  await using plain = await startMosquitto();
  await using tls = await startMosquitto({ config: secure({ cert, key }) });
  await using expired = await startMosquitto({ config: secure(old) });
  const older = createSecureServer({
    cert: readFileSync(cert),
    key: readFileSync(key),
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  await once(older.listen(0, '127.0.0.1'), 'listening');
  t.after(() => older.close());
  const encrypted = ({ url }: { url: string }) => url.replace('mqtt:', 'mqtts:');
  const ca = { file: authority.ca.cert };
  for (const [options, code] of [
    [{ url: encrypted(plain) }, 'TLS_HANDSHAKE_FAILED'],
    [{ url: tls.url }, 'BUS_CLOSED_EARLY'],
    [{ url: encrypted(tls) }, 'TLS_AUTHORITY_UNKNOWN'],
    [{ url: encrypted(expired), tls: { ca } }, 'TLS_CERTIFICATE_EXPIRED'],
    [
      { url: `mqtts://127.0.0.1:${(older.address() as AddressInfo).port}`, tls: { ca } },
      'TLS_VERSION_MISMATCH',
    ],
  ] as const) {
    await using bus = await mqttBus({ ...options, reconnect: QUICK });
    await eventually(() => bus.state === 'down', 'the bus is down');
    assert.equal(bus.cause?.code, code);
  }
});

test('checks its options before it does anything', async () => {
  const url = 'mqtt://127.0.0.1:1';
  const wrong: readonly (readonly [MqttBusOptions & Record<string, unknown>, string])[] = [
    [{ url: 'http://127.0.0.1' }, 'OPTION_INVALID'],
    [{ url: 'mqtt://user:secret@127.0.0.1' }, 'OPTION_INVALID'],
    [{ url: 'mqtt://127.0.0.1/path' }, 'OPTION_INVALID'],
    [{ url, qos: 2 as 1 }, 'OPTION_INVALID'],
    [{ url, version: 3 as 4 }, 'OPTION_INVALID'],
    [{ url, inFlight: 0 }, 'OPTION_INVALID'],
    [{ url, password: 'without user' }, 'OPTION_INVALID'],
    [{ url, tls: {} }, 'OPTION_INVALID'],
    [{ url, keepalive: 'often' }, 'OPTION_INVALID'],
    [{ url, queue: { highWater: '2MiB', limit: '1MiB' } }, 'OPTION_INVALID'],
    [{ url, keepAlive: '5s' }, 'OPTION_UNKNOWN'],
    [{ url, user: 'u', password: { file: '/does/not/exist' } }, 'BUS_SECRET_UNREADABLE'],
  ];
  for (const [options, code] of wrong)
    await assert.rejects(mqttBus(options), (error) => {
      assert.ok(isFairleadError(error, code), `${JSON.stringify(options)}: ${String(error)}`);
      assert.ok(!error.message.includes('secret'), 'no secret in the message');
      return true;
    });
});

for (const version of [4, 5] as const)
  test(`the broker publishes the last will when the connection breaks, not after close() (version ${version})`, async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    await using mosquitto = await startMosquitto();
    await using ears = await mqttBus({ url: mosquitto.url, version: 5 });
    await ears.ready();
    const got: string[] = [];
    await ears.subscribe('service/+', (topic, payload, { properties }) =>
      got.push(`${topic} ${payload} ${JSON.stringify(properties)}`),
    );
    const dies = (topic: string) =>
      mqttBus({
        url: mosquitto.url,
        version,
        clientId: 'same',
        will: { topic, payload: 'offline', retain: true, properties: { node: 'n1' } },
      });
    await using first = await dies('service/1');
    await first.ready();
    await first.close();
    await using second = await dies('service/2');
    await second.ready();
    // A client with the same id makes the broker cut the connection of the other.
    await using third = await mqttBus({ url: mosquitto.url, clientId: 'same' });
    await third.ready();
    await eventually(() => got.length > 0, 'the will came');
    // Once or twice: both clients of this id come back until one of them is closed.
    assert.deepEqual(
      [...new Set(got)],
      [`service/2 offline ${version === 5 ? '{"node":"n1"}' : 'undefined'}`],
    );
  });

test('a will that no broker would take is refused', async () => {
  const options = { url: 'mqtt://127.0.0.1:1' };
  const topicless = mqttBus({ ...options, will: { topic: 'a/#', payload: '' } });
  await assert.rejects(topicless, (error) => isFairleadError(error, 'BUS_TOPIC_INVALID'));
  const large = mqttBus({ ...options, will: { topic: 'a', payload: 'x'.repeat(65_536) } });
  await assert.rejects(large, (error) => isFairleadError(error, 'OPTION_INVALID'));
});

test('tells the response topic and the correlation data of a request of MQTT 5', async (t) => {
  if (!requirePeer(t, 'mosquitto') || !requirePeer(t, 'mosquitto_pub')) return;
  await using mosquitto = await startMosquitto();
  await using bus = await mqttBus({ url: mosquitto.url, version: 5 });
  await bus.ready();
  const got: BusDelivery[] = [];
  await bus.subscribe('devices/+/command', (_topic, _payload, delivery) => got.push(delivery));
  const port = new URL(mosquitto.url).port;
  const properties = [
    ['response-topic', 'replies/me'],
    ['correlation-data', 'q1'],
    ['user-property', 'who', 'operator'],
  ].flatMap((property) => ['-D', 'publish', ...property]);
  const { status, stderr } = spawnSync(
    'mosquitto_pub',
    ['-V', '5', '-p', port, '-t', 'devices/a/command', '-m', '{}', ...properties],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  await eventually(() => got.length === 1, 'the request came');
  assert.equal(got[0]?.responseTopic, 'replies/me');
  assert.equal(String(got[0]?.correlation), 'q1');
  assert.deepEqual({ ...got[0]?.properties }, { who: 'operator' });
});

test('subscribers of one group share the messages (MQTT 5)', async (t) => {
  if (!requirePeer(t, 'mosquitto')) return;
  await using mosquitto = await startMosquitto();
  const open = () => mqttBus({ url: mosquitto.url, version: 5, reconnect: QUICK });
  await using one = await open();
  await using two = await open();
  await Promise.all([one.ready(), two.ready()]);
  const got: string[][] = [[], []];
  await one.subscribe('$share/work/jobs/+', (_topic, payload) => got[0]?.push(String(payload)));
  await two.subscribe('$share/work/jobs/+', (_topic, payload) => got[1]?.push(String(payload)));
  const batch = Array.from({ length: 100 }, (_, n) => ({ topic: 'jobs/x', payload: String(n) }));
  one.publish(batch);
  await one.flushed();
  await eventually(() => got.flat().length >= 100, 'all jobs came');
  assert.equal(new Set(got.flat()).size, 100);
  assert.ok(
    got.every((part) => part.length > 0),
    'both got some',
  );
  await using old = await mqttBus({ url: mosquitto.url });
  const refused = old.subscribe('$share/work/jobs/+', () => {});
  await assert.rejects(refused, (error) => isFairleadError(error, 'BUS_FILTER_INVALID'));
});
