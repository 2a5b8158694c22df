/**
 * Estimates the memory of the values of a message. A value of one byte on the wire may take 64 bytes of memory, so that a
 * limit on bytes of the wire is not enough. The estimate is made from the bytes, before any value is created.
 */
import { tcpLimits } from '@fairlead/tcp';
import { messagingLimits } from './limits.ts';
import { invalid } from './wire.ts';

/** Throws `MESSAGE_INVALID` if `bytes` exceeds the memory that values of a message may use. @param max the largest message */
export function checkMemory(bytes: number, max: number): void {
  const limit = messagingLimits.values.memory * Math.max(1, max / tcpLimits.values.frame);
  if (bytes > limit) throw invalid('the top', `its values would occupy more than ${limit} bytes of memory`);
}
