import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../../src/isolate/helpers.ts';
import { decodePdu, plan, registerMap } from '../../../src/isolate/modbus.ts';

const decode = (hex: string) => decodePdu(fromHex(hex));
const [read] = plan(
  registerMap(
    [
      { name: 'a', address: 0 },
      { name: 'b', address: 1 },
    ],
    1,
  ),
);

// Examples of the specification, by section.
const examples: [section: string, pdu: string, values: object][] = [
  ['6.3', '0306022b00000064', { function: 3, registers: [555, 0, 100] }],
  ['6.4', '0402000a', { function: 4, registers: [10] }],
  ['6.5', '0500acff00', { function: 5, address: 172, value: true }],
  ['6.6', '0600010003', { function: 6, address: 1, value: 3 }],
  ['6.7', '076d', { function: 7, status: 0x6d }],
  ['6.8', '080000a537', { function: 8, subfunction: 0, data: 'a537' }],
  ['6.9', '0bffff0108', { function: 11, status: 0xffff, count: 264 }],
  ['6.10', '0c08000001080121' + '2000', { function: 12, status: 0, count: 264, messages: 289, data: '2000' }],
  ['6.11', '0f0013000a', { function: 15, address: 19, quantity: 10 }],
  ['6.11, request', '0f0013000a02cd01', { function: 15, address: 19, quantity: 10, data: 'cd01' }],
  ['6.12, request', '100001000204000a0102', { function: 16, address: 1, quantity: 2, registers: [10, 258] }],
  ['6.16', '16000400f20025', { function: 22, address: 4, and: 242, or: 37 }],
  ['6.17', '170c00fe0acd00010003000d00ff', { function: 23, registers: [254, 2_765, 1, 3, 13, 255] }],
  ['6.18', '180006000201b81284', { function: 24, registers: [440, 4_740] }],
  ['6.1, exception', '8102', { function: 1, exception: 2, exceptionName: 'illegal data address' }],
];
for (const [section, pdu, values] of examples)
  test(`specification ${section}`, () => assert.deepEqual(decode(pdu), values));

test('bits of an answer without its request are whole bytes', () => {
  assert.deepEqual(decode('0101cd').bits, [1, 0, 1, 1, 0, 0, 1, 1]);
});

test('a request to read is told from an answer', () => {
  assert.deepEqual(decode('03007c0002'), { function: 3, address: 124, quantity: 2 });
});

test('an answer to a request has the names of its registers', () => {
  assert.deepEqual(decodePdu(fromHex('030400010002'), read), { a: 1, b: 2 });
  assert.deepEqual(decodePdu(fromHex('8306'), read), {
    function: 3,
    exception: 6,
    exceptionName: 'server device busy',
    failed: ['a', 'b'],
  });
});

test('an exception without a name has its number', () => {
  assert.equal(decode('8363').exceptionName, 'exception 99');
});

for (const pdu of [
  '0304',
  '03030001',
  '0306022b',
  '830203',
  '050000abcd',
  '0600',
  '1800060003' + '01b81284',
  '2b0e0101000001' + '00ff41',
])
  test(`${pdu} is refused`, () => assert.throws(() => decode(pdu)));

test('an answer that fits its request not in function or size is refused', () => {
  for (const pdu of ['040400010002', '03020001', '0304000100', '03060001000200ff'])
    assert.throws(() => decodePdu(fromHex(pdu), read), pdu);
});
