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
  const sent = downlinkRequests({ kind: 'attributes', values: { 2: { a: 5 } } }, gateway, wrap);
  assert.deepEqual(
    sent.map(({ send }) => hex(send)),
    ['020600000005'],
  );
});

test('commands read and write by address', () => {
  const bytes = (method: string, params: object) =>
    downlinkRequests(
      { kind: 'command', values: { method, params } },
      { type: 'standard', parameters: {} },
      wrap,
    ).map(({ send }) => hex(send));
  assert.deepEqual(bytes('read', { kind: 'coil', address: 19, quantity: 37 }), ['01010013' + '0025']);
  assert.deepEqual(bytes('write', { address: 1, values: [10, 258], unitId: 9 }), ['09100001000204000a0102']);
  assert.deepEqual(bytes('write', { kind: 'coil', address: 1, value: false }), ['010500010000']);
  assert.throws(() => bytes('write', { kind: 'input', address: 1, value: 1 }));
  assert.throws(() => bytes('read', { address: -1 }));
  assert.throws(() => bytes('read', { address: 0, quantity: 126 }));
  assert.throws(() => bytes('restart', {}));
});

test('the answer to a write must be its echo', () => {
  const standard = { type: 'standard', parameters: { registers } };
  const [sent] = downlinkRequests({ kind: 'attributes', values: { a: 5 } }, standard, wrap);
  const answer = (pdu: string) => decodeFrame(1, fromHex(pdu), { ...standard, request: sent?.data }).values;
  assert.deepEqual(answer('0600000005'), { unitId: 1, function: 6, address: 0, value: 5 });
  assert.deepEqual(answer('8602'), {
    unitId: 1,
    function: 6,
    exception: 2,
    exceptionName: 'illegal data address',
    failed: ['a'],
  });
  assert.throws(() => answer('0600000006'), /tells of another write/);
  assert.throws(() => answer('0600010005'), /tells of another write/);
  assert.throws(() => answer('03020005'), /no answer to function 6/);
});

test('the answer to a read by address has as many registers as were asked for', () => {
  const standard = { type: 'standard', parameters: {} };
  const command = { kind: 'command', values: { method: 'read', params: { address: 8, quantity: 2 } } };
  const [sent] = downlinkRequests(command, standard, wrap);
  const answer = (pdu: string) => decodeFrame(1, fromHex(pdu), { ...standard, request: sent?.data }).values;
  assert.deepEqual(answer('030400070008'), { unitId: 1, function: 3, address: 8, registers: [7, 8] });
  assert.throws(() => answer('03020007'), /where 4 were asked for/);
});
