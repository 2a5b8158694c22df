import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as h from '../../../src/isolate/helpers.ts';

const beyond = { name: 'RangeError' };

test('integers are written as Buffer writes them, and what does not fit is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.maxSafeInteger(), (size, any) => {
      const value = any % 2 ** (8 * size - 1);
      const buffer = Buffer.alloc(size);
      if (value < 0) buffer.writeIntBE(value, 0, size);
      else buffer.writeUIntBE(value, 0, size);
      assert.equal(h.hex(h.be(value, size)), buffer.toString('hex'));
      assert.equal(h.hex(h.le(value, size)), buffer.reverse().toString('hex'));
    }),
  );
  assert.equal(h.hex(h.be(0x0123456789abcdefn, 8)), '0123456789abcdef');
  assert.equal(h.hex(h.le(-2n, 8)), 'feffffffffffffff');
  for (const [value, size] of [
    [256, 1],
    [-129, 1],
    [1.5, 2],
    [1, 0],
    [1, 9],
  ] as const)
    assert.throws(() => h.be(value, size), beyond);
});

test('floating point numbers are written as they are read', () => {
  assert.equal(h.hex(h.f32Bytes(1.5)), '3fc00000');
  assert.equal(h.hex(h.f32leBytes(1.5)), '0000c03f');
  assert.equal(h.hex(h.f64Bytes(-2)), 'c000000000000000');
  assert.equal(h.hex(h.f64leBytes(-2)), '00000000000000c0');
});

test('registers are read in the four orders', () => {
  const orders = { abcd: '3fc00000', cdab: '00003fc0', badc: 'c03f0000', dcba: '0000c03f' } as const;
  for (const [order, hex] of Object.entries(orders))
    assert.equal(h.words(h.fromHex(`ff${hex}`), 1, 'f32', order as 'abcd'), 1.5, order);
  const long = {
    abcd: '0102030405060708',
    cdab: '0708050603040102',
    badc: '0201040306050807',
    dcba: '0807060504030201',
  };
  for (const [order, hex] of Object.entries(long))
    assert.equal(h.words(h.fromHex(hex), 0, 'u64', order as 'abcd'), Number(0x0102030405060708n), order);
  assert.equal(h.words(h.fromHex('fffe ffff'), 0, 'i32', 'cdab'), -2);
  assert.equal(h.words(h.fromHex('ffffffff'), 0, 'u32', 'cdab'), 0xffffffff);
  assert.equal(h.words(h.fromHex('fffffffffffffffe'), 0, 'i64'), -2);
  assert.equal(h.words(h.be(0, 8), 0, 'f64'), 0);
  assert.throws(() => h.words(h.fromHex('0102'), 0, 'u32', 'abcd'), beyond);
  assert.throws(() => h.words(h.be(0, 8), 0, 'u32', 'acbd' as 'abcd'), beyond);
  assert.throws(() => h.words(h.be(0, 8), 0, 'u16' as 'u32', 'abcd'), beyond);
});

test('packed decimal digits go both ways, in both orders', () => {
  assert.equal(h.bcdle(h.fromHex('341200'), 0, 2), '1234');
  assert.equal(h.bcdNumber(h.fromHex('ff0042'), 1, 2), 42);
  assert.equal(h.hex(h.toBcd('123')), '0123');
  assert.equal(h.hex(h.toBcd(1234, 4)), '00001234');
  assert.equal(h.hex(h.toBcdle('1234', 3)), '341200');
  const bytes = h.fromHex('3412');
  h.bcdle(bytes);
  assert.equal(h.hex(bytes), '3412');
  assert.throws(() => h.toBcd('12345', 2), beyond);
  assert.throws(() => h.toBcd('12a4'), beyond);
  assert.throws(() => h.toBcd(-5), beyond);
});

test('numbers of variable size go both ways', () => {
  // protobuf.dev/programming-guides/encoding: 150 is 96 01, and -2 as an int32 takes ten bytes.
  assert.deepEqual(h.varint(h.fromHex('ff9601'), 1), { value: 150, size: 2 });
  assert.equal(h.hex(h.toVarint(-2)), 'feffffffffffffffff01');
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const bytes = h.toVarint(value);
      const read = h.varint(bytes);
      assert.equal(BigInt(read.value), value);
      assert.equal(read.size, bytes.length);
      assert.equal(typeof read.value, value <= Number.MAX_SAFE_INTEGER ? 'number' : 'bigint');
    }),
  );
  assert.throws(() => h.varint(h.fromHex('8080')), beyond);
  assert.throws(() => h.varint(new Uint8Array(20).fill(0x80)), beyond);
  assert.throws(() => h.toVarint(2n ** 64n), beyond);
});

test('zig-zag numbers are those of the Protocol Buffers guide', () => {
  const pairs: [number | bigint, number | bigint][] = [
    [0, 0],
    [-1, 1],
    [1, 2],
    [-2, 3],
    [0x7fffffff, 0xfffffffe],
    [-0x80000000, 0xffffffff],
    [-(2n ** 63n), 2n ** 64n - 1n],
  ];
  for (const [signed, unsigned] of pairs) {
    assert.equal(h.toZigzag(signed), unsigned);
    assert.equal(h.zigzag(unsigned), signed);
  }
});

test('a message of Protocol Buffers is split into its fields', () => {
  assert.deepEqual(h.protobuf(h.fromHex('089601 120774657374696e67 1d01020304 210102030405060708')), [
    { field: 1, wire: 0, value: 150 },
    { field: 2, wire: 2, value: h.utf8Bytes('testing') },
    { field: 3, wire: 5, value: h.fromHex('01020304') },
    { field: 4, wire: 1, value: h.fromHex('0102030405060708') },
  ]);
  assert.deepEqual(h.protobuf(new Uint8Array()), []);
  for (const bad of ['08', '1202aa', '0b', '0001', '12ffffffffffffffff7f'])
    assert.throws(() => h.protobuf(h.fromHex(bad)), beyond, bad);
});

test('bits are read one after another from either end', () => {
  const reader = new h.BitReader(h.fromHex('ff a5 c3'), 1);
  assert.equal(reader.left, 16);
  assert.equal(reader.bits(3), 0b101);
  assert.equal(reader.flag(), false);
  assert.equal(reader.signed(3), 0b010);
  reader.skip(1);
  assert.equal(reader.signed(8), 0xc3 - 256);
  assert.equal(reader.left, 0);
  assert.throws(() => reader.bits(1), beyond);
  assert.throws(() => reader.skip(1), beyond);
  const low = new h.BitReader(h.fromHex('a5c3'), 0, { lsb: true });
  assert.equal(low.bits(4), 0x5);
  assert.equal(low.bits(8), 0x3a);
  assert.equal(low.bits(4), 0xc);
  const wide = new h.BitReader(h.fromHex('0fffffffffffffff'));
  assert.equal(wide.bits(4), 0);
  assert.equal(wide.bits(53), 2 ** 53 - 1);
  assert.equal(new h.BitReader(h.fromHex('ffffffffffffffff'), 0, { lsb: true }).bits(53), 2 ** 53 - 1);
  assert.throws(() => new h.BitReader(h.fromHex('00'), 2), beyond);
  assert.throws(() => wide.bits(54), beyond);
});

test('text of six bits is that of AIS', () => {
  // "HELLO", then "@" and what is not looked at; then " A" with spaces behind.
  const codes = [8, 5, 12, 12, 15, 0, 1, 32, 1, 32, 32, 48];
  let bits = '';
  for (const code of codes) bits += code.toString(2).padStart(6, '0');
  const bytes = Uint8Array.from(bits.match(/.{8}/g) as string[], (byte) => Number.parseInt(byte, 2));
  const reader = new h.BitReader(bytes);
  assert.equal(reader.text6(7), 'HELLO');
  assert.equal(reader.text6(4), ' A');
  assert.equal(reader.text6(1), '0');
});
