/**
 * The bytes of a journal: pure functions, no files.
 *
 * ## What always holds
 *
 * 1. Each record has a sequence, one higher than the record before it. Sequences are never used again, not even after a crash.
 * 2. A record lies whole in one segment, and no segment is larger than the size that was set.
 * 3. The name of a segment states the sequence of its first record and its salt. A segment is never opened again for writing
 *    by a later process: what was torn at its end cannot meet new records.
 * 4. An append is reported as done only after its records, and the entry of their segment in the folder, were flushed to the disk.
 * 5. Only flushed records are read, and only records that were read can be confirmed. So the cursor never passes the disk.
 * 6. A segment is removed only when all its records are confirmed and a later segment is on disk.
 * 7. After a failed flush the file is given up: the system may have dropped the pages. Its records that were not flushed go to a
 *    new segment, with the same sequences. A reader skips sequences that it has seen.
 * 8. The mark of the journal is the highest of all marks that were ever appended. It survives the removal of segments.
 * 9. Bytes that cannot be read are skipped up to the next whole record. They are counted and named, never passed over silently.
 * 10. Payloads cannot imitate a record: its checksums begin with the salt of the segment, which no device knows.
 *
 * ## A segment, integers big-endian
 *
 * ```text
 *  0..3   'F' 'L' 'J' 1        the last byte is the version of the format
 *  4..7   SALT                 random
 *  8..13  FIRST                sequence of the first record
 * 14..19  MARK                 the highest mark of all segments before this one
 * 20..23  CHECK                CRC-32C of bytes 0 to 19
 * 24..    records, one directly after another
 * ```
 *
 * ## A record
 *
 * ```text
 *  0..3   LENGTH               of the payload
 *  4..9   SEQUENCE
 * 10..15  MARK                 a number of the owner that grows over restarts, such as an epoch
 * 16..19  HEAD                 CRC-32C of bytes 0 to 15, begun with the salt
 * 20..23  CHECK                CRC-32C of the payload, begun with HEAD
 * 24..    PAYLOAD
 * ```
 *
 * HEAD makes a wrong LENGTH known before it is used, so that one damaged payload costs one record, and a search for the next
 * record costs the same for each byte, whatever the payloads contain.
 *
 * ## The cursor: two such slots, written in turn
 *
 * ```text
 *  0..3   'F' 'L' 'C' 1
 *  4..9   TURN                 the higher one is the newer
 * 10..15  CONFIRMED            the last sequence that the reader confirmed
 * 16..19  CHECK                CRC-32C of bytes 0 to 15
 * ```
 */
import { crc32c } from './crc32c.ts';

export const SEGMENT_HEAD = 24;
export const RECORD_HEAD = 24;
export const SLOT = 20;

const SEGMENT_MAGIC = 0x46_4c_4a_01;
const CURSOR_MAGIC = 0x46_4c_43_01;
const NAME = /^(\d{15})-([0-9a-f]{8})\.journal$/;

// --- segments --------------------------------------------------------------------------------------------------------

/** What a segment says about itself. */
interface SegmentHead {
  readonly salt: number;
  readonly first: number;
  readonly mark: number;
}

export function segmentName({ first, salt }: Pick<SegmentHead, 'first' | 'salt'>): string {
  return `${String(first).padStart(15, '0')}-${salt.toString(16).padStart(8, '0')}.journal`;
}

/** undefined: not the name of a segment. */
export function parseSegmentName(name: string): Pick<SegmentHead, 'first' | 'salt'> | undefined {
  const [, first, salt] = NAME.exec(name) ?? [];
  return first === undefined
    ? undefined
    : { first: Number(first), salt: Number.parseInt(salt as string, 16) };
}

export function writeSegmentHead({ salt, first, mark }: SegmentHead): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEAD);
  bytes.writeUInt32BE(SEGMENT_MAGIC, 0);
  bytes.writeUInt32BE(salt, 4);
  bytes.writeUIntBE(first, 8, 6);
  bytes.writeUIntBE(mark, 14, 6);
  bytes.writeUInt32BE(crc32c(bytes, 0, 20), 20);
  return bytes;
}

/** undefined: the head is damaged, or of another version. */
export function readSegmentHead(bytes: Buffer): SegmentHead | undefined {
  if (bytes.length < SEGMENT_HEAD || bytes.readUInt32BE(0) !== SEGMENT_MAGIC) return undefined;
  if (bytes.readUInt32BE(20) !== crc32c(bytes, 0, 20)) return undefined;
  return { salt: bytes.readUInt32BE(4), first: bytes.readUIntBE(8, 6), mark: bytes.readUIntBE(14, 6) };
}

// --- records ---------------------------------------------------------------------------------------------------------

/** Writes the head of a record whose payload of `length` bytes is in place already, behind it. */
export function sealRecord(
  into: Buffer,
  at: number,
  length: number,
  salt: number,
  sequence: number,
  mark: number,
): void {
  const payload = at + RECORD_HEAD;
  into.writeUInt32BE(length, at);
  into.writeUIntBE(sequence, at + 4, 6);
  into.writeUIntBE(mark, at + 10, 6);
  const head = crc32c(into, at, at + 16, salt);
  into.writeUInt32BE(head, at + 16);
  into.writeUInt32BE(crc32c(into, payload, payload + length, head), at + 20);
}

/** What stands at a place of a segment. Reused from record to record. */
export class RecordView {
  sequence = 0;
  mark = 0;
  /** The payload, from here to `next`. */
  payload = 0;
  /** Where the next record begins. Of `short`: the end of the bytes that are needed. */
  next = 0;

  /**
   * `whole`: it is read. `short`: the bytes end before it does. `damaged`: its payload is wrong, and it ends at `next`. `none`:
   * no record begins here.
   */
  read(bytes: Buffer, at: number, end: number, salt: number): 'whole' | 'short' | 'damaged' | 'none' {
    this.payload = at + RECORD_HEAD;
    this.next = this.payload;
    if (this.payload > end) return 'short';
    if (bytes.readUInt32BE(at + 16) !== crc32c(bytes, at, at + 16, salt)) return 'none';
    this.#head(bytes, at);
    if (this.next > end) return 'short';
    const check = crc32c(bytes, this.payload, this.next, bytes.readUInt32BE(at + 16));
    return bytes.readUInt32BE(at + 20) === check ? 'whole' : 'damaged';
  }

  /** A record that this process has just written: its checksums need not be computed again. */
  trust(bytes: Buffer, at: number): void {
    this.payload = at + RECORD_HEAD;
    this.#head(bytes, at);
  }

  #head(bytes: Buffer, at: number): void {
    this.next = this.payload + bytes.readUInt32BE(at);
    this.sequence = bytes.readUIntBE(at + 4, 6);
    this.mark = bytes.readUIntBE(at + 10, 6);
  }
}

/** Where the next head of a record begins at or after `from`; -1: nowhere before `end`. Each place costs the same. */
export function nextRecord(bytes: Buffer, from: number, end: number, salt: number): number {
  for (let at = from; at + RECORD_HEAD <= end; at++)
    if (bytes.readUInt32BE(at + 16) === crc32c(bytes, at, at + 16, salt)) return at;
  return -1;
}

// --- the cursor ------------------------------------------------------------------------------------------------------

export function writeSlot(turn: number, confirmed: number): Buffer {
  const bytes = Buffer.alloc(SLOT);
  bytes.writeUInt32BE(CURSOR_MAGIC, 0);
  bytes.writeUIntBE(turn, 4, 6);
  bytes.writeUIntBE(confirmed, 10, 6);
  bytes.writeUInt32BE(crc32c(bytes, 0, 16), 16);
  return bytes;
}

/** The newer of the slots that are whole; undefined: there is none. */
export function readSlots(bytes: Buffer): { readonly turn: number; readonly confirmed: number } | undefined {
  let newest: { turn: number; confirmed: number } | undefined;
  for (let at = 0; at + SLOT <= bytes.length; at += SLOT) {
    if (bytes.readUInt32BE(at) !== CURSOR_MAGIC) continue;
    if (bytes.readUInt32BE(at + 16) !== crc32c(bytes, at, at + 16)) continue;
    const turn = bytes.readUIntBE(at + 4, 6);
    if (newest === undefined || turn > newest.turn)
      newest = { turn, confirmed: bytes.readUIntBE(at + 10, 6) };
  }
  return newest;
}
