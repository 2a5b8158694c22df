import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { type BlobValue, blobData, blobValue } from '../../src/index.ts';

describe('BLOBs', () => {
  it('come back as they were, compressed or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, compress) => {
        const blob = blobValue(bytes, '.bin', { compress });
        assert.equal(blob.format, compress ? '.bin.z' : '.bin');
        assert.deepEqual(blobData('B', blob), Buffer.from(bytes));
      }),
    );
    const large = Buffer.alloc(200_000, 'fits');
    assert.deepEqual(blobData('B', blobValue(large, '.fits')), large);
    assert.equal(blobValue(large, '.fits').base64.toString(), large.toString('base64'));
  });

  it('are read in lines, as C++ drivers send them', () => {
    const bytes = Buffer.alloc(1_000, 'abcdefg');
    const lines = bytes.toString('base64').replace(/.{72}/g, '$&\n');
    assert.deepEqual(
      blobData('B', { size: 1_000, format: '', base64: Buffer.from(`\n${lines}\n  `) }),
      bytes,
    );
  });

  it('are refused when they are not what they say', () => {
    const refuses = (blob: BlobValue, reason: RegExp, max?: number): void =>
      assert.throws(() => blobData('CCD1', blob, max), { code: 'BLOB_INVALID', message: reason });
    const good = blobValue(Buffer.from('hello'), '.txt');
    refuses({ ...good, size: 4 }, /states a size of 4 bytes and has 5/);
    refuses({ ...good, size: 6 }, /states a size of 6 bytes and has 5/);
    refuses(good, /limit is 4/, 4);
    refuses({ ...good, base64: Buffer.from('aGVs!G8=') }, /not base64, or cut off/);
    refuses({ ...good, base64: Buffer.from('aGVsb') }, /not base64, or cut off/);
    refuses({ ...good, base64: Buffer.from('aGVs=bG8') }, /not base64, or cut off/);
    refuses({ ...good, format: '.z' }, /cannot be decompressed/);
    const bomb = deflateSync(Buffer.alloc(10_000_000));
    refuses({ size: 5, format: '.z', base64: Buffer.from(bomb.toString('base64')) }, /is larger/);
    refuses({ ...blobValue(Buffer.from('hello'), '', { compress: true }), size: 6 }, /has 5/);
    assert.throws(() => blobData('B', { ...good, attached: true }), { code: 'BLOB_ATTACHED' });
  });
});
