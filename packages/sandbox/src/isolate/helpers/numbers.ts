/** `fairlead:helpers`: numbers of fixed size. */
import { exact } from './exact.ts';

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// Made of bytes, since a view of them takes longer to make than a number.

/** A byte that is there. */
function byte(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw new RangeError('beyond the end');
  return value;
}

export const u8 = (bytes: Uint8Array, at = 0): number => byte(bytes, at);
export const i8 = (bytes: Uint8Array, at = 0): number => (byte(bytes, at) << 24) >> 24;
export const u16 = (bytes: Uint8Array, at = 0): number => byte(bytes, at + 1) | (byte(bytes, at) << 8);
export const u16le = (bytes: Uint8Array, at = 0): number => (byte(bytes, at + 1) << 8) | byte(bytes, at);
export const i16 = (bytes: Uint8Array, at = 0): number => (u16(bytes, at) << 16) >> 16;
export const i16le = (bytes: Uint8Array, at = 0): number => (u16le(bytes, at) << 16) >> 16;
export const u24 = (bytes: Uint8Array, at = 0): number => byte(bytes, at + 2) | (u16(bytes, at) << 8);
export const u24le = (bytes: Uint8Array, at = 0): number => (byte(bytes, at + 2) << 16) | u16le(bytes, at);
export const i24 = (bytes: Uint8Array, at = 0): number => (u24(bytes, at) << 8) >> 8;
export const i24le = (bytes: Uint8Array, at = 0): number => (u24le(bytes, at) << 8) >> 8;
export const i32 = (bytes: Uint8Array, at = 0): number => u16(bytes, at + 2) | (u16(bytes, at) << 16);
export const i32le = (bytes: Uint8Array, at = 0): number => (u16le(bytes, at + 2) << 16) | u16le(bytes, at);
export const u32 = (bytes: Uint8Array, at = 0): number => i32(bytes, at) >>> 0;
export const u32le = (bytes: Uint8Array, at = 0): number => i32le(bytes, at) >>> 0;
export const f32 = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat32(at);
export const f32le = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat32(at, true);
export const f64 = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat64(at);
export const f64le = (bytes: Uint8Array, at = 0): number => view(bytes).getFloat64(at, true);

/** 64-bit integers: a number where it is exact (up to 2^53), else a BigInt. */
export const u64 = (bytes: Uint8Array, at = 0): number | bigint => exact(view(bytes).getBigUint64(at));
export const u64le = (bytes: Uint8Array, at = 0): number | bigint =>
  exact(view(bytes).getBigUint64(at, true));
export const i64 = (bytes: Uint8Array, at = 0): number | bigint => exact(view(bytes).getBigInt64(at));
export const i64le = (bytes: Uint8Array, at = 0): number | bigint => exact(view(bytes).getBigInt64(at, true));

/** An integer as `size` bytes (1 to 8), negative ones as two's complement. One that does not fit throws a RangeError. */
export function be(value: number | bigint, size: number): Uint8Array {
  return le(value, size).reverse();
}

/** The same, lowest byte first. */
export function le(value: number | bigint, size: number): Uint8Array {
  if (!Number.isInteger(size) || size < 1 || size > 8)
    throw new RangeError(`a size from 1 to 8, got ${size}`);
  const whole = BigInt(value);
  const bound = 1n << BigInt(8 * size);
  if (whole >= bound || whole < -bound / 2n) throw new RangeError(`${value} does not fit into ${size} bytes`);
  const bytes = new Uint8Array(8);
  view(bytes).setBigUint64(0, BigInt.asUintN(64, whole), true);
  return bytes.slice(0, size);
}

/** A floating point number of IEEE 754 as 4 or 8 bytes. */
export const f32Bytes = (value: number): Uint8Array => written(4, (to) => to.setFloat32(0, value));
export const f32leBytes = (value: number): Uint8Array => written(4, (to) => to.setFloat32(0, value, true));
export const f64Bytes = (value: number): Uint8Array => written(8, (to) => to.setFloat64(0, value));
export const f64leBytes = (value: number): Uint8Array => written(8, (to) => to.setFloat64(0, value, true));

function written(size: number, write: (to: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  write(view(bytes));
  return bytes;
}

/**
 * A number in registers of 16 bits, in the four orders of Modbus devices: `abcd` highest byte first, `cdab` lowest register
 * first, `badc` the bytes of each register swapped, `dcba` lowest byte first. Of the 64-bit types, integers beyond 2^53 are
 * not exact.
 */
export function words(
  bytes: Uint8Array,
  at: number,
  type: 'u32' | 'i32' | 'f32' | 'u64' | 'i64' | 'f64',
  order: 'abcd' | 'cdab' | 'badc' | 'dcba' = 'abcd',
): number {
  const size = type.endsWith('64') ? 8 : 4;
  if (at < 0 || at + size > bytes.length) throw new RangeError('beyond the end');
  const ordered = new Uint8Array(size);
  for (let i = 0; i < size; i++) ordered[i] = bytes[at + placeOf(order, i, size)] as number;
  switch (type) {
    case 'u32':
      return u32(ordered);
    case 'i32':
      return i32(ordered);
    case 'f32':
      return f32(ordered);
    case 'u64':
      return Number(u64(ordered));
    case 'i64':
      return Number(i64(ordered));
    case 'f64':
      return f64(ordered);
    default:
      throw new RangeError(`no type of registers: ${String(type).slice(0, 60)}`);
  }
}

/** Where byte `i` of a number, from the highest, stands. */
function placeOf(order: string, i: number, size: number): number {
  switch (order) {
    case 'abcd':
      return i;
    case 'cdab':
      return (size - 2 - (i & ~1)) | (i & 1);
    case 'badc':
      return i ^ 1;
    case 'dcba':
      return size - 1 - i;
    default:
      throw new RangeError(`no order of registers: ${String(order).slice(0, 60)}`);
  }
}
