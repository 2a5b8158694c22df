import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromHex, hex } from '../../../src/isolate/helpers.ts';
import { decodeFrame, downlinkRequests, pollRegisters } from '../../../src/isolate/modbus.ts';

const wrap = (unitId: number, pdu: Uint8Array) => ({ send: concat(unitId, pdu), expect: [] });
const registers = [
  { name: 'a', address: 0, writable: true },
  { name: 'a', address: 0, unitId: 2, writable: true },
];
const gateway = { type: 'gateway', parameters: { registers, unitId: 1 } };

test('units behind one link are asked apart, and each is a sub-device of a gateway', () => {
  const polled = pollRegisters(gateway, wrap);
  assert.deepEqual(
    polled.map(({ send }) => hex(send)),
    ['010300000001', '020300000001'],
  );
  const request = polled[1]?.data;
  assert.deepEqual(decodeFrame(2, fromHex('03020007'), { ...gateway, request }), {
    device: '2',
    values: { unitId: 2, a: 7 },
  });
});

test('another unit does not answer for the one that was asked', () => {
  const request = pollRegisters(gateway, wrap)[0]?.data;
  assert.throws(
    () => decodeFrame(2, fromHex('03020007'), { ...gateway, request }),
    /unit 2 answers for unit 1/,
  );
});

test('attributes of a sub-device go to its unit', () => {
  const sent = downlinkRequests({ kind: 'attributes', values: { 2: { a: 5 } } }, gateway);
  assert.deepEqual(
    sent.map(({ unitId, pdu }) => [unitId, hex(pdu)]),
    [[2, '0600000005']],
  );
});

test('commands read and write by address', () => {
  const bytes = (method: string, params: object) =>
    downlinkRequests(
      { kind: 'command', values: { method, params } },
      { type: 'standard', parameters: {} },
    ).map(({ unitId, pdu }) => hex(concat(unitId, pdu)));
  assert.deepEqual(bytes('read', { kind: 'coil', address: 19, quantity: 37 }), ['01010013' + '0025']);
  assert.deepEqual(bytes('write', { address: 1, values: [10, 258], unitId: 9 }), ['09100001000204000a0102']);
  assert.deepEqual(bytes('write', { kind: 'coil', address: 1, value: false }), ['010500010000']);
  assert.throws(() => bytes('write', { kind: 'input', address: 1, value: 1 }));
  assert.throws(() => bytes('read', { address: -1 }));
  assert.throws(() => bytes('read', { address: 0, quantity: 126 }));
  assert.throws(() => bytes('restart', {}));
});
