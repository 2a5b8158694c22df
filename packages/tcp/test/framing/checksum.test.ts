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
  'crc8/maxim': 0xa1,
  'crc8/sae-j1850': 0x4b,
  'crc16/usb': 0xb4c8,
  'crc16/dnp': 0xea82,
  'crc16/genibus': 0xd64e,
  'crc32/c': 0xe3069283,
  'crc32/mpeg-2': 0x0376e6e7,
  'xor8/ff': 0xce,
  sum16: 0x01dd,
  fletcher8: 0xdd15,
  fletcher16: 0x1ede,
  adler32: 0x091e01de,
  'crc16/hj212': 0x2f80,
  satel: 0xf853,
  'inet16/le': 0x2af6,
};

/** Values that documents and other programs' tests publish for bytes of their own. */
const PUBLISHED: readonly (readonly [kind: string, bytes: Buffer, value: number, source: string])[] = [
  [
    'crc16/hj212',
    Buffer.from(
      'QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&',
    ),
    0x1c80,
    'HJ 212-2017, appendix A',
  ],
  ['satel', Buffer.from('09', 'hex'), 0xd7eb, 'SATEL INTEGRA protocol'],
  ['crc24/q', Buffer.from('d300044ce00080', 'hex'), 0xededd6, 'pyrtcm, test_static.py'],
  ['crc16/modbus', Buffer.from('1234234534564567', 'hex'), 0xdbe2, 'pymodbus, test_framer.py'],
  ['lrc8', Buffer.from('1234234534564567', 'hex'), 0x1c, 'pymodbus, test_framer.py'],
  [
    'inet16/le',
    Buffer.from('0b00f38d03005a4b4661636556657273696f6e00', 'hex'),
    0x175a,
    'zk-protocol, protocol.md',
  ],
  ['crc16/ccitt-false', Buffer.from('c0', 'hex'), 0x38bc, 'bellows, test_ash.py'],
  ['crc16/x25', Buffer.from('05010001', 'hex'), 0xd9dc, 'the answer to a GT06 login'],
];

describe('checksum', () => {
  const input = Buffer.from('..123456789..');
  for (const name of checksumNames) {
    it(`${name} has its published check value`, () => {
      assert.equal(checksum(name)?.of(input, 2, 11), CHECKS[name]);
    });
  }

  for (const [kind, bytes, value, source] of PUBLISHED) {
    it(`${kind} gives what is published: ${source}`, () => {
      assert.equal(checksum(kind)?.of(bytes, 0, bytes.length), value);
    });
  }

  it('takes widths that are no whole bytes', () => {
    const of = (
      width: number,
      poly: number,
      init: number,
      reflected: boolean,
      xorout: number,
    ): number | undefined =>
      checksum({ width, poly, init, refin: reflected, refout: reflected, xorout })?.of(input, 2, 11);
    // CRC-3/GSM, CRC-5/USB, CRC-7/MMC
    assert.equal(of(3, 3, 0, false, 7), 0x4);
    assert.equal(of(5, 5, 0x1f, true, 0x1f), 0x19);
    assert.equal(of(7, 9, 0, false, 0), 0x75);
  });

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
