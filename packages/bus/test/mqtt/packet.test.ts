import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { clearRetain, publishSize, readPublish, setPacketId, writePublish } from '../../src/mqtt/packet.ts';
import { PropertyEncoder } from '../../src/mqtt/property-encoder.ts';
import type { BusMessage } from '../../src/port.ts';
import { TopicEncoder } from '../../src/topic.ts';

const topics = new TopicEncoder();

function encode(
  qos: 0 | 1,
  version: 4 | 5,
  topic: string,
  payload: Uint8Array | string,
  retain = false,
  extras: Partial<BusMessage> = {},
): Buffer {
  const form = { qos };
  const head = topics.encode(topic);
  const properties = new PropertyEncoder(version).encode({ topic, payload, ...extras });
  const size = publishSize(form, head, properties, Buffer.byteLength(payload));
  const packet = Buffer.alloc(size + 2, 0xee);
  writePublish(form, packet, 1, size, head, properties, payload, retain);
  assert.deepEqual([packet[0], packet[size + 1]], [0xee, 0xee], 'nothing is written beside the packet');
  return packet.subarray(1, -1);
}

test('PUBLISH packets have the bytes that the specification draws', () => {
  assert.equal(encode(0, 4, 'a/b', 'hi').toString('hex'), '30070003612f626869');
  assert.equal(encode(0, 4, 'a/b', '', true).toString('hex'), '31050003612f62');
  assert.equal(encode(0, 5, 'a/b', 'hi').toString('hex'), '30080003612f62006869');
  const confirmed = encode(1, 4, 'a/b', 'hi');
  assert.equal(confirmed.toString('hex'), '32090003612f6200006869');
  setPacketId(confirmed, readPublish(confirmed, 0), 0x1234);
  assert.equal(confirmed.toString('hex'), '32090003612f6212346869');
  assert.equal(encode(1, 5, 'a/b', 'ü', true).toString('hex'), '330a0003612f62000000c3bc');
});

test('sizes around each step of the length field', () => {
  for (const [rest, field] of [
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_151, 'ffff7f'],
    [2_097_152, '80808001'],
  ] as const) {
    const packet = encode(0, 4, 'a', Buffer.alloc(rest - 3, 7));
    assert.equal(packet.subarray(1, 1 + field.length / 2).toString('hex'), field);
    assert.equal(packet.length, 1 + field.length / 2 + rest);
    assert.equal(readPublish(packet, 0).end, packet.length);
  }
});

test('what was written is read back', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<0 | 1>(0, 1),
      fc.constantFrom<4 | 5>(4, 5),
      fc.stringMatching(/^[a-zü/]{1,40}$/),
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      (qos, version, topic, payload, retain) => {
        const packet = encode(qos, version, topic, payload, retain);
        const view = readPublish(packet, 0);
        assert.equal(view.end, packet.length);
        assert.equal(packet.toString('utf8', view.topicAt, view.topicEnd), topic);
        assert.equal(view.retain, retain);
        assert.deepEqual(new Uint8Array(packet.subarray(packet.length - payload.length)), payload);
        clearRetain(packet, 0);
        assert.equal(readPublish(packet, 0).retain, false);
      },
    ),
  );
});

test('properties of MQTT 5 have the bytes that the specification draws, and 3.1.1 leaves them out', () => {
  const all = { expiry: 1_001, correlation: Uint8Array.of(7, 8), properties: { k: 'ü', m: '' } };
  const properties = '0200000002' + '0900020708' + '2600016b0002c3bc' + '2600016d0000';
  assert.equal(encode(0, 5, 'a/b', 'hi', false, all).toString('hex'), `30200003612f6218${properties}6869`);
  assert.equal(encode(0, 4, 'a/b', 'hi', false, all).toString('hex'), '30070003612f626869');
  assert.equal(
    encode(0, 5, 'a', '', false, { expiry: 2 ** 50 }).toString('hex'),
    '300900016105' + '02ffffffff',
  );
  const long = encode(0, 5, 'a', '', false, { properties: { k: 'x'.repeat(200) } });
  assert.equal(long.toString('hex', 0, 12), '30d301000161ce012600016b');
});

test('extras that not every bus can carry are refused', () => {
  const flawed: Partial<BusMessage>[] = [
    { properties: { 'a b': '' } },
    { properties: { '': '' } },
    { properties: { a: 'line\r\nend' } },
    { properties: { a: '\ud800' } },
    { properties: { a: 'ü'.repeat(2_049) } },
    { properties: { a: 1 as never } },
    { properties: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`p${i}`, ''])) },
    { expiry: 0 },
    { expiry: Number.NaN },
    { correlation: Buffer.alloc(65_536) },
  ];
  for (const extras of flawed)
    assert.throws(
      () => encode(0, 5, 'a', '', false, extras),
      (error) => isFairleadError(error, 'BUS_PROPERTY_INVALID'),
      JSON.stringify(extras).slice(0, 60),
    );
});
