/** `fairlead:helpers`: checksums by their name in a framing, and by their parameters. */
import { crc32, lrc, sum8, sum16, xor8 } from './checks.ts';

/**
 * A cyclic redundancy check in the terms of Ross Williams' "Rocksoft" model, as reveng.sourceforge.io lists them: `width`
 * 1 to 64 bits; `refin` and `refout`: the bits of each byte, and of the result, are taken from the lowest on.
 */
export interface CrcParameters {
  readonly width: number;
  readonly poly: number | bigint;
  readonly init?: number | bigint;
  readonly refin?: boolean;
  readonly refout?: boolean;
  readonly xorout?: number | bigint;
}

const CRCS: Readonly<Record<string, CrcParameters>> = {
  crc8: plain(8, 0x07, 0),
  'crc8/egts': plain(8, 0x31, 0xff),
  'crc8/maxim': mirrored(8, 0x31, 0),
  'crc8/sae-j1850': plain(8, 0x1d, 0xff, 0xff),
  'crc16/arc': mirrored(16, 0x8005, 0),
  'crc16/modbus': mirrored(16, 0x8005, 0xffff),
  'crc16/usb': mirrored(16, 0x8005, 0xffff, 0xffff),
  'crc16/x25': mirrored(16, 0x1021, 0xffff, 0xffff),
  'crc16/kermit': mirrored(16, 0x1021, 0),
  'crc16/mcrf4xx': mirrored(16, 0x1021, 0xffff),
  'crc16/dnp': mirrored(16, 0x3d65, 0, 0xffff),
  'crc16/xmodem': plain(16, 0x1021, 0),
  'crc16/ccitt-false': plain(16, 0x1021, 0xffff),
  'crc16/genibus': plain(16, 0x1021, 0xffff, 0xffff),
  'crc24/q': plain(24, 0x864cfb, 0),
  'crc32/c': mirrored(32, 0x1edc6f41, 0xffffffff, 0xffffffff),
  'crc32/mpeg-2': plain(32, 0x04c11db7, 0xffffffff),
};

const SUMS: Readonly<Record<string, (bytes: Uint8Array) => number>> = {
  xor8,
  'xor8/ff': (bytes) => xor8(bytes) ^ 0xff,
  sum8,
  sum16,
  lrc8: lrc,
  crc32,
  fletcher8: (bytes) => fletcher(bytes, 256, true),
  fletcher16: (bytes) => fletcher(bytes, 255, false),
  adler32,
  'crc16/hj212': hj212,
  satel,
  'inet16/le': inet16,
};

/**
 * A checksum of a framing rule by its name (`crc16/x25`, `sum16`, `fletcher8`), or a CRC by its parameters. A number; a BigInt for
 * a CRC of more than 53 bits. An unknown name and impossible parameters throw a RangeError.
 */
export function checksum(kind: CrcParameters & { readonly width: 64 }, bytes: Uint8Array): bigint;
export function checksum(kind: string | CrcParameters, bytes: Uint8Array): number;
export function checksum(kind: string | CrcParameters, bytes: Uint8Array): number | bigint {
  if (typeof kind !== 'string') return crc(kind, bytes);
  if (Object.hasOwn(SUMS, kind)) return (SUMS[kind] as (bytes: Uint8Array) => number)(bytes);
  if (Object.hasOwn(CRCS, kind)) return crc(CRCS[kind] as CrcParameters, bytes);
  throw new RangeError(`no checksum of this name: ${kind.slice(0, 60)}`);
}

function plain(width: number, poly: number, init: number, xorout = 0): CrcParameters {
  return { width, poly, init, refin: false, refout: false, xorout };
}

function mirrored(width: number, poly: number, init: number, xorout = 0): CrcParameters {
  return { width, poly, init, refin: true, refout: true, xorout };
}

function crc(parameters: CrcParameters, bytes: Uint8Array): number | bigint {
  const { width, poly, init = 0, refin = false, refout = refin, xorout = 0 } = parameters;
  if (!Number.isInteger(width) || width < 1 || width > 64)
    throw new RangeError(`a width from 1 to 64 bits, got ${width}`);
  if (width > 32) {
    const value = wideCrc(width, BigInt(poly), BigInt(init), refin, refout, BigInt(xorout), bytes);
    return width > 53 ? value : Number(value);
  }
  // Worked from the lowest bit on, so that every width fits into 32 bits.
  const mask = 2 ** width - 1;
  const mirroredPoly = reverse(Number(poly), width);
  let value = reverse(Number(init), width);
  for (const byte of bytes) {
    value ^= refin ? byte : reverse(byte, 8);
    for (let i = 0; i < 8; i++) value = value & 1 ? (value >>> 1) ^ mirroredPoly : value >>> 1;
  }
  value >>>= 0;
  return ((refout ? value : reverse(value, width)) ^ (Number(xorout) & mask)) >>> 0;
}

function wideCrc(
  width: number,
  poly: bigint,
  init: bigint,
  refin: boolean,
  refout: boolean,
  xorout: bigint,
  bytes: Uint8Array,
): bigint {
  const mirroredPoly = reverseWide(poly, width);
  let value = reverseWide(init, width);
  for (const byte of bytes) {
    value ^= BigInt(refin ? byte : reverse(byte, 8));
    for (let i = 0; i < 8; i++) value = value & 1n ? (value >> 1n) ^ mirroredPoly : value >> 1n;
  }
  return (refout ? value : reverseWide(value, width)) ^ BigInt.asUintN(width, xorout);
}

function reverse(value: number, width: number): number {
  let result = 0;
  for (let bit = 0; bit < width; bit++) result = (result << 1) | ((value >>> bit) & 1);
  return result >>> 0;
}

function reverseWide(value: bigint, width: number): bigint {
  let result = 0n;
  for (let bit = 0; bit < width; bit++) result = (result << 1n) | ((value >> BigInt(bit)) & 1n);
  return result;
}

/** `firstHigh`: the sum of the bytes stands before the sum of sums. */
function fletcher(bytes: Uint8Array, modulus: number, firstHigh: boolean): number {
  let a = 0;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % modulus;
    b = (b + a) % modulus;
  }
  return firstHigh ? a * 256 + b : b * 256 + a;
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

/** HJ 212-2017, appendix A: as CRC-16 with 0xa001, but each byte meets the upper half of the register. */
function hj212(bytes: Uint8Array): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value = (value >>> 8) ^ byte;
    for (let i = 0; i < 8; i++) value = value & 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  }
  return value;
}

/** SATEL INTEGRA: rotated, inverted and added to itself. */
function satel(bytes: Uint8Array): number {
  let value = 0x147a;
  for (const byte of bytes) {
    value = (((value << 1) | (value >>> 15)) & 0xffff) ^ 0xffff;
    value = (value + (value >>> 8) + byte) & 0xffff;
  }
  return value;
}

/** RFC 1071, over little-endian words. */
function inet16(bytes: Uint8Array): number {
  let value = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    value += (bytes[i] as number) + ((bytes[i + 1] ?? 0) << 8);
    if (value > 0xffff) value -= 0xffff;
  }
  return ~value & 0xffff;
}
