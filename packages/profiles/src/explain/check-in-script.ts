/** A check that no framing names, because the script verifies it: looked for among the usual ones at the end of a frame. */
import { type Checksum, checksum, checksumNames } from '@fairlead/tcp/framing';

interface KnownCheck {
  readonly places: readonly number[];
  /** Writes the right check into a copy of the frame. */
  write(frame: Buffer): Buffer;
}

/** First bytes that may be uncovered, and bytes that may follow the check. */
const UNCOVERED = 8;
const AFTER = 5;

/** The first check that fits, the longest ones first: a short one may fit by chance. */
export function knownCheck(frame: Buffer): KnownCheck | undefined {
  const kinds = checksumNames
    .map((name) => checksum(name) as Checksum)
    .filter(({ size }) => size > 1)
    .sort((a, b) => b.size - a.size);
  for (const kind of kinds)
    for (let after = 0; after <= AFTER; after++) {
      const at = frame.length - after - kind.size;
      for (let from = 0; from < Math.min(UNCOVERED, at - kind.size); from++) {
        const value = kind.of(frame, from, at);
        // Zeros fit too easily.
        if (value === 0) continue;
        if (value === frame.readUIntBE(at, kind.size)) return found(kind, from, at, false);
        if (value === frame.readUIntLE(at, kind.size)) return found(kind, from, at, true);
      }
    }
  return undefined;
}

function found(kind: Checksum, from: number, at: number, little: boolean): KnownCheck {
  return {
    places: Array.from({ length: kind.size }, (_, i) => at + i),
    write(frame) {
      const value = kind.of(frame, from, at);
      if (little) frame.writeUIntLE(value, at, kind.size);
      else frame.writeUIntBE(value, at, kind.size);
      return frame;
    },
  };
}
