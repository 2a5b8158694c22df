/** What a stranger on this machine, or one without a password, cannot do to the users of the embedded broker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedBroker } from '@fairlead/bus';
import { eventually, FakeClock } from '@fairlead/testkit';
import { recordingLog } from '../recording-log.ts';
import { connectPacket, PINGREQ, publishPacket, RawClient, subscribePacket } from './raw-client.ts';

const users = [
  { name: 'u', password: 'right' },
  { name: 'v', password: 'right' },
];
const asUser = { user: 'u', password: 'right' };

test('an anonymous client cannot retain a downlink, so it cannot fill the store of retained messages', async () => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', users, log, retained: { messages: 1 } });
  const port = bus.port as number;
  const got: string[] = [];
  await bus.subscribe('devices/+/set', (topic) => got.push(topic));
  const stranger = await RawClient.connect(port, 'stranger');
  stranger.write(publishPacket('devices/a/set', 'x', { retain: true }));
  await stranger.ended();
  assert.deepEqual(log.codes, ['BUS_RETAIN_REFUSED']);
  bus.publish([{ topic: 'devices/a/status', payload: 'online', retain: true }]);
  await bus.flushed();
  const reader = await RawClient.connect(port, 'reader', asUser);
  reader.write(subscribePacket(['#']));
  assert.equal((await reader.answered(0x30)).toString('latin1').slice(2), 'devices/a/statusonline');
  assert.deepEqual(got, []);
  const writer = await RawClient.connect(port, 'writer', asUser);
  writer.write(publishPacket('devices/b/set', 'x', { retain: true }));
  await eventually(() => got.length === 1, 'a user may retain');
});

test('wrong passwords are answered late and few at a time; the right one is not delayed', async (t) => {
  const clock = new FakeClock();
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', users, log, clock });
  const port = bus.port as number;
  const guess = async () => {
    const client = await RawClient.open(port);
    t.after(() => client.socket.destroy());
    client.write(connectPacket('guess', { user: 'u', password: 'wrong' }));
    return client;
  };
  const held = await Promise.all(Array.from({ length: 15 }, guess));
  await eventually(() => log.codes.length === 15, 'all were looked at');
  assert.ok(held.every(({ code }) => code === undefined));
  assert.equal((await RawClient.connect(port, 'a', asUser)).code, 0);
  // Who hangs up frees nothing.
  held.push(await guess());
  await eventually(() => log.codes.length === 16, 'one more was looked at');
  for (const { socket } of held.slice(0, 5)) socket.destroy();
  const late = await guess();
  await late.ended();
  assert.equal(late.code, 3, 'the server is unavailable, whatever the password is');
  assert.equal((await RawClient.connect(port, 'a', asUser)).code, 3);
  assert.equal((await RawClient.connect(port, 'anonymous')).code, 0);
  clock.advance(1_000);
  await Promise.all(held.map((client) => client.ended()));
  assert.ok(held.slice(5).every(({ code }) => code === 4));
  assert.equal((await RawClient.connect(port, 'a', asUser)).code, 0);
});

test('idle anonymous clients leave half of the places to users', async () => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', users, maxClients: 4, log });
  const port = bus.port as number;
  const codes: (number | undefined)[] = [];
  for (let i = 0; i < 4; i++) codes.push((await RawClient.connect(port, `idle${i}`)).code);
  assert.deepEqual(codes, [0, 0, 3, 3]);
  assert.deepEqual(log.codes, ['BUS_CLIENTS_FULL']);
  for (const id of ['a', 'b']) assert.equal((await RawClient.connect(port, id, asUser)).code, 0);
  assert.equal((await RawClient.connect(port, 'c', asUser)).code, 3);
  assert.equal((await RawClient.connect(port, 'b', asUser)).code, 0, 'its own place it may take again');
  assert.equal(bus.clients, 4);
});

test('connections that say nothing lock nobody out', async () => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', maxClients: 2, log });
  const port = bus.port as number;
  const silent = await Promise.all(Array.from({ length: 120 }, () => RawClient.open(port)));
  assert.equal((await RawClient.connect(port, 'a')).code, 0);
  await eventually(() => silent.filter(({ closed }) => closed).length >= 20, 'the oldest are cut off');
  assert.deepEqual(log.codes, ['BUS_CLIENTS_FULL']);
  for (const { socket } of silent) socket.destroy();
});

test('a client id belongs to its user: nobody else takes it over', async () => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', users, log });
  const port = bus.port as number;
  const owner = await RawClient.connect(port, 'id', asUser);
  for (const options of [{}, { user: 'v', password: 'right' }]) {
    const thief = await RawClient.connect(port, 'id', options);
    assert.equal(thief.code, 2);
    await thief.ended();
  }
  owner.write(PINGREQ);
  await owner.answered(0xd0);
  assert.equal(owner.closed, false);
  assert.deepEqual(log.codes, ['BUS_CLIENT_REFUSED', 'BUS_CLIENT_REFUSED']);
  // The same user may (MQTT 3.1.1, 3.1.4-2), and an anonymous client does not keep a user out.
  const again = await RawClient.connect(port, 'id', asUser);
  assert.equal(again.code, 0);
  await owner.ended();
  const anonymous = await RawClient.connect(port, 'other');
  assert.equal((await RawClient.connect(port, 'other', asUser)).code, 0);
  await anonymous.ended();
});

test('a message is delivered with no more than the QoS that was granted, also for wildcards and retained ones', async () => {
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', users });
  const port = bus.port as number;
  const writer = await RawClient.connect(port, 'writer', asUser);
  writer.write(publishPacket('a/b', 'kept', { qos: 2, retain: true }));
  await writer.answered(0x50);
  let id = 1;
  for (const [granted, filters] of [
    [0, ['a/+']],
    [1, ['a/+']],
    [1, ['#']],
    [1, ['a/b']],
    [2, ['a/#']],
  ] as const) {
    const reader = await RawClient.connect(port, `r${granted}${filters}`);
    reader.write(subscribePacket(filters, granted));
    const got = () => reader.answers().filter(({ first }) => (first & 0xf0) === 0x30);
    await eventually(() => got().length === 1, 'the retained message');
    writer.write(publishPacket('a/b', 'new', { qos: 2, id: ++id }));
    await eventually(() => got().length === 2, 'the new message');
    assert.deepEqual(
      got().map(({ first }) => (first >> 1) & 3),
      [granted, granted],
      `${filters} at ${granted}`,
    );
    reader.socket.destroy();
  }
  // Of several subscriptions the highest counts (3.3.5).
  const reader = await RawClient.connect(port, 'both');
  reader.write(subscribePacket(['a/+'], 1), subscribePacket(['#'], 0));
  const got = () =>
    reader.answers().filter(({ first, body }) => (first & 0xf0) === 0x30 && body.includes('new'));
  await eventually(
    () => reader.answers().filter(({ first }) => first === 0x90).length === 2,
    'both are granted',
  );
  writer.write(publishPacket('a/b', 'new', { qos: 1, id: ++id }));
  await eventually(() => got().length > 0, 'the message');
  assert.equal(((got()[0]?.first as number) >> 1) & 3, 1);
});

test('a client with a search for many retained messages is answered meanwhile, and searches again only afterwards', async () => {
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0' });
  const count = 2_000;
  bus.publish(
    Array.from({ length: count }, (_, i) => ({ topic: `devices/${i}/status`, payload: 'x', retain: true })),
  );
  await bus.flushed();
  const client = await RawClient.connect(bus.port as number, 'a');
  client.write(subscribePacket(['#']), PINGREQ, subscribePacket(['devices/+/status']), PINGREQ);
  const firsts = () => client.answers().map(({ first }) => first & 0xf0);
  const expected = 1 + 2 + 2 + 2 * count;
  await eventually(() => firsts().length === expected, 'all answers');
  const all = firsts();
  assert.ok(all.indexOf(0xd0) < count, 'the first ping is answered while messages come');
  assert.ok(all.lastIndexOf(0x90) > count, 'the second search begins after the first');
});

test('what the broker says about other clients reaches nobody', async () => {
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0' });
  const port = bus.port as number;
  const spy = await RawClient.connect(port, 'spy');
  spy.write(subscribePacket(['$SYS/#']));
  await spy.answered(0x90);
  const other = await RawClient.connect(port, 'other');
  other.write(subscribePacket(['secret']));
  await other.answered(0x90);
  spy.write(PINGREQ);
  await spy.answered(0xd0);
  assert.deepEqual(
    spy.answers().map(({ first }) => first),
    [0x20, 0x90, 0xd0],
  );
});

test('subscribers that never read hold the others up for little longer than one of them', async (t) => {
  const clock = new FakeClock();
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', users, log, clock, drainTimeout: '10s' });
  const port = bus.port as number;
  const held: number[] = [];
  const payload = Buffer.alloc(100_000);
  for (let i = 0; i < 6; i++) {
    const client = await RawClient.connect(port, `s${i}`);
    t.after(() => client.socket.destroy());
    client.write(subscribePacket(['#']));
    await client.answered(0x90);
    client.socket.pause();
    let since = clock.monotonic();
    while (bus.clients > 0) {
      if (bus.stats().queuedBytes < 2 ** 20) {
        bus.publish([{ topic: 'n', payload }]);
        since = clock.monotonic();
      }
      await new Promise(setImmediate);
      await clock.advance(10);
    }
    held.push(clock.monotonic() - since);
    await eventually(() => bus.stats().queuedBytes === 0, 'the queue goes on');
  }
  const [first = 0, ...others] = held;
  assert.ok(first >= 9_000 && first <= 10_200, `the first: ${held}`);
  assert.ok(others.reduce((sum, ms) => sum + ms, 0) < 5_000, `all others: ${held}`);
  assert.deepEqual(new Set(log.codes), new Set(['BUS_CLIENT_FAILED']));
});

test('a browser that posts to the port of MQTT is cut off at once, and the log says why', async () => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', log });
  const port = bus.port as number;
  for (const request of [
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n',
    'OPTIONS / HTTP/1.1\r\n',
    'PUT / HTTP/1.1\r\n',
    '\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]) {
    const client = await RawClient.open(port);
    client.write(Buffer.from(request, 'latin1'));
    // A body that would be MQTT, after the head of the request.
    client.write(Buffer.alloc(5_000, connectPacket('a')));
    await client.ended();
    assert.deepEqual(client.answers(), []);
  }
  assert.deepEqual(
    log.codes,
    Array.from({ length: 6 }, () => 'BUS_PROTOCOL_VIOLATED'),
  );
  assert.equal((await RawClient.connect(port, 'a')).code, 0);
});

test('MQTT 5 is refused as a version, however many user properties come with it', async () => {
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0' });
  const client = await RawClient.connect(bus.port as number, 'a', { version: 5 });
  assert.equal(client.code, 1);
  await client.ended();
});
