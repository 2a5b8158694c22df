/** `fairlead:helpers`: numbers of fixed size. */
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const u8 = (bytes: Uint8Array, at = 0): number => view(bytes).getUint8(at);
export const i8 = (bytes: Uint8Array, at = 0): number => view(bytes).getInt8(at);
export const u16 = (bytes: Uint8Array, at = 0): number => view(bytes).getUint16(at);
export const u16le = (bytes: Uint8Array, at = 0): number => view(bytes).getUint16(at, true);
export const i16 = (bytes: Uint8Array, at = 0): number => view(bytes).getInt16(at);
export const i16le = (bytes: Uint8Array, at = 0): number => view(bytes).getInt16(at, true);
export const u24 = (bytes: Uint8Array, at = 0): number => u16(bytes, at) * 0x100 + u8(bytes, at + 2);
export const u24le = (bytes: Uint8Array, at = 0): number => u16le(bytes, at) + u8(bytes, at + 2) * 0x10000;
export const i24 = (bytes: Uint8Array, at = 0): number => (u24(bytes, at) << 8) >> 8;
export const i24le = (bytes: Uint8Array, at = 0): number => (u24le(bytes, at) << 8) >> 8;
export const u32 = (bytes: Uint8Array, at = 0): number => view(bytes).getUint32(at);
export const u32le = (bytes: Uint8Array, at = 0): number => view(bytes).getUint32(at, true);
export const i32 = (bytes: Uint8Array, at = 0): number => view(bytes).getInt32(at);
export const i32le = (bytes: Uint8Array, at = 0): number => view(bytes).getInt32(at, true);
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

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
