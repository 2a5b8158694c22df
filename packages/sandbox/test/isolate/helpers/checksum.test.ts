import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum, fromHex, lrc, sum16, utf8Bytes } from '../../../src/isolate/helpers.ts';

const digits = utf8Bytes('123456789');

test('the checksums of framings give their published values for 123456789', () => {
  // reveng.sourceforge.io, and for the sums the value that follows from their definition.
  const published: Record<string, number> = {
    crc8: 0xf4,
    'crc8/egts': 0xf7,
    'crc8/maxim': 0xa1,
    'crc8/sae-j1850': 0x4b,
    'crc16/arc': 0xbb3d,
    'crc16/modbus': 0x4b37,
    'crc16/usb': 0xb4c8,
    'crc16/x25': 0x906e,
    'crc16/kermit': 0x2189,
    'crc16/mcrf4xx': 0x6f91,
    'crc16/dnp': 0xea82,
    'crc16/xmodem': 0x31c3,
    'crc16/ccitt-false': 0x29b1,
    'crc16/genibus': 0xd64e,
    'crc24/q': 0xcde703,
    crc32: 0xcbf43926,
    'crc32/c': 0xe3069283,
    'crc32/mpeg-2': 0x0376e6e7,
    xor8: 0x31,
    'xor8/ff': 0xce,
    sum8: 0xdd,
    sum16: 0x01dd,
    lrc8: 0x23,
    fletcher8: 0xdd15,
    adler32: 0x091e01de,
    'crc16/hj212': 0x2f80,
    satel: 0xf853,
    'inet16/le': 0x2af6,
  };
  for (const [name, value] of Object.entries(published)) assert.equal(checksum(name, digits), value, name);
  // Wikipedia's examples of Fletcher-16.
  assert.equal(checksum('fletcher16', utf8Bytes('abcde')), 0xc8f0);
  assert.equal(checksum('fletcher16', utf8Bytes('abcdefgh')), 0x0627);
});

test('published frames carry these checksums', () => {
  const hj212 =
    'QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&';
  assert.equal(checksum('crc16/hj212', utf8Bytes(hj212)), 0x1c80);
  assert.equal(checksum('satel', fromHex('09')), 0xd7eb);
  assert.equal(checksum('crc24/q', fromHex('d300044ce00080')), 0xededd6);
  assert.equal(checksum('inet16/le', fromHex('0b00f38d03005a4b4661636556657273696f6e00')), 0x175a);
});

test('a CRC of any parameters gives its published value', () => {
  const published: [parameters: Parameters<typeof checksum>[0], value: number | bigint][] = [
    [{ width: 3, poly: 0x3, init: 0, refin: false, refout: false, xorout: 0x7 }, 0x4], // CRC-3/GSM
    [{ width: 5, poly: 0x05, init: 0x1f, refin: true, refout: true, xorout: 0x1f }, 0x19], // CRC-5/USB
    [{ width: 12, poly: 0x80f, init: 0, refin: false, refout: true, xorout: 0 }, 0xdaf], // CRC-12/UMTS
    [{ width: 15, poly: 0x4599 }, 0x059e], // CRC-15/CAN
    [{ width: 31, poly: 0x04c11db7, init: 0x7fffffff, xorout: 0x7fffffff }, 0x0ce9e46c], // CRC-31/PHILIPS
    [
      { width: 32, poly: 0x04c11db7, init: 0xffffffff, refin: true, refout: true, xorout: 0xffffffff },
      0xcbf43926,
    ],
    [{ width: 40, poly: 0x0004820009, xorout: 0xffffffffff }, 0xd4164fc646], // CRC-40/GSM
    [{ width: 64, poly: 0x42f0e1eba9ea3693n }, 0x6c40df5f0b497347n], // CRC-64/ECMA-182
    [
      {
        width: 64,
        poly: 0x42f0e1eba9ea3693n,
        init: 0xffffffffffffffffn,
        refin: true,
        refout: true,
        xorout: 0xffffffffffffffffn,
      },
      0x995dc9bbdf1939fan, // CRC-64/XZ
    ],
  ];
  for (const [parameters, value] of published) assert.equal(checksum(parameters, digits), value);
});

test('what is no checksum is refused', () => {
  assert.throws(() => checksum('crc99', digits), { name: 'RangeError', message: /crc99/ });
  assert.throws(() => checksum('constructor', digits), RangeError);
  assert.throws(() => checksum({ width: 65, poly: 1 }, digits), RangeError);
});

test('sums', () => {
  assert.equal(sum16(new Uint8Array(300).fill(0xff)), (300 * 0xff) & 0xffff);
  // Modbus ASCII: the sum of the message and its LRC is 0.
  assert.equal(lrc(fromHex('1103006b0003')), 0x7e);
});
