import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callHost } from '../../../src/child/host.ts';
import { hex } from '../../../src/isolate/helpers.ts';
import { decodePdu, plan, registerMap, writes } from '../../../src/isolate/modbus.ts';

(globalThis as { fairleadHost?: unknown }).fairleadHost = callHost;

const writable = { writable: true };
const sent = (entries: object[], values: Record<string, unknown>) =>
  writes(
    registerMap(
      entries.map((entry) => ({ ...writable, ...entry })),
      1,
    ),
    values,
  ).map(({ pdu }) => hex(pdu));

test('one coil by function 5, one register by function 6', () => {
  assert.deepEqual(sent([{ name: 'a', kind: 'coil', address: 172 }], { a: true }), ['0500acff00']);
  assert.deepEqual(sent([{ name: 'a', address: 1 }], { a: 3 }), ['0600010003']);
});

test('neighbours in one request by functions 15 and 16, others apart', () => {
  const coils = Array.from({ length: 10 }, (_, i) => ({ name: `c${i}`, kind: 'coil', address: 19 + i }));
  const states = [1, 0, 1, 1, 0, 0, 1, 1, 1, 0];
  assert.deepEqual(sent(coils, Object.fromEntries(states.map((on, i) => [`c${i}`, on]))), [
    '0f0013000a02cd01',
  ]);
  const registers = [
    { name: 'x', address: 9 },
    { name: 'b', address: 2 },
    { name: 'a', address: 1 },
  ];
  assert.deepEqual(sent(registers, { x: 1, b: 258, a: 10 }), ['100001000204000a0102', '0600090001']);
});

test('a bit of a register by function 22', () => {
  assert.deepEqual(sent([{ name: 'a', address: 8, bit: 3 }], { a: true }), ['160008fff70008']);
  assert.deepEqual(sent([{ name: 'a', address: 8, bit: 3 }], { a: false }), ['160008fff70000']);
});

test('what is written is what is read', () => {
  const cases: [entry: object, value: unknown][] = [
    [{ type: 'i16', scale: 0.1 }, -12.3],
    [{ type: 'i32', order: 'cdab' }, -70_000],
    [{ type: 'u64', order: 'dcba' }, 2 ** 40],
    [{ type: 'f32', order: 'badc' }, 1.5],
    [{ type: 'f64', order: 'cdab' }, -0.1],
    [{ type: 'bcd', length: 2 }, 123_456],
    [{ type: 'text', length: 3, order: 'badc' }, 'ABCDE'],
    [{ offset: 100 }, 150],
  ];
  for (const [entry, value] of cases) {
    const map = registerMap([{ name: 'v', address: 0, ...writable, ...entry }], 1);
    const [write] = writes(map, { v: value });
    const [read] = plan(map);
    assert.ok(write && read);
    const data = write.pdu[0] === 6 ? write.pdu.slice(3) : write.pdu.slice(6);
    assert.deepEqual(decodePdu(Uint8Array.of(3, data.length, ...data), read), { v: value });
  }
});

const refused: [what: string, entry: object, value: unknown][] = [
  ['too large', {}, 65_536],
  ['below zero', {}, -1],
  ['no number', {}, 'x'],
  ['NaN', { type: 'f32' }, Number.NaN],
  ['a text too long', { type: 'text', length: 1 }, 'abc'],
  ['a coil that is no flag', { kind: 'coil' }, 2],
  ['too many digits', { type: 'bcd' }, 12_345],
  ['read-only', { writable: false }, 1],
];
for (const [what, entry, value] of refused)
  test(`${what} is refused`, () => {
    assert.throws(() => sent([{ name: 'level', address: 0, ...entry }], { level: value }), /register level/);
  });

test('an unknown name is refused', () => {
  assert.throws(() => sent([{ name: 'a', address: 0 }], { b: 1 }), /no register is named b/);
});
