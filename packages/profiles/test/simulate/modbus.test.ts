import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModbusRegisters, ModbusUnits } from '../../src/simulate/modbus.ts';

const unitsOf = () => new ModbusUnits(new ModbusRegisters());
const NOW = Date.UTC(2024, 0, 1);
const ask = (units: ModbusUnits, hex: string, now = NOW): string =>
  units
    .receive(Buffer.from(hex.replaceAll(' ', ''), 'hex'), now)
    .map((answer) => answer.toString('hex'))
    .join(' ');

test('TCP: the answer has the transaction and the unit of its request', () => {
  const units = unitsOf();
  assert.match(ask(units, '1234 0000 0006 11 03 0000 0002'), /^123400000007110304.{8}$/);
});

test('values move; what was written stays', () => {
  const units = unitsOf();
  const read = '0001 0000 0006 01 03 0001 0001';
  assert.notEqual(ask(units, read), ask(units, read, NOW + 60_000));
  assert.equal(ask(units, '0002 0000 0006 01 06 0001 abcd'), '00020000000601060001abcd');
  assert.equal(ask(units, read, NOW + 90_000), '000100000005010302abcd');
  assert.equal(ask(units, '0003 0000 000b 01 10 0004 0002 04 00010002'), '000300000006011000040002');
  assert.equal(ask(units, '0004 0000 0006 01 03 0004 0002'), '00040000000701030400010002');
  assert.equal(ask(units, '0005 0000 0006 01 05 0007 ff00'), '00050000000601050007ff00');
  assert.equal(ask(units, '0006 0000 0006 01 01 0007 0001'), '00060000000401010101');
});

test('values are such as the map says', () => {
  const map = [
    { name: 'a', address: 0, type: 'f32' },
    { name: 'b', address: 2, type: 'f32', order: 'cdab' },
    { name: 'c', address: 4, type: 'f32', order: 'dcba' },
    { name: 'd', address: 6, type: 'f32', order: 'badc' },
    { name: 'e', address: 8, type: 'bcd', length: 2 },
    { name: 'f', address: 10, type: 'text', length: 5 },
    { name: 'g', address: 15, kind: 'input', type: 'u32' },
    null,
    { name: 'h', address: 15 },
  ];
  const units = new ModbusUnits(new ModbusRegisters(map));
  const words = Buffer.from(ask(units, '0001 0000 0006 01 03 0000 0010').slice(18), 'hex');
  const b = Buffer.concat([words.subarray(6, 8), words.subarray(4, 6)]);
  const c = Buffer.from(words.subarray(8, 12)).reverse();
  const d = Buffer.from(words.subarray(12, 16)).swap16();
  for (const float of [words.subarray(0, 4), b, c, d].map((bytes) => bytes.readFloatBE()))
    assert.ok(float >= 15 && float <= 25, `${float}`);
  assert.match(words.toString('hex', 16, 20), /^000\d{5}$/);
  assert.equal(words.toString('latin1', 20, 30), 'SIMULATED ');
  const plain = ask(unitsOf(), '0001 0000 0006 01 03 000f 0001').slice(-4);
  assert.equal(words.toString('hex', 30), plain, 'as without a map');
  const input = Buffer.from(ask(units, '0002 0000 0006 01 04 000f 0002').slice(18), 'hex');
  assert.ok(input.readUInt32BE() < 100_000);
});

test('what was written is there on another link of the device', () => {
  const registers = new ModbusRegisters();
  ask(new ModbusUnits(registers), '0001 0000 0006 01 06 0001 abcd');
  const other = new ModbusUnits(registers);
  assert.equal(ask(other, '0002 0000 0006 01 03 0001 0001'), '000200000005010302abcd');
});

test('what cannot be answered gets an exception', () => {
  const units = unitsOf();
  for (const [what, pdu, exception] of [
    ['an unknown function', '2b0e0100', 'ab01'],
    ['an address beyond the last', '03ffff0002', '8302'],
    ['too many registers', '030000007e', '8303'],
    ['no register', '0300000000', '8303'],
    ['a coil that is neither on nor off', '0500011234', '8503'],
    ['a byte count that lies', '100001000203000000', '9003'],
  ] as const) {
    const length = (pdu.length / 2 + 1).toString(16).padStart(4, '0');
    assert.equal(ask(units, `00010000${length}01${pdu}`), `00010000000301${exception}`, what);
  }
});

test('RTU and ASCII are told by the first bytes; requests come in pieces, or glued', () => {
  const rtu = unitsOf();
  // Specification over serial line V1.02: 02 07 has the CRC 41 12.
  assert.equal(ask(rtu, '0106 0001 0003'), '');
  assert.equal(ask(rtu, '980b'), '010600010003980b');
  // Its address and quantity are what TCP has as protocol and length.
  assert.match(ask(unitsOf(), '0103 0000 0009 85cc'), /^010312/);
  const ascii = unitsOf();
  const text = (hex: string) => Buffer.from(hex, 'hex').toString('latin1');
  const request = ':010600010003F5\r\n';
  assert.equal(text(ask(ascii, Buffer.from(request).toString('hex'))), request);
  const tcp = unitsOf();
  const write = '000100000006010600010003';
  assert.equal(ask(tcp, write + write), `${write} ${write}`);
  for (const byte of Buffer.from(write, 'hex').subarray(0, -1))
    assert.equal(ask(tcp, Buffer.of(byte).toString('hex')), '');
  assert.equal(ask(tcp, '03'), write);
});

test('a wrong CRC is not answered, and noise is not kept for ever', () => {
  const units = unitsOf();
  assert.equal(ask(units, '010600010003980c'), '');
  assert.equal(ask(units, 'ff'.repeat(700)), '');
  assert.equal(ask(units, '010600010003980b'), '010600010003980b');
});
