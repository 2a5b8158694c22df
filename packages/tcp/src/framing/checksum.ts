/** A cyclic redundancy check in the terms of Ross Williams' "Rocksoft" model. */
export interface CrcParameters {
  /** Bits: 1 to 32. */
  readonly width: number;
  readonly poly: number;
  readonly init: number;
  /** Whether the bits of each input byte, and of the result, are taken from the lowest on. */
  readonly refin: boolean;
  readonly refout: boolean;
  readonly xorout: number;
}

/** A checksum over bytes `from` to `to` of a buffer. */
export interface Checksum {
  readonly name: string;
  /** Bytes it takes in a frame. */
  readonly size: number;
  of(bytes: Uint8Array, from: number, to: number): number;
}

const CRCS: Readonly<Record<string, CrcParameters>> = {
  crc8: plain(8, 0x07, 0),
  'crc8/egts': plain(8, 0x31, 0xff),
  'crc8/maxim': reflected(8, 0x31, 0),
  'crc8/sae-j1850': plain(8, 0x1d, 0xff, 0xff),
  'crc16/arc': reflected(16, 0x8005, 0),
  'crc16/modbus': reflected(16, 0x8005, 0xffff),
  'crc16/usb': reflected(16, 0x8005, 0xffff, 0xffff),
  'crc16/x25': reflected(16, 0x1021, 0xffff, 0xffff),
  'crc16/kermit': reflected(16, 0x1021, 0),
  'crc16/mcrf4xx': reflected(16, 0x1021, 0xffff),
  'crc16/dnp': reflected(16, 0x3d65, 0, 0xffff),
  'crc16/xmodem': plain(16, 0x1021, 0),
  'crc16/ccitt-false': plain(16, 0x1021, 0xffff),
  'crc16/genibus': plain(16, 0x1021, 0xffff, 0xffff),
  'crc24/q': plain(24, 0x864cfb, 0),
  crc32: reflected(32, 0x04c11db7, 0xffffffff, 0xffffffff),
  'crc32/c': reflected(32, 0x1edc6f41, 0xffffffff, 0xffffffff),
  'crc32/mpeg-2': plain(32, 0x04c11db7, 0xffffffff),
};

interface Sum {
  readonly size: number;
  readonly of: Checksum['of'];
}

const SUMS: Readonly<Record<string, Sum>> = {
  /** All bytes combined by exclusive or. */
  xor8: { size: 1, of: xor8 },
  /** The same, with all bits turned over. */
  'xor8/ff': { size: 1, of: (bytes, from, to) => xor8(bytes, from, to) ^ 0xff },
  /** The lowest byte of the sum, and its lowest two. */
  sum8: { size: 1, of: (bytes, from, to) => sum(bytes, from, to) & 0xff },
  sum16: { size: 2, of: (bytes, from, to) => sum(bytes, from, to) & 0xffff },
  /** The negated sum, so that sum and checksum add up to 0. */
  lrc8: { size: 1, of: (bytes, from, to) => -sum(bytes, from, to) & 0xff },
  /** Two sums of 8 bits each, the second of the first's values: modulo 256 (UBX, TCP option 14), or 255. */
  fletcher8: { size: 2, of: (bytes, from, to) => fletcher(bytes, from, to, 256, true) },
  fletcher16: { size: 2, of: (bytes, from, to) => fletcher(bytes, from, to, 255, false) },
  adler32: { size: 4, of: adler32 },
  /** The check of HJ 212: like CRC-16 with 0xa001, but each byte is combined with the upper half of the register. */
  'crc16/hj212': { size: 2, of: hj212 },
  /** The check of SATEL INTEGRA: turned, inverted and added to itself. */
  satel: { size: 2, of: satel },
  /** The internet checksum over little-endian words. */
  'inet16/le': { size: 2, of: inet16 },
};

/** Names that {@link checksum} knows. */
export const checksumNames: readonly string[] = [...Object.keys(CRCS), ...Object.keys(SUMS)];

/** A checksum by its name or by its parameters; undefined for an unknown name. */
export function checksum(kind: string | CrcParameters): Checksum | undefined {
  if (typeof kind !== 'string') return crc(`crc${kind.width}`, kind);
  const found = Object.hasOwn(SUMS, kind) ? SUMS[kind] : undefined;
  if (found !== undefined) return { name: kind, ...found };
  const parameters = Object.hasOwn(CRCS, kind) ? CRCS[kind] : undefined;
  return parameters === undefined ? undefined : crc(kind, parameters);
}

function plain(width: number, poly: number, init: number, xorout = 0): CrcParameters {
  return { width, poly, init, refin: false, refout: false, xorout };
}

function reflected(width: number, poly: number, init: number, xorout = 0): CrcParameters {
  return { width, poly, init, refin: true, refout: true, xorout };
}

function xor8(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value ^= bytes[i] as number;
  return value;
}

function sum(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = (value + (bytes[i] as number)) | 0;
  return value;
}

/** `firstHigh`: the sum of the bytes is before the sum of sums. */
function fletcher(bytes: Uint8Array, from: number, to: number, modulus: number, firstHigh: boolean): number {
  let a = 0;
  let b = 0;
  for (let i = from; i < to; i++) {
    a = (a + (bytes[i] as number)) % modulus;
    b = (b + a) % modulus;
  }
  return firstHigh ? a * 256 + b : b * 256 + a;
}

function adler32(bytes: Uint8Array, from: number, to: number): number {
  let a = 1;
  let b = 0;
  for (let i = from; i < to; i++) {
    a = (a + (bytes[i] as number)) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

function hj212(bytes: Uint8Array, from: number, to: number): number {
  let value = 0xffff;
  for (let i = from; i < to; i++) {
    value = (value >>> 8) ^ (bytes[i] as number);
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  }
  return value;
}

function satel(bytes: Uint8Array, from: number, to: number): number {
  let value = 0x147a;
  for (let i = from; i < to; i++) {
    value = ((value << 1) | (value >>> 15)) & 0xffff;
    value ^= 0xffff;
    value = (value + (value >>> 8) + (bytes[i] as number)) & 0xffff;
  }
  return value;
}

function inet16(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 2) {
    value += (bytes[i] as number) + (i + 1 < to ? (bytes[i + 1] as number) << 8 : 0);
    if (value > 0xffff) value -= 0xffff;
  }
  return ~value & 0xffff;
}

function crc(name: string, { width, poly, init, refin, refout, xorout }: CrcParameters): Checksum {
  const size = Math.ceil(width / 8);
  const flip = refin !== refout;
  const finish = (value: number): number => ((flip ? reverse(value, width) : value) ^ xorout) >>> 0;
  if (refin) {
    const table = reflectedTable(reverse(poly, width));
    const first = reverse(init, width);
    return {
      name,
      size,
      of(bytes, from, to) {
        let value = first;
        for (let i = from; i < to; i++)
          value = (value >>> 8) ^ (table[(value ^ (bytes[i] as number)) & 0xff] as number);
        return finish(value >>> 0);
      },
    };
  }
  // Widths below 32 are worked at the upper end of 32 bits.
  const shift = 32 - width;
  const table = plainTable(poly << shift);
  return {
    name,
    size,
    of(bytes, from, to) {
      let value = init << shift;
      for (let i = from; i < to; i++)
        value = (value << 8) ^ (table[(value >>> 24) ^ (bytes[i] as number)] as number);
      return finish(value >>> shift);
    },
  };
}

function reflectedTable(poly: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ poly : value >>> 1;
    return value;
  });
}

function plainTable(poly: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ poly : value << 1;
    return value;
  });
}

function reverse(value: number, width: number): number {
  let result = 0;
  for (let bit = 0; bit < width; bit++) result = (result << 1) | ((value >>> bit) & 1);
  return result >>> 0;
}
