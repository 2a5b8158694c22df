import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checksum, checksumNames } from '../../src/index.ts';

/** Check values of "123456789", as the catalogue of parametrised CRC algorithms and the makers' documents list them. */
const CHECKS: Record<string, number> = {
  crc8: 0xf4,
  'crc8/egts': 0xf7,
  'crc16/arc': 0xbb3d,
  'crc16/modbus': 0x4b37,
  'crc16/x25': 0x906e,
  'crc16/xmodem': 0x31c3,
  'crc16/ccitt-false': 0x29b1,
  'crc16/kermit': 0x2189,
  'crc16/mcrf4xx': 0x6f91,
  'crc24/q': 0xcde703,
  crc32: 0xcbf43926,
  xor8: 0x31,
  sum8: 0xdd,
  lrc8: 0x23,
};

describe('checksum', () => {
  const input = Buffer.from('..123456789..');
  for (const name of checksumNames) {
    it(`${name} has its published check value`, () => {
      assert.equal(checksum(name)?.of(input, 2, 11), CHECKS[name]);
    });
  }

  it('takes parameters', () => {
    const of = (parameters: Parameters<typeof checksum>[0]): number | undefined =>
      checksum(parameters)?.of(input, 2, 11);
    // CRC-32/BZIP2 and CRC-12/UMTS: all bits from the top; input from the top, result from the bottom.
    assert.equal(
      of({ width: 32, poly: 0x04c11db7, init: 0xffffffff, refin: false, refout: false, xorout: 0xffffffff }),
      0xfc891918,
    );
    assert.equal(of({ width: 12, poly: 0x80f, init: 0, refin: false, refout: true, xorout: 0 }), 0xdaf);
    // CRC-32C
    assert.equal(
      of({ width: 32, poly: 0x1edc6f41, init: 0xffffffff, refin: true, refout: true, xorout: 0xffffffff }),
      0xe3069283,
    );
  });

  it('does not know other names', () => {
    assert.equal(checksum('crc16/none'), undefined);
    assert.equal(checksum('toString'), undefined);
  });
});
