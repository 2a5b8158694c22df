/** `fairlead:helpers`: packed decimal digits. */
import { fromHex, hex } from './bytes.ts';

/** Packed decimal digits as text (so that leading zeros stay): 0x12 0x34 is '1234'. A digit above 9 throws. */
export function bcd(bytes: Uint8Array, at = 0, length = bytes.length - at): string {
  return decimal(within(bytes, at, length));
}

/** The same for bytes that stand in reverse order: 0x34 0x12 is '1234'. */
export function bcdle(bytes: Uint8Array, at = 0, length = bytes.length - at): string {
  return decimal(within(bytes, at, length).slice().reverse());
}

/** Packed decimal digits as a number; more than 15 digits may not be exact. */
export function bcdNumber(bytes: Uint8Array, at = 0, length = bytes.length - at): number {
  return Number(bcd(bytes, at, length));
}

/** Decimal digits packed two a byte, with zeros in front up to `length` bytes: '1234' is 0x12 0x34. More digits throw. */
export function toBcd(
  text: string | number | bigint,
  length = Math.ceil(String(text).length / 2),
): Uint8Array {
  const digits = String(text);
  if (!/^\d*$/.test(digits) || digits.length > 2 * length)
    throw new RangeError(`not ${2 * length} decimal digits: ${digits.slice(0, 60)}`);
  return fromHex(digits.padStart(2 * length, '0'));
}

/** The same with the bytes in reverse order: '1234' is 0x34 0x12. */
export function toBcdle(text: string | number | bigint, length?: number): Uint8Array {
  return toBcd(text, length).reverse();
}

function within(bytes: Uint8Array, at: number, length: number): Uint8Array {
  if (at < 0 || length < 0 || at + length > bytes.length) throw new RangeError('beyond the end');
  return bytes.subarray(at, at + length);
}

function decimal(bytes: Uint8Array): string {
  const digits = hex(bytes);
  if (/[a-f]/.test(digits)) throw new RangeError(`not BCD: ${digits}`);
  return digits;
}
