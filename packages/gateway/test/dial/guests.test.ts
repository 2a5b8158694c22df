import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import { type MemoryTransport, settled } from '@fairlead/testkit';
import type { Guest, Profile } from '../../src/index.ts';
import { type TestDevice, TestPeer, world } from '../harness.ts';

const POLL = { every: 1_000, timeout: 300, gap: 0, oneAtATime: true, requests: [] };
const SCANNER: Profile = {
  id: 'profile:scanner',
  name: 'scanner',
  framing: 'line',
  direction: 'dials',
  identity: { by: 'none' },
};
/** Asked `m?` each second; answers with `m=VALUE`. */
const METER: Profile = {
  ...SCANNER,
  id: 'profile:meter',
  name: 'meter',
  uplink: 'meter',
  poll: POLL,
};

const dialled = (profile: Profile, fields: Partial<TestDevice> = {}): TestDevice => ({
  name: 'm',
  protocol: 'profile',
  endpoint: 'tcp://10.0.0.7:502',
  profile,
  ...fields,
});

async function dialling(...devices: TestDevice[]) {
  const w = await world(devices);
  w.scripts.sources.meter = {
    poll: () => [{ send: Buffer.from('m?\n'), expect: [{ at: 0, bytes: Buffer.from('m=') }] }],
    uplink: (bytes) => ({ messages: [{ kind: 'attributes', json: `"${bytes}"` }], replies: [] }),
    requests: () => [{ send: Buffer.from('set\n'), expect: [], answer: false }],
  };
  const peers: TestPeer[] = [];
  await w.network.listen({ protocol: 'tcp', host: '10.0.0.7', port: 502 }, {} as never, (transport) =>
    peers.push(new TestPeer(transport as MemoryTransport)),
  );
  w.gateway.dial();
  await w.clock.advance(10);
  let seen = 0;
  return {
    ...w,
    [Symbol.asyncDispose]: () => w.gateway.close(),
    peer: () => peers.at(-1) as TestPeer,
    /** What was sent to the device since the last call. */
    sent: () => {
      const all = peers.map(({ text }) => text).join('|');
      const news = all.slice(seen);
      seen = all.length;
      return news;
    },
    hold: (guest: Guest, options = {}) =>
      w.gateway.holdLink('m', guest, { wait: 5_000, hold: 10_000, ...options }),
  };
}

/** Notes what it is told. */
function guestOf() {
  const seen: string[] = [];
  const guest: Guest = {
    frame: (frame) => void seen.push(`${frame}`),
    lost: ({ code }: FairleadError) => void seen.push(code),
  };
  return { seen, guest };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    ({ code }: FairleadError) => code,
  );

test('a guest gets the link once the outstanding answer has come, and polls wait until it ends', async () => {
  await using w = await dialling(dialled(METER));
  assert.equal(w.sent(), 'm?\n');
  const { guest, seen } = guestOf();
  let held = false;
  const turn = w.hold(guest).then((link) => {
    held = true;
    return link;
  });
  await settled();
  assert.equal(held, false, 'one request at a time');
  await w.peer().send('m=1\n');
  const link = await turn;
  assert.deepEqual([link.remote, link.framing], ['10.0.0.7:502', 'line']);
  link.send(Buffer.from('SERIAL?\n'));
  await w.clock.advance(1_500);
  assert.equal(w.sent(), 'SERIAL?\n', 'a poll that is due waits');
  await w.peer().send('4711\n');
  assert.deepEqual(seen, ['4711']);
  assert.equal(w.bus.readings.length, 2, 'the device may have sent it by itself: it is an uplink, too');
  link.end(false);
  await w.clock.advance(0);
  assert.equal(w.sent(), 'm?\n');
});

test('frames of a device that sends nothing unasked are for the guest alone', async () => {
  await using w = await dialling(dialled({ ...METER, poll: { ...POLL, unasked: 'refuse' } }));
  await w.peer().send('m=1\n');
  const { guest, seen } = guestOf();
  const link = await w.hold(guest);
  link.send(Buffer.from('SERIAL?\n'));
  await w.peer().send('4711\n');
  assert.deepEqual(seen, ['4711']);
  assert.equal(w.bus.readings.length, 1);
  const [info] = w.gateway.links();
  assert.deepEqual([info?.framesIn, info?.refusals], [2, {}], 'it is counted, and not refused');
});

test("an answer that comes after the guest has left is nobody else's", async () => {
  await using w = await dialling(dialled(METER));
  await w.peer().send('m=1\n');
  const link = await w.hold(guestOf().guest);
  link.send(Buffer.from('m?\n'));
  link.end(true);
  await settled();
  w.sent();
  await w.clock.advance(590);
  assert.equal(w.sent(), '', 'twice the timeout');
  await w.peer().send('m=2\n');
  assert.equal(w.bus.readings.length, 1);
  assert.deepEqual(w.gateway.links()[0]?.refusals, { POLL_ANSWER_LATE: 1 });
  await w.clock.advance(1_000);
  assert.equal(w.sent(), 'm?\n');
});

test('a guest gets no late answer to a poll', async () => {
  await using w = await dialling(dialled(METER));
  await w.clock.advance(300);
  const { guest, seen } = guestOf();
  const turn = w.hold(guest);
  await w.peer().send('m=1\n');
  await w.clock.advance(0);
  await turn;
  assert.deepEqual(seen, []);
  assert.deepEqual(w.gateway.links()[0]?.refusals, { POLL_UNANSWERED: 1, POLL_ANSWER_LATE: 1 });
});

test('guests and commands take turns, and a poll that waits comes between two guests', async () => {
  await using w = await dialling(dialled(METER));
  await w.peer().send('m=1\n');
  const first = await w.hold(guestOf().guest);
  first.send(Buffer.from('A\n'));
  const second = w.hold(guestOf().guest);
  await w.clock.advance(1_000);
  await w.peer().send('a\n');
  w.sent();
  first.end(false);
  await settled();
  assert.equal(w.sent(), 'm?\n', 'the poll that has waited');
  await w.peer().send('m=2\n');
  const link = await second;
  const written = w.gateway.send('m', { kind: 'attributes', values: {} }, { wait: 5_000 });
  await settled();
  assert.equal(w.sent(), '');
  link.end(false);
  await written;
  assert.equal(w.sent(), 'set\n');
});

test('a hold ends at its limit, and the link is free for others', async () => {
  await using w = await dialling(dialled(SCANNER));
  const { guest, seen } = guestOf();
  const link = await w.hold(guest);
  const other = w.hold(guestOf().guest, { wait: 20_000 });
  await w.clock.advance(10_000);
  assert.deepEqual(seen, ['LINK_HELD_TOO_LONG']);
  assert.throws(() => link.send(Buffer.from('x')), { code: 'LINK_HELD_TOO_LONG' });
  await other;
});

test('waiting has an end: the time, the signal, the number of guests', async () => {
  await using w = await dialling(dialled(SCANNER));
  const link = await w.hold(guestOf().guest);
  const waits = Array.from({ length: 16 }, () => codeOf(w.hold(guestOf().guest)));
  assert.equal(await codeOf(w.hold(guestOf().guest)), 'LINK_TURNS_WAITING');
  await w.clock.advance(5_000);
  assert.deepEqual(new Set(await Promise.all(waits)), new Set(['LINK_TURN_TIMEOUT']));
  const stop = new AbortController();
  const stopped = codeOf(w.hold(guestOf().guest, { signal: stop.signal }));
  stop.abort();
  assert.equal(await stopped, 'ABORTED');
  link.send(Buffer.from('still mine\n'));
  link.end(false);
  const next = w.hold(guestOf().guest);
  await w.clock.advance(250); // an answer may come
  await next;
});

test('a guest is told when the link is lost or the device is removed', async () => {
  await using w = await dialling(dialled(SCANNER));
  const [one, two, waits] = [guestOf(), guestOf(), guestOf()];
  await w.hold(one.guest);
  const waiting = codeOf(w.hold(waits.guest));
  w.peer().transport.reset();
  await settled();
  assert.deepEqual(one.seen, ['PEER_RESET']);
  assert.equal(await waiting, 'PEER_RESET');
  assert.equal(await codeOf(w.hold(two.guest)), 'DEVICE_OFFLINE');
  await w.clock.advance(10_000);
  const link = await w.hold(two.guest);
  w.known.delete('m');
  w.gateway.forget('m');
  await settled();
  assert.deepEqual(two.seen, ['DEVICE_REMOVED']);
  assert.throws(() => link.send(Buffer.from('x')), { code: 'DEVICE_REMOVED' });
  assert.equal(await codeOf(w.hold(two.guest)), 'DOWNLINK_DEVICE_UNKNOWN');
});

test('the beginning of an answer that a guest has given up costs the link', async () => {
  await using w = await dialling(dialled(SCANNER));
  const link = await w.hold(guestOf().guest);
  link.send(Buffer.from('A\n'));
  await w.peer().send('begi');
  assert.equal(link.unfinished()?.size, 4);
  link.end(true);
  await settled();
  assert.equal(w.gateway.links().find(({ state }) => state === 'closed')?.code, 'POLL_ANSWER_INCOMPLETE');
});

test('on a shared link a guest has all frames, and the neighbours wait', async () => {
  await using w = await dialling(dialled(METER), dialled(METER, { name: 'n' }));
  await w.peer().send('m=1\n');
  await w.peer().send('m=1\n');
  const { guest, seen } = guestOf();
  const link = await w.hold(guest);
  link.send(Buffer.from('A\n'));
  await settled();
  w.sent();
  await w.clock.advance(1_500);
  await w.peer().send('anything\n');
  assert.deepEqual([seen, w.sent(), w.bus.readings.length], [['anything'], '', 2]);
});

test('a visitor sees what is sent unasked, over all links of the device, and writes in turn', async () => {
  await using w = await dialling(dialled(METER));
  const { guest, seen } = guestOf();
  const visit = w.gateway.visit('m', guest);
  assert.deepEqual([visit.link?.remote, visit.cause], ['10.0.0.7:502', undefined]);
  w.sent();
  const written = visit.send(Buffer.from('ack\n'));
  assert.equal(w.sent(), '', 'a poll is outstanding');
  await w.peer().send('m=1\npushed\n');
  await written;
  assert.equal(w.sent(), 'ack\n');
  assert.deepEqual(seen, ['pushed'], 'answers to polls are not for visitors');
  assert.equal(w.bus.readings.length, 2);
  w.peer().transport.reset();
  await settled();
  assert.equal(visit.cause?.code, 'DEVICE_OFFLINE');
  assert.equal(await codeOf(visit.send(Buffer.from('x'))), 'DEVICE_OFFLINE');
  await w.clock.advance(10_000);
  await w.peer().send('again\n');
  visit[Symbol.dispose]();
  await w.peer().send('more\n');
  assert.deepEqual(seen, ['pushed', 'PEER_RESET', 'again']);
});

test('a visit waits for a device that is not there, or has no address', async () => {
  await using w = await dialling(dialled(SCANNER, { endpoint: undefined }));
  assert.equal(w.gateway.visit('m', guestOf().guest).cause?.code, 'DEVICE_NOT_DIALLED');
  assert.equal(w.gateway.visit('x', guestOf().guest).cause?.code, 'DOWNLINK_DEVICE_UNKNOWN');
  assert.equal(await codeOf(w.hold(guestOf().guest)), 'DEVICE_NOT_DIALLED');
});
