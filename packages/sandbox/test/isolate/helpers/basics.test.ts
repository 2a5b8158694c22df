import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as h from '../../../src/isolate/helpers.ts';

const digits = Uint8Array.from('123456789', (c) => c.charCodeAt(0));
const bytesOf = (...list: number[]) => Uint8Array.from(list);

test('the checks give their published values for 123456789', () => {
  const published: [(bytes: Uint8Array) => number, number][] = [
    [h.crc16x25, 0x906e],
    [h.crc16modbus, 0x4b37],
    [h.crc16arc, 0xbb3d],
    [h.crc16kermit, 0x2189],
    [h.crc16ccittFalse, 0x29b1],
    [h.crc16xmodem, 0x31c3],
    [h.crc32, 0xcbf43926],
    [h.sum8, 0xdd],
    [h.xor8, 0x31],
  ];
  for (const [check, value] of published) assert.equal(check(digits), value);
});

test('text goes to UTF-8 and back, as Buffer does it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = h.utf8Bytes(text);
      assert.deepEqual(Buffer.from(bytes), Buffer.from(text, 'utf8'));
      assert.equal(h.utf8(bytes), text);
    }),
  );
});

test('bytes that are not UTF-8 become replacement characters, as TextDecoder has it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      assert.equal(h.utf8(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    }),
    { numRuns: 2_000 },
  );
  for (const hex of ['f0808080', 'e08080', 'eda080', 'f4908080', 'c0af', 'f09f98', 'e282']) {
    const bytes = h.fromHex(hex);
    assert.equal(h.utf8(bytes), new TextDecoder().decode(bytes), hex);
  }
});

test('hex goes both ways and refuses what is not hex', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(h.fromHex(h.hex(bytes, ' ')), bytes)));
  assert.equal(h.hex(bytesOf(0, 0xab, 7), ':'), '00:ab:07');
  assert.throws(() => h.fromHex('0x1'), RangeError);
  assert.throws(() => h.fromHex('123'), RangeError);
});

test('numbers are read as Buffer reads them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 9, maxLength: 9 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      const at = 1;
      assert.equal(h.u8(bytes, at), buffer.readUInt8(at));
      assert.equal(h.i8(bytes, at), buffer.readInt8(at));
      assert.equal(h.u16(bytes, at), buffer.readUInt16BE(at));
      assert.equal(h.u16le(bytes, at), buffer.readUInt16LE(at));
      assert.equal(h.i16(bytes, at), buffer.readInt16BE(at));
      assert.equal(h.i16le(bytes, at), buffer.readInt16LE(at));
      assert.equal(h.u24(bytes, at), buffer.readUIntBE(at, 3));
      assert.equal(h.u24le(bytes, at), buffer.readUIntLE(at, 3));
      assert.equal(h.i24(bytes, at), buffer.readIntBE(at, 3));
      assert.equal(h.i24le(bytes, at), buffer.readIntLE(at, 3));
      assert.equal(h.u32(bytes, at), buffer.readUInt32BE(at));
      assert.equal(h.u32le(bytes, at), buffer.readUInt32LE(at));
      assert.equal(h.i32(bytes, at), buffer.readInt32BE(at));
      assert.equal(h.i32le(bytes, at), buffer.readInt32LE(at));
      assert.equal(h.f32(bytes, at), buffer.readFloatBE(at));
      assert.equal(h.f32le(bytes, at), buffer.readFloatLE(at));
      assert.equal(h.f64(bytes, at), buffer.readDoubleBE(at));
      assert.equal(h.f64le(bytes, at), buffer.readDoubleLE(at));
      assert.equal(BigInt(h.u64(bytes, at)), buffer.readBigUInt64BE(at));
      assert.equal(BigInt(h.u64le(bytes, at)), buffer.readBigUInt64LE(at));
      assert.equal(BigInt(h.i64(bytes, at)), buffer.readBigInt64BE(at));
      assert.equal(BigInt(h.i64le(bytes, at)), buffer.readBigInt64LE(at));
      assert.throws(() => h.u16(bytes, 8), RangeError);
    }),
  );
  assert.equal(typeof h.u64(bytesOf(0, 0x1f, 255, 255, 255, 255, 255, 255)), 'number');
  assert.equal(typeof h.u64(bytesOf(0, 0x20, 0, 0, 0, 0, 0, 1)), 'bigint');
});

test('BCD keeps leading zeros and refuses other digits', () => {
  assert.equal(h.bcd(bytesOf(0x08, 0x63, 0x58), 0, 2), '0863');
  assert.throws(() => h.bcd(bytesOf(0x1f)), RangeError);
  assert.throws(() => h.bcd(bytesOf(0x11), 0, 2), RangeError);
});

test('bits are counted from the lowest, also beyond 32', () => {
  assert.equal(h.bit(0b100, 2), true);
  assert.equal(h.bit(0b100, 1), false);
  assert.equal(h.bits(0b1101_0110, 2, 3), 0b101);
  assert.equal(h.bit(2 ** 40, 40), true);
});

test('dates are UTC, two-digit years are of this century, impossible days are refused', () => {
  assert.equal(h.dateUTC(25, 3, 1, 12, 30, 5).toISOString(), '2025-03-01T12:30:05.000Z');
  assert.equal(h.dateUnix(1_700_000_000).toISOString(), '2023-11-14T22:13:20.000Z');
  assert.throws(() => h.dateUTC(2025, 2, 30), RangeError);
  assert.throws(() => h.dateUTC(0, 0, 0), RangeError);
});

test('concat joins bytes, text and numbers; latin1 and ascii read bytes', () => {
  assert.deepEqual(h.concat(1, 'é', bytesOf(2, 3), [4]), bytesOf(1, 0xc3, 0xa9, 2, 3, 4));
  assert.equal(h.latin1(bytesOf(0x41, 0xe9)), 'Aé');
  assert.equal(h.ascii(bytesOf(0xc1, 0x42)), 'AB');
});
