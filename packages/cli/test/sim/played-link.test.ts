/** Each fault does what its name says, on a transport that keeps what is written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, type FairleadError } from '@fairlead/core';
import type { SimulatedFrame } from '@fairlead/profiles';
import type { Transport, TransportEvents } from '@fairlead/tcp';
import { FakeClock, settled } from '@fairlead/testkit';
import { type Fault, Faults, faultNames, faultsArgument, seeded } from '../../src/sim/faults.ts';
import { PlayedLink, type PlayTerms } from '../../src/sim/played-link.ts';

/** A transport that takes everything. */
class Wire implements Transport {
  readonly remote = 'host:1';
  readonly local = 'here:2';
  readonly writableLength = 0;
  readonly writes: string[] = [];
  events: TransportEvents | undefined;
  paused = false;
  how = 'open';
  more = true;

  start(events: TransportEvents): void {
    this.events = events;
  }
  write(pieces: readonly Uint8Array[]): boolean {
    this.writes.push(Buffer.concat(pieces).toString('latin1'));
    return this.more;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  end(): void {
    this.how = 'ended';
  }
  destroy(cause: FairleadError): void {
    this.how = 'destroyed';
    this.events?.onClosed(cause);
  }
  reset(cause: FairleadError): void {
    this.how = 'reset';
    this.events?.onClosed(cause);
  }
}

const frame = (text: string, reply = ''): SimulatedFrame => ({
  bytes: Buffer.from(text),
  reply: Buffer.from(reply),
});
const READINGS = ['0123456789', 'abcdefghij', 'ABCDEFGHIJ'].map((text) => frame(text));

/** Random numbers that always draw a fault. */
const always = () => 0.1;

function play(fault: Fault | undefined, opening: readonly SimulatedFrame[] = [], random = always) {
  const clock = new FakeClock();
  const wire = new Wire();
  const stats = { sent: 0, heldBack: 0, answered: 0, received: 0, lost: 0 };
  const faults = new Faults(fault === undefined ? [] : [fault]);
  const heard: string[] = [];
  const terms: PlayTerms = {
    clock,
    faults,
    stats,
    damaged: (bytes) => Buffer.from(bytes.toString().toUpperCase()),
    heard: (_, bytes) => heard.push(String(bytes)),
  };
  const ends: (FairleadError | undefined)[] = [];
  const device = {
    name: 'one',
    identity: undefined,
    opening,
    reading: (n: number) => READINGS[n % READINGS.length],
    responder: () => ({
      receive: (chunk: Buffer) => (String(chunk) === 'ask' ? [Buffer.from('answer')] : []),
    }),
    random,
    readings: 0,
  };
  const link = new PlayedLink(wire, device, terms, (cause) => ends.push(cause));
  return { clock, wire, stats, faults, heard, ends, link };
}

test('without faults: each frame in one write, by turns', async () => {
  const { link, wire, stats } = play(undefined);
  await link.open();
  link.read(4);
  assert.deepEqual(wire.writes, ['0123456789', 'abcdefghij', 'ABCDEFGHIJ', '0123456789']);
  assert.deepEqual([stats.sent, stats.heldBack], [4, 0]);
});

test('the next frame of the opening waits for the reply, for a limited time', async () => {
  const { link, wire, clock } = play(undefined, [frame('login', 'ok'), frame('more', 'ok'), frame('last')]);
  const open = link.open();
  link.read(1);
  await settled();
  assert.deepEqual(wire.writes, ['login']);
  link.onData(Buffer.from('ok'));
  await settled();
  assert.deepEqual(wire.writes, ['login', 'more']);
  await clock.advance(2_000);
  await open;
  link.read(1);
  assert.deepEqual(wire.writes, ['login', 'more', 'last', '0123456789']);
});

test('replies that are due are not shown; requests are answered; all else is shown', async () => {
  const { link, wire, stats, heard } = play(undefined, [frame('login', 'ok')]);
  void link.open();
  link.onData(Buffer.from('ok'));
  link.onData(Buffer.from('ask'));
  link.onData(Buffer.from('ok'));
  assert.deepEqual(heard, ['ok']);
  assert.deepEqual([stats.answered, stats.received], [1, 1]);
  assert.equal(wire.writes.at(-1), 'answer');
});

test('a peer that does not read: readings are held back, not kept', async () => {
  const { link, wire, stats } = play(undefined);
  await link.open();
  wire.more = false;
  link.read(3);
  assert.deepEqual([stats.sent, stats.heldBack], [1, 2]);
  link.onDrain();
  link.read(1);
  assert.equal(stats.sent, 2);
});

test('split and slow: the frame in pieces, with time between', async () => {
  for (const [fault, size] of [
    ['split', 8],
    ['slow', 1],
  ] as const) {
    const { link, wire, clock, stats, faults } = play(fault);
    await link.open();
    link.read(1);
    await clock.advance(400);
    assert.ok(wire.writes.length > 1 && wire.writes.every((piece) => piece.length <= size), fault);
    assert.equal(wire.writes.join(''), '0123456789');
    assert.deepEqual([stats.sent, faults.counts], [1, { [fault]: 1 }]);
  }
});

test('stall: a pause of seconds within the frame', async () => {
  const { link, wire, clock } = play('stall');
  await link.open();
  link.read(1);
  await clock.advance(2_000);
  await settled();
  assert.equal(wire.writes.length, 1);
  await clock.advance(1_000);
  await settled();
  assert.equal(wire.writes.join(''), '0123456789');
});

test('glue and flood: many frames in one write', async () => {
  for (const [fault, count] of [
    ['glue', 4],
    ['flood', 1_000],
  ] as const) {
    const { link, wire, stats } = play(fault);
    await link.open();
    link.read(1);
    assert.deepEqual([wire.writes.length, wire.writes[0]?.length, stats.sent], [1, count * 10, count]);
  }
});

test('bad-checksum: what the framing says is wrong', async () => {
  const { link, wire, faults } = play('bad-checksum');
  await link.open();
  link.read(2);
  await settled();
  assert.deepEqual(wire.writes, ['0123456789', 'ABCDEFGHIJ']);
  assert.deepEqual(faults.counts, { 'bad-checksum': 2 });
});

test('reset: part of a frame, then a reset; the device ended it itself', async () => {
  const { link, wire, ends } = play('reset');
  await link.open();
  link.read(2);
  await settled();
  assert.equal(wire.how, 'reset');
  assert.ok('0123456789'.startsWith(wire.writes.join('')) && wire.writes.join('').length < 10);
  assert.deepEqual(ends, [undefined]);
});

test('half-open: silence, and no end; nothing is read', async () => {
  const { link, wire, ends, heard } = play('half-open');
  await link.open();
  link.read(2);
  await settled();
  assert.deepEqual([wire.how, wire.paused, wire.writes, ends], ['open', true, [], [undefined]]);
  link.onData(Buffer.from('x'));
  assert.deepEqual(heard, []);
  link.destroy();
  assert.equal(ends.length, 1);
});

test('a link that the peer ends is told with its cause', () => {
  const { link, ends } = play(undefined);
  const cause = coreErrors.error('PEER_CLOSED');
  link.onClosed(cause);
  assert.deepEqual(ends, [cause]);
});

test('the same seed draws the same faults, one reading in five', () => {
  const drawn = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 1_000 }, () => new Faults(faultNames).draw(random));
  };
  assert.deepEqual(drawn(1), drawn(1));
  assert.notDeepEqual(drawn(1), drawn(2));
  const faulty = drawn(7).filter((fault) => fault !== undefined);
  assert.ok(faulty.length > 150 && faulty.length < 250);
  assert.deepEqual(new Set(faulty), new Set(faultNames));
});

test('a list of faults is read; an unknown one is named', () => {
  assert.deepEqual(faultsArgument('split, glue,split'), ['split', 'glue']);
  assert.throws(() => faultsArgument('split,splat'), /"splat" is no fault\. Known: split, /);
  assert.throws(() => faultsArgument(''), /is no fault/);
});
