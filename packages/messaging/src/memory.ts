/**
 * What the values of a message occupy in memory, by an estimate. A value of one byte on the wire may take 64 bytes here, so
 * that bytes on the wire bound nothing. The estimate is made of the bytes, before any value.
 */
import { tcpLimits } from '@fairlead/tcp';
import { messagingLimits } from './limits.ts';
import { invalid } from './wire.ts';

/** Bytes that values occupy beside their bytes on the wire: V8 with pointers of 64 bits, the place in their container included. */
export const cost = {
  /** null, true, false, a number. */
  scalar: 8,
  /** Its header. */
  text: 32,
  /** Text, and its part in the shape of the object. */
  key: 48,
  container: 64,
  /** A Uint8Array, a Date or a bigint. */
  object: 104,
} as const;

/** Throws `MESSAGE_INVALID` where the values would occupy more `bytes` than those of a message may. @param max the largest message */
export function checkMemory(bytes: number, max: number): void {
  const limit = messagingLimits.values.memory * Math.max(1, max / tcpLimits.values.frame);
  if (bytes > limit) throw invalid('the top', `its values would occupy more than ${limit} bytes of memory`);
}
