import { tcpErrors } from '../catalogue.ts';
import { type Checksum, checksum } from './checksum.ts';
import { readLength } from './length-field.ts';
import type { ParsedChecksum } from './spec-schema.ts';
import type { ByteWindow } from './window.ts';

/** A checksum and where it stands in a frame; places are as in the spec. */
export interface ChecksumCheck {
  readonly checksum: Checksum;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly little: boolean;
}

/** Throws an `Error` with the reason where the check value cannot stand there. */
export function checksumCheck({ kind, from, to, at, endian }: ParsedChecksum): ChecksumCheck {
  const known = checksum(kind) as Checksum;
  if (at < 0 && -at < known.size)
    throw new Error(`the check value has ${known.size} bytes, so it cannot stand ${-at} before the end`);
  return { checksum: known, from, to, at, little: endian === 'little' };
}

/** Checks the frame that is the window's first `total` bytes. Throws `FRAME_CHECKSUM_MISMATCH` or `FRAME_TOO_SHORT`. */
export function verifyChecksum(window: ByteWindow, total: number, check: ChecksumCheck): void {
  const from = check.from < 0 ? total + check.from : check.from;
  const to = check.to < 0 ? total + check.to : check.to;
  const at = check.at < 0 ? total + check.at : check.at;
  const { size, of } = check.checksum;
  if (from < 0 || to < from || to > total || at < 0 || at + size > total)
    throw tcpErrors.error('FRAME_TOO_SHORT', { size: total, min: smallest(check) });
  const start = window.start;
  const expected = of(window.bytes, start + from, start + to);
  const found = readLength(window.bytes, start + at, size, check.little);
  if (found !== expected)
    throw tcpErrors.error('FRAME_CHECKSUM_MISMATCH', {
      expected: hex(expected, size),
      found: hex(found, size),
    });
}

/** The fewest bytes in which all places lie within the frame. */
function smallest({ from, to, at, checksum: { size } }: ChecksumCheck): number {
  const reach = (place: number): number => (place < 0 ? -place : place);
  const apart = from >= 0 && to < 0 ? from - to : Math.max(reach(from), reach(to));
  return Math.max(apart, at < 0 ? -at : at + size);
}

function hex(value: number, size: number): string {
  return value.toString(16).padStart(size * 2, '0');
}
