import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, hex, Reader } from '../../../src/isolate/helpers.ts';

test('a reader reads one field after another', () => {
  const reader = new Reader(
    fromHex('ff 01 fe 0203 0203 fffe fffe 010203 010203 fffffe 01020304 3fc00000 4142 c0ffee 99'),
    1,
    32,
  );
  assert.deepEqual([reader.at, reader.left], [1, 31]);
  assert.deepEqual([reader.u8(), reader.i8()], [1, -2]);
  assert.deepEqual([reader.u16(), reader.u16le(), reader.i16(), reader.i16le()], [0x203, 0x302, -2, -257]);
  assert.deepEqual([reader.u24(), reader.u24le(), reader.i24()], [0x10203, 0x30201, -2]);
  assert.deepEqual([reader.u32(), reader.f32()], [0x01020304, 1.5]);
  assert.deepEqual([reader.ascii(2), reader.hex(2)], ['AB', 'c0ff']);
  assert.deepEqual([reader.at, reader.left], [32, 0]);
  assert.throws(() => reader.u8(), RangeError);
  assert.equal(reader.at, 32);
});

test('it reads numbers of eight bytes, little-endian ones, and stops at its end', () => {
  const bytes = fromHex(
    '0000000000000102 0201000000000000 fffffffffffffffe 01000000 02000000 0000c03f 000000000000f83f fe',
  );
  const reader = new Reader(bytes);
  assert.deepEqual([reader.u64(), reader.u64le(), reader.i64()], [0x102, 0x102, -2]);
  assert.deepEqual([reader.u32le(), reader.i32le(), reader.f32le(), reader.f64le()], [1, 2, 1.5, 1.5]);
  assert.throws(() => reader.skip(2), RangeError);
  assert.throws(() => reader.skip(-1), RangeError);
  reader.skip(1);
  assert.equal(reader.left, 0);
  assert.equal(hex(new Reader(bytes, 6, 8).take(2)), '0102');
  assert.throws(() => new Reader(bytes, 6, 8).take(3), RangeError);
  assert.throws(() => new Reader(bytes, 2, 1), RangeError);
  assert.throws(() => new Reader(bytes, 0, 99), RangeError);
});
