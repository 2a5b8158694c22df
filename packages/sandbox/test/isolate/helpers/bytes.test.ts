import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as h from '../../../src/isolate/helpers.ts';

test('bytes are compared and found', () => {
  assert.equal(h.equal(h.fromHex('0102'), h.fromHex('0102')), true);
  assert.equal(h.equal(h.fromHex('0102'), h.fromHex('0103')), false);
  assert.equal(h.equal(h.fromHex('0102'), h.fromHex('010200')), false);
  const short = fc.uint8Array({ max: 2, maxLength: 8 });
  fc.assert(
    fc.property(short, short, fc.integer({ min: -2, max: 9 }), (bytes, pattern, from) => {
      const expected =
        pattern.length === 0 && from > bytes.length
          ? -1
          : Buffer.from(bytes).indexOf(pattern, Math.max(from, 0));
      assert.equal(h.indexOf(bytes, pattern, from), expected);
    }),
  );
  assert.equal(h.indexOf(h.utf8Bytes('a;b;c'), ';', 2), 3);
  assert.equal(h.indexOf(h.utf8Bytes('a;b;c'), 0x62), 2);
});

test('bytes are split at a byte', () => {
  const texts = (text: string) => h.split(h.utf8Bytes(text), 0x2c).map(h.utf8);
  assert.deepEqual(texts('a,b,,c'), ['a', 'b', '', 'c']);
  assert.deepEqual(texts(''), ['']);
  assert.deepEqual(texts(','), ['', '']);
});

test('Base64 goes both ways, and both alphabets are read', () => {
  // RFC 4648, section 10.
  const published = { '': '', f: 'Zg==', fo: 'Zm8=', foo: 'Zm9v', foobar: 'Zm9vYmFy' };
  for (const [text, encoded] of Object.entries(published)) {
    assert.equal(h.base64(h.utf8Bytes(text)), encoded);
    assert.equal(h.utf8(h.fromBase64(encoded)), text);
  }
  assert.equal(h.hex(h.fromBase64('-_+/')), 'fbffbf');
  assert.equal(h.utf8(h.fromBase64(' Zm8\n')), 'fo');
  assert.throws(() => h.fromBase64('Zm9v!'), RangeError);
});
