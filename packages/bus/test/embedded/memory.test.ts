/** What outside clients leave half-done has a bound, each for itself and all together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedBroker } from '@fairlead/bus';
import { eventually } from '@fairlead/testkit';
import { Grants } from '../../src/embedded/grants.ts';
import { SessionStore } from '../../src/embedded/persistence.ts';
import { type Holder, Traffic } from '../../src/embedded/traffic.ts';
import { recordingLog } from '../recording-log.ts';
import { publishPacket, RawClient, subscribePacket } from './raw-client.ts';

const nothing = { retain: () => {}, retained: () => assert.fail() };
const store = () => new SessionStore(nothing.retain, nothing.retained);

test('of a QoS 2 message that waits for its PUBREL only the number is kept', async () => {
  const sessions = store();
  const message = { messageId: 7, topic: 'a', payload: Buffer.alloc(2 ** 20) };
  await assert.rejects(sessions.incomingGetPacket({ id: 'a' }, message));
  await sessions.incomingStorePacket({ id: 'a' }, message);
  assert.deepEqual(await sessions.incomingGetPacket({ id: 'a' }, message), { messageId: 7 });
  assert.equal(sessions.halfSent, 1);
  await assert.rejects(sessions.incomingGetPacket({ id: 'b' }, message));
  await sessions.incomingDelPacket({ id: 'a' }, message);
  await assert.rejects(sessions.incomingDelPacket({ id: 'a' }, message));
  await sessions.incomingStorePacket({ id: 'a' }, message);
  await sessions.cleanIncoming({ id: 'a' });
  assert.equal(sessions.halfSent, 0);
});

test('half-sent QoS 2 messages: they are delivered once, and one too many ends the connection', async () => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', log });
  const got: number[] = [];
  await bus.subscribe('#', (_topic, payload) => got.push(payload[0] as number));
  const client = await RawClient.connect(bus.port as number, 'a');
  const message = (id: number) => publishPacket('devices/a/set', Buffer.alloc(2 ** 16, id), { qos: 2, id });
  for (let id = 1; id <= 20; id++) client.write(message(id), message(id));
  await eventually(
    () => client.answers().filter(({ first }) => first === 0x50).length === 40,
    'all have a PUBREC',
  );
  assert.deepEqual(
    got,
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  client.write(message(21));
  await client.ended();
  assert.deepEqual(log.codes, ['BUS_CLIENT_FAILED']);
});

test('packets that are not whole: the oldest goes when there are too many of them in all', async (t) => {
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', log });
  const port = bus.port as number;
  const got: number[] = [];
  await bus.subscribe('#', (_topic, payload) => got.push(payload.length));
  const large = publishPacket('devices/a/set', Buffer.alloc(2 ** 20));
  const clients: RawClient[] = [];
  t.after(() => {
    for (const { socket } of clients) socket.destroy();
  });
  for (let i = 0; i < 70; i++) {
    const client = await RawClient.connect(port, `c${i}`);
    clients.push(client);
    client.write(large.subarray(0, -1));
  }
  await eventually(() => clients.some(({ closed }) => closed), 'one of them is cut off');
  assert.ok(clients[0]?.closed, 'the one that began first');
  assert.equal(log.codes[0], 'BUS_CLIENT_EVICTED');
  const other = await RawClient.connect(port, 'other');
  clients.push(other);
  other.write(large);
  await eventually(() => got.includes(2 ** 20), 'a packet that comes whole is delivered');
  assert.ok(clients.filter(({ closed }) => closed).length < 20);
});

class FakeHolder implements Holder {
  evicted = false;
  resumed = 0;
  resume(): void {
    this.resumed++;
  }
  evict(): void {
    this.evicted = true;
  }
}

test('packets under way: a client waits until there is room, and gets its turn', async () => {
  let window = 4;
  const traffic = new Traffic({ partial: 100, underWay: 1_000 }, () => window);
  const [a, b, c] = [new FakeHolder(), new FakeHolder(), new FakeHolder()];
  assert.ok(traffic.enter(a, 3, 500));
  assert.ok(!traffic.enter(b, 2, 10), 'too many packets');
  assert.ok(!traffic.enter(c, 1, 501), 'too many bytes');
  traffic.leave(3, 500);
  await new Promise(setImmediate);
  assert.deepEqual(
    [a, b, c].map(({ resumed }) => resumed),
    [0, 1, 1],
  );
  window = 0;
  assert.ok(traffic.enter(b, 9, 9_999), 'a packet that is larger than the room goes alone');
  assert.ok(!traffic.enter(c, 1, 1));
  traffic.forget(c);
  traffic.leave(9, 9_999);
  await new Promise(setImmediate);
  assert.equal(c.resumed, 1, 'a client that is gone is not called');
  assert.equal(traffic.underWayBytes, 0);
});

test('bytes of packets that are not whole are counted, and freed', () => {
  const traffic = new Traffic({ partial: 100, underWay: 1_000 }, () => 1);
  const [a, b, c] = [new FakeHolder(), new FakeHolder(), new FakeHolder()];
  traffic.partial(a, 40);
  traffic.partial(b, 50);
  traffic.partial(a, 10);
  traffic.partial(c, 40);
  assert.equal(traffic.partialBytes, 100);
  traffic.partial(c, 60);
  assert.deepEqual([a.evicted, b.evicted, c.evicted], [true, true, false]);
  assert.equal(traffic.partialBytes, 60);
  traffic.forget(c);
  assert.equal(traffic.partialBytes, 0);
});

test('subscriptions have a bound in number and memory, for a client and for all', () => {
  const limits = { subscriptions: 3, clientBytes: 4_000, totalBytes: 6_000 };
  const all = { bytes: 0 };
  const a = new Grants(limits, all);
  assert.ok(a.grant('a', 0) && a.grant('b', 0) && a.grant('c', 1));
  assert.ok(!a.grant('d', 0), 'too many');
  assert.ok(a.grant('a', 2), 'one that is there may change');
  a.revoke('a');
  a.revoke('a');
  assert.ok(!a.grant('a/b/c/d', 0), 'levels take memory');
  assert.ok(a.grant('a', 0));
  const b = new Grants(limits, all);
  assert.ok(b.grant('a', 0) && b.grant('b', 0));
  assert.ok(!b.grant('c', 0), 'too much in all');
  a.revokeAll();
  assert.ok(!a.grant('a', 0), 'it is gone');
  assert.ok(b.grant('c', 0));
  b.revokeAll();
  assert.equal(all.bytes, 0);
});

test('a client may subscribe again after it has unsubscribed, and is told what is too much', async () => {
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0' });
  const client = await RawClient.connect(bus.port as number, 'a');
  // Each has 100 levels: some of them fit.
  const deep = Array.from({ length: 120 }, (_, i) => `${i}${'/+'.repeat(99)}`);
  client.write(subscribePacket(deep));
  const granted = (await client.answered(0x90)).subarray(2);
  assert.equal(granted.length, deep.length);
  assert.equal(granted[0], 0);
  assert.equal(granted.at(-1), 0x80);
});

test('wills, acknowledgements and subscriptions of clients that are gone leave nothing', async () => {
  const sessions = store();
  // The library keeps them by client id in a store of its own otherwise.
  assert.deepEqual([...sessions.streamWill(), ...sessions.outgoingStream()], []);
  assert.deepEqual(await sessions.subscriptionsByClient(), []);
  const log = recordingLog();
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', log });
  const got: string[] = [];
  await bus.subscribe('#', (topic, payload) => got.push(`${topic} ${payload}`));
  const will = { topic: 'devices/a/set', payload: 'gone' };
  const client = await RawClient.connect(bus.port as number, 'a', { will });
  client.write(subscribePacket(['a', 'b/+']));
  await client.answered(0x90);
  client.socket.resetAndDestroy();
  await eventually(() => got.length === 1, 'the will came');
  assert.deepEqual(got, ['devices/a/set gone']);
  const forger = await RawClient.connect(bus.port as number, 'b', {
    will: { ...will, topic: 'devices/a/status' },
  });
  const keeper = await RawClient.connect(bus.port as number, 'c', { will: { ...will, retain: true } });
  forger.socket.destroy();
  keeper.socket.destroy();
  const refused = () => log.codes.filter((code) => code.endsWith('_REFUSED'));
  await eventually(() => refused().length === 2, 'both are refused');
  assert.deepEqual(refused().toSorted(), ['BUS_PUBLISH_REFUSED', 'BUS_RETAIN_REFUSED']);
  assert.equal(got.length, 1);
});
