/** `fairlead:helpers`: numbers of variable size, and the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding). */
import { exact } from './exact.ts';

/** An unsigned integer of 7 bits a byte, lowest first, of at most 10 bytes: its value and how many bytes it took. */
export function varint(bytes: Uint8Array, at = 0): { value: number | bigint; size: number } {
  let low = 0; // The first 28 bits, which are most numbers.
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new RangeError('beyond the end');
    if (i < 4) low |= (byte & 0x7f) << (7 * i);
    else value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte >= 0x80) continue;
    const size = i + 1;
    return { value: size <= 4 ? low : exact(BigInt.asUintN(64, value | BigInt(low))), size };
  }
  throw new RangeError('a number of variable size takes more than 10 bytes');
}

/** The bytes of a number of variable size; a negative one as 64 bits of two's complement. */
export function toVarint(value: number | bigint): Uint8Array {
  let left = BigInt(value);
  if (left >= 1n << 64n || left < -(1n << 63n)) throw new RangeError(`${value} does not fit into 64 bits`);
  left = BigInt.asUintN(64, left);
  const bytes: number[] = [];
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Uint8Array.from(bytes);
}

/** The signed number behind an unsigned one: 0 1 2 3 are 0 -1 1 -2. */
export function zigzag(value: number | bigint): number | bigint {
  const whole = BigInt(value);
  return exact((whole >> 1n) ^ -(whole & 1n));
}

/** The unsigned number for a signed one of 64 bits: 0 -1 1 -2 are 0 1 2 3. */
export function toZigzag(value: number | bigint): number | bigint {
  const whole = BigInt(value);
  return exact(BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n)));
}

/** One field of a message: `value` is a number for wire type 0, else bytes: 8 for 1, 4 for 5, any number for 2. */
export type ProtobufField = { field: number; wire: 0 | 1 | 2 | 5; value: number | bigint | Uint8Array };

/** The fields of a message, in their order. Bytes share the memory of `bytes`. What is no message throws a RangeError. */
export function protobuf(bytes: Uint8Array): ProtobufField[] {
  const fields: ProtobufField[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = varint(bytes, at);
    const field = Math.floor(Number(tag.value) / 8);
    const wire = Number(BigInt(tag.value) & 7n);
    at += tag.size;
    if (field < 1 || field >= 2 ** 29) throw new RangeError(`field ${field} of a message`);
    if (wire === 0) {
      const { value, size } = varint(bytes, at);
      fields.push({ field, wire, value });
      at += size;
      continue;
    }
    if (wire !== 1 && wire !== 2 && wire !== 5) throw new RangeError(`wire type ${wire} of a message`);
    let size = wire === 1 ? 8 : 4;
    if (wire === 2) {
      const length = varint(bytes, at);
      size = Number(length.value);
      at += length.size;
    }
    if (size > bytes.length - at) throw new RangeError('beyond the end');
    fields.push({ field, wire, value: bytes.subarray(at, at + size) });
    at += size;
  }
  return fields;
}
