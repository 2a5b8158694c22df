import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../../src/isolate/helpers.ts';
import { plan, registerMap, valuesOf } from '../../../src/isolate/modbus.ts';

const spans = (entries: object[], gap?: number, largest?: number) =>
  plan(registerMap(entries, 1), gap, largest).map((read) => [read.function, read.address, read.quantity]);
const holding = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ name: `r${i}`, address: i, ...more }));

test('neighbours are read in one request', () => {
  assert.deepEqual(spans(holding(3)), [[3, 0, 3]]);
});

test('a hole ends a request, unless it is within the gap', () => {
  const entries = [
    { name: 'a', address: 0 },
    { name: 'b', address: 3 },
  ];
  assert.deepEqual(spans(entries), [
    [3, 0, 1],
    [3, 3, 1],
  ]);
  assert.deepEqual(spans(entries, 1).length, 2);
  assert.deepEqual(spans(entries, 2), [[3, 0, 4]]);
});

test('no request reads more than 125 registers or 2000 bits', () => {
  assert.deepEqual(spans(holding(126)), [
    [3, 0, 125],
    [3, 125, 1],
  ]);
  assert.deepEqual(spans(holding(2_000, { kind: 'coil' })), [[1, 0, 2_000]]);
  assert.deepEqual(
    spans(holding(1_999, { kind: 'coil' }).concat({ name: 'x', address: 2_000, kind: 'coil' } as never), 5),
    [
      [1, 0, 1_999],
      [1, 2_000, 1],
    ],
  );
});

test('a value is not cut in two, and a long text is read whole', () => {
  const entries = [
    { name: 'a', address: 0 },
    { name: 'b', address: 1, type: 'u32' },
    { name: 'c', address: 3, type: 'text', length: 20 },
  ];
  assert.deepEqual(spans(entries, 0, 2), [
    [3, 0, 1],
    [3, 1, 2],
    [3, 3, 20],
  ]);
});

test('units and tables are read apart', () => {
  const entries = [
    { name: 'a', address: 0 },
    { name: 'b', address: 1, kind: 'input' },
    { name: 'c', address: 1, unitId: 2 },
  ];
  assert.deepEqual(spans(entries, 9), [
    [3, 0, 1],
    [4, 1, 1],
    [3, 1, 1],
  ]);
});

function value(entry: object, hex: string): unknown {
  const [read] = plan(registerMap([{ name: 'v', address: 0, ...entry }], 1));
  assert.ok(read);
  return valuesOf(read, fromHex(hex)).v;
}

test('values by type and order', () => {
  assert.equal(value({}, 'ffff'), 65_535);
  assert.equal(value({ type: 'i16' }, 'ffff'), -1);
  assert.equal(value({ type: 'i16', order: 'badc' }, 'feff'), -2);
  assert.equal(value({ type: 'u32' }, '00010002'), 65_538);
  assert.equal(value({ type: 'i32', order: 'cdab' }, 'fffeffff'), -2);
  assert.equal(value({ type: 'f32' }, '3fc00000'), 1.5);
  assert.equal(value({ type: 'f32', order: 'badc' }, 'c03f0000'), 1.5);
  assert.equal(value({ type: 'f32', order: 'dcba' }, '0000c03f'), 1.5);
  assert.equal(value({ type: 'u64' }, '0000000000000100'), 256);
  assert.equal(value({ type: 'f64' }, '3ff8000000000000'), 1.5);
  assert.equal(value({ type: 'bcd' }, '1234'), 1_234);
  assert.equal(value({ type: 'bcd', length: 2 }, '00123456'), 123_456);
  assert.equal(value({ type: 'text', length: 2 }, '41422000'), 'AB');
  assert.equal(value({ type: 'text', length: 2, order: 'badc' }, '42410043'), 'ABC');
  assert.equal(value({ bit: 15 }, '8000'), true);
  assert.equal(value({ bit: 14 }, '8000'), false);
});

test('scale and offset leave no digits of binary fractions; what is no number is left out', () => {
  assert.equal(value({ scale: 0.1 }, '00e6'), 23);
  assert.equal(value({ scale: 0.1, offset: -40 }, '00e7'), -16.9);
  assert.equal(value({ type: 'f32' }, '7fc00000'), undefined);
});

test('coils stand in bits from the lowest', () => {
  const [read] = plan(registerMap(holding(10, { kind: 'coil' }), 1));
  assert.ok(read);
  const values = valuesOf(read, fromHex('0502'));
  assert.deepEqual(
    Object.keys(values).filter((name) => values[name] === true),
    ['r0', 'r2', 'r9'],
  );
});
