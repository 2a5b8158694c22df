import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PacketGuard } from '../../src/embedded/packet-guard.ts';

function packet(size: number): Buffer {
  const head = [0x30];
  let rest = size;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  head.push(rest);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(size, 0xff)]);
}

/** What the guard says about the bytes when they come in pieces of these lengths. */
function verdict(bytes: Buffer, pieces: readonly number[]): number | undefined {
  const guard = new PacketGuard(100, 1_000);
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const step = pieces.length === 0 ? bytes.length : (pieces[i % pieces.length] as number);
    const found = guard.push(bytes.subarray(at, at + step));
    if (found !== undefined) return found;
    at += step;
  }
  return undefined;
}

test('finds the first packet that is too large, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_200 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 4 }),
      (sizes, pieces) => {
        const expected = sizes.some((size, i) => size > (i === 0 ? 100 : 1_000));
        const found = verdict(Buffer.concat(sizes.map(packet)), pieces);
        assert.equal(found !== undefined, expected, `${found}`);
      },
    ),
  );
});

test('a length that does not end is too large', () => {
  assert.notEqual(verdict(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]), []), undefined);
  assert.notEqual(verdict(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80]), [1]), undefined);
});
