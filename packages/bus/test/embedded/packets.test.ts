import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import fc from 'fast-check';
import { PacketAssembler, type Violation } from '../../src/embedded/packets.ts';
import { PINGREQ, packet, publishPacket, subscribePacket, unsubscribePacket } from './raw-client.ts';

const LIMITS = { connect: 100, filters: 200, other: 1_000, batchPackets: 4, batchBytes: 300 };
const connect = (size: number) => packet(0x10, Buffer.alloc(size));

/** What comes out of the bytes when they come in pieces of these lengths. */
function cut(bytes: Buffer, pieces: readonly number[] = [], limits = LIMITS) {
  const assembler = new PacketAssembler(limits);
  const batches: { bytes: Buffer; packets: number }[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const step = pieces.length === 0 ? bytes.length : (pieces[i % pieces.length] as number);
    assembler.push(Buffer.from(bytes.subarray(at, at + step)));
    at += step;
    for (let next = assembler.next(); next !== undefined; next = assembler.next()) {
      assert.notEqual(next, 'later');
      if (typeof next === 'string' || !('packets' in next)) return { batches, violation: next as Violation };
      batches.push(next);
    }
  }
  return { batches, violation: undefined as Violation | undefined, held: assembler.held };
}

test('gives out the same packets, whole, however the bytes are cut; and finds the first that is too large', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_200 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 4 }),
      (sizes, pieces) => {
        const bad = sizes.findIndex((size) => size > LIMITS.other);
        const packets = [connect(20), ...sizes.map((size) => packet(0x30, Buffer.alloc(size, 0xff)))];
        const { batches, violation } = cut(Buffer.concat(packets), pieces);
        const good = bad < 0 ? packets : packets.slice(0, bad + 1);
        assert.deepEqual(Buffer.concat(batches.map(({ bytes }) => bytes)), Buffer.concat(good));
        assert.equal(
          batches.reduce((sum, { packets }) => sum + packets, 0),
          good.length,
        );
        assert.deepEqual(
          violation,
          bad < 0 ? undefined : { size: sizes[bad], limit: LIMITS.other },
          JSON.stringify(violation),
        );
      },
    ),
  );
});

test('each kind of packet has its own limit', () => {
  assert.deepEqual(cut(connect(101)).violation, { size: 101, limit: 100 });
  for (const first of [0x82, 0xa2])
    assert.deepEqual(cut(Buffer.concat([connect(9), packet(first, Buffer.alloc(201))])).violation, {
      size: 201,
      limit: 200,
    });
  assert.equal(cut(Buffer.concat([connect(9), packet(0x30, Buffer.alloc(201))])).violation, undefined);
});

test('a length that does not end is too large, and a first packet must be a CONNECT', () => {
  for (const pieces of [[], [1]]) {
    const endless = Buffer.concat([connect(9), Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])]);
    assert.deepEqual(cut(endless, pieces).violation, { size: 0, limit: 1_000 });
    for (const wrong of ['GET / HTTP/1.1\r\n\r\n', 'POST / HTTP/1.1\r\n', '\x16\x03\x01', '\0'])
      assert.deepEqual(cut(Buffer.from(wrong, 'latin1'), pieces).violation, {
        reason: 'the first packet is not CONNECT',
      });
  }
});

test('a batch ends with a SUBSCRIBE or UNSUBSCRIBE, and has no more packets and bytes than it may', () => {
  const sizes = (...packets: Buffer[]) =>
    cut(Buffer.concat([connect(9), ...packets])).batches.map(({ packets }) => packets);
  assert.deepEqual(
    sizes(PINGREQ, subscribePacket(['a']), PINGREQ, unsubscribePacket(['a']), PINGREQ),
    [3, 2, 1],
  );
  assert.deepEqual(sizes(...Array.from({ length: 9 }, () => PINGREQ)), [4, 4, 2]);
  assert.deepEqual(sizes(publishPacket('a', Buffer.alloc(290)), PINGREQ), [2, 1]);
});

test('a packet that is not whole takes memory for what has come, not for what it announces', () => {
  const large = { ...LIMITS, other: 2 ** 20 };
  const start = Buffer.concat([connect(9), packet(0x30, Buffer.alloc(2 ** 20)).subarray(0, 100)]);
  assert.ok((cut(start, [], large).held as number) < 300);
  // What is left of a chunk is copied, so that two bytes do not keep all of it alive.
  const rest = Buffer.concat([connect(9), publishPacket('a', Buffer.alloc(900)), Buffer.from([0x30, 9])]);
  assert.ok((cut(rest, [], large).held as number) <= 64);
});

test('a packet that comes byte by byte takes time in proportion to its length', async () => {
  const limits = { ...LIMITS, other: 2 ** 24, filters: 2 ** 24 };
  for (const first of [0x30, 0x82])
    await assertLinear(
      30_000,
      (size) => Buffer.concat([connect(9), packet(first, Buffer.alloc(size))]),
      (bytes) => cut(bytes, [1], limits),
    );
});

test('a SUBSCRIBE may be left for later; what comes before it is given out', () => {
  const assembler = new PacketAssembler(LIMITS);
  assembler.push(Buffer.concat([connect(9), PINGREQ, subscribePacket(['a']), PINGREQ]));
  const packets = (next: ReturnType<PacketAssembler['next']>) =>
    typeof next === 'object' && 'packets' in next ? next.packets : next;
  assert.equal(packets(assembler.next(true)), 2);
  assert.equal(assembler.next(true), 'later');
  assert.equal(assembler.next(true), 'later');
  assert.equal(packets(assembler.next()), 1);
  assert.equal(packets(assembler.next(true)), 1);
  assert.equal(assembler.next(true), undefined);
});
