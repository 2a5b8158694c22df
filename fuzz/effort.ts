import { Deframer } from '@fairlead/tcp';
import type { Subject } from './codecs.ts';

const SMALL = 2 ** 16;
const LARGE = 2 ** 19;
/** A linear cost gives 1, a quadratic cost gives 8. */
const MOST_GROWTH = 2;
/** Below this, in milliseconds of processor time a KiB, byte by byte, growth is noise. */
const MATTERS = 0.6;

/**
 * Feeds the stream byte by byte. Reports if a byte of a long stream costs much more than a byte of a short stream: then
 * pending bytes are read or copied repeatedly.
 */
export function excessiveEffort(subject: Subject, stream: Buffer): string | undefined {
  let small = feed(subject, stream, SMALL);
  let large = Number.POSITIVE_INFINITY;
  // Cold code and other load only make it slower, so the best time counts.
  for (let attempt = 0; attempt < 3; attempt++) {
    small = Math.min(small, feed(subject, stream, SMALL));
    large = Math.min(large, feed(subject, stream, LARGE));
    if (large <= MOST_GROWTH * small || large <= MATTERS) return undefined;
  }
  return `a byte of ${LARGE} costs ${(large / small).toFixed(1)} times as much as one of ${SMALL}: ${large.toFixed(2)} ms a KiB`;
}

/** Milliseconds of processor time per KiB. */
function feed({ codec }: Subject, stream: Buffer, length: number): number {
  const deframer = new Deframer(codec.decoder(), codec.name);
  const started = process.cpuUsage();
  let fed = 0;
  for (; fed < length && deframer.failure === undefined; fed++) {
    deframer.push(Buffer.allocUnsafe(1).fill(stream[fed % stream.length] as number));
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000 / Math.max(1, fed / 1_024);
}
