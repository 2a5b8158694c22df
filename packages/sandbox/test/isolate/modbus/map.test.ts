import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registerMap } from '../../../src/isolate/modbus.ts';

const entry = { name: 'voltage', address: 10 };

test('an entry of name and address is an unsigned holding register', () => {
  assert.deepEqual(registerMap([entry], 7), [
    {
      name: 'voltage',
      unitId: 7,
      table: 'holding',
      address: 10,
      size: 1,
      type: 'u16',
      order: 'abcd',
      scale: 1,
      offset: 0,
      writable: false,
    },
  ]);
});

test('registers stand by unit, table and address', () => {
  const map = registerMap(
    [
      { name: 'd', address: 5 },
      { name: 'e', kind: 'input', address: 0 },
      { name: 'c', address: 1 },
      { name: 'f', address: 0, unitId: 2 },
      { name: 'a', function: 1, address: 9 },
      { name: 'b', kind: 'discrete', address: 3 },
    ],
    1,
  );
  assert.deepEqual(
    map.map(({ name }) => name),
    ['a', 'b', 'c', 'd', 'e', 'f'],
  );
});

test('bits may share a register, and names may come again in another unit', () => {
  const map = [
    { name: 'a', address: 1, bit: 0 },
    { name: 'b', address: 1, bit: 15 },
    { name: 'a', address: 1, unitId: 2 },
  ];
  assert.equal(registerMap(map, 1).length, 3);
});

const refused: [what: string, entries: unknown, reason: RegExp][] = [
  ['no list', {}, /^registers: expected a list/],
  ['no object', [7], /registers\[0\]: expected an object/],
  ['no name', [{ address: 1 }], /registers\[0\]: a name/],
  ['a name with white space', [{ name: 'a b', address: 1 }], /registers\[0\]: a name/],
  ['an unknown key', [{ ...entry, adress: 1 }], /register voltage: unknown key adress/],
  ['no address', [{ name: 'voltage' }], /register voltage: address is a whole number/],
  ['an address beyond', [{ ...entry, address: 65_536 }], /register voltage: address/],
  ['an end beyond', [{ ...entry, address: 65_535, type: 'u32' }], /register voltage: it ends beyond/],
  ['an unknown kind', [{ ...entry, kind: 'toString' }], /register voltage: kind is one of/],
  ['a function that writes', [{ ...entry, function: 6 }], /register voltage: function is/],
  ['a function and another kind', [{ ...entry, function: 4, kind: 'holding' }], /function 4 does not read/],
  ['an unknown type', [{ ...entry, type: 'u8' }], /register voltage: type is one of/],
  ['a wide coil', [{ ...entry, kind: 'coil', type: 'u16' }], /register voltage: a bit has the type bool/],
  ['a bit of a coil', [{ ...entry, kind: 'coil', bit: 1 }], /register voltage: a coil has no bit/],
  ['a bit too high', [{ ...entry, bit: 16 }], /register voltage: bit is/],
  ['a wide bit', [{ ...entry, bit: 1, type: 'u32' }], /register voltage: a bit has the type bool/],
  ['a length of a number', [{ ...entry, length: 2 }], /register voltage: length goes with/],
  ['an unknown order', [{ ...entry, type: 'u32', order: 'abdc' }], /register voltage: order is one of/],
  ['a scale of 0', [{ ...entry, scale: 0 }], /register voltage: scale must not be 0/],
  ['a writable input', [{ ...entry, kind: 'input', writable: true }], /register voltage: a input cannot/],
  ['a unit beyond', [{ ...entry, unitId: 256 }], /register voltage: unitId/],
  ['a name twice', [entry, { ...entry, address: 20 }], /register voltage: the name stands twice/],
  [
    'a word within a number',
    [{ name: 'energy', address: 9, type: 'u32' }, entry],
    /register voltage: it overlaps energy/,
  ],
  [
    'the same bit twice',
    [
      { name: 'a', address: 1, bit: 3 },
      { name: 'b', address: 1, bit: 4 },
      { name: 'c', address: 1, bit: 3 },
    ],
    /register c: it overlaps a/,
  ],
  [
    'a bit of a number',
    [
      { name: 'a', address: 1, type: 'u32' },
      { name: 'b', address: 2, bit: 3 },
    ],
    /register b: it overlaps a/,
  ],
];
for (const [what, entries, reason] of refused)
  test(`${what} is refused with the entry named`, () => {
    assert.throws(() => registerMap(entries, 1), { name: 'RangeError', message: reason });
  });

test('a map of more than 2000 entries is refused', () => {
  const entries = Array.from({ length: 2_001 }, (_, address) => ({ name: `r${address}`, address }));
  assert.throws(() => registerMap(entries, 1), RangeError);
});
