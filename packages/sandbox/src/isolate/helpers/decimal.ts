/** `fairlead:helpers`: packed decimal digits. */
import { hex } from './bytes.ts';

/** Packed decimal digits as text (so that leading zeros stay): 0x12 0x34 is '1234'. A digit above 9 throws. */
export function bcd(bytes: Uint8Array, at = 0, length = bytes.length - at): string {
  if (at < 0 || length < 0 || at + length > bytes.length) throw new RangeError('beyond the end');
  const digits = hex(bytes.subarray(at, at + length));
  if (/[a-f]/.test(digits)) throw new RangeError(`not BCD: ${digits}`);
  return digits;
}
