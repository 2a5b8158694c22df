/** A cyclic redundancy check in the terms of Ross Williams' "Rocksoft" model. */
export interface CrcParameters {
  /** Bits: 8 to 32. */
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
  'crc16/arc': reflected(16, 0x8005, 0),
  'crc16/modbus': reflected(16, 0x8005, 0xffff),
  'crc16/x25': reflected(16, 0x1021, 0xffff, 0xffff),
  'crc16/kermit': reflected(16, 0x1021, 0),
  'crc16/mcrf4xx': reflected(16, 0x1021, 0xffff),
  'crc16/xmodem': plain(16, 0x1021, 0),
  'crc16/ccitt-false': plain(16, 0x1021, 0xffff),
  'crc24/q': plain(24, 0x864cfb, 0),
  crc32: reflected(32, 0x04c11db7, 0xffffffff, 0xffffffff),
};

const SUMS: Readonly<Record<string, Checksum['of']>> = {
  /** All bytes combined by exclusive or. */
  xor8: (bytes, from, to) => {
    let value = 0;
    for (let i = from; i < to; i++) value ^= bytes[i] as number;
    return value;
  },
  /** The lowest byte of the sum. */
  sum8: sum8,
  /** The sum's negative, so that sum and check come to 0. */
  lrc8: (bytes, from, to) => -sum8(bytes, from, to) & 0xff,
};

/** Names that {@link checksum} knows. */
export const checksumNames: readonly string[] = [...Object.keys(CRCS), ...Object.keys(SUMS)];

/** A checksum by its name or by its parameters; undefined for an unknown name. */
export function checksum(kind: string | CrcParameters): Checksum | undefined {
  if (typeof kind !== 'string') return crc(`crc${kind.width}`, kind);
  const sum = Object.hasOwn(SUMS, kind) ? SUMS[kind] : undefined;
  if (sum !== undefined) return { name: kind, size: 1, of: sum };
  const parameters = Object.hasOwn(CRCS, kind) ? CRCS[kind] : undefined;
  return parameters === undefined ? undefined : crc(kind, parameters);
}

function plain(width: number, poly: number, init: number): CrcParameters {
  return { width, poly, init, refin: false, refout: false, xorout: 0 };
}

function reflected(width: number, poly: number, init: number, xorout = 0): CrcParameters {
  return { width, poly, init, refin: true, refout: true, xorout };
}

function sum8(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value += bytes[i] as number;
  return value & 0xff;
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
