import { type FairleadError, Fifo, type Log } from '@fairlead/core';
import { journalErrors } from './catalogue.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { nextRecord, RECORD_HEAD, RecordView } from './format.ts';
import type { Group } from './group.ts';
import { inWords } from './in-words.ts';
import { journalLimits } from './limits.ts';
import { type Place, positionOf, type Segment, type Segments, startOf } from './segments.ts';

/** Records, in order. */
export interface ReadBatch {
  readonly payloads: readonly Buffer[];
  /** Sequence of the last one: what is confirmed when the batch has arrived. */
  readonly last: number;
}

interface Recent extends Place {
  readonly group: Group;
}

/** What was read, up to a place. */
interface Reach extends Place {
  readonly last: number;
}

const { readChunk, readBatch, readAttempts, recent } = journalLimits.values;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Reads what is on disk, in order, from the memory where it is still there. Records that were read are confirmed later, or read
 * again after {@link Reader.rewind}.
 */
export class Reader {
  readonly #files: JournalFiles;
  readonly #segments: Segments;
  readonly #log: Log;
  readonly #view = new RecordView();
  /** Flushed groups that follow each other and {@link Reader.#at}. */
  readonly #recent = new Fifo<Recent>();
  #recentBytes = 0;
  #newest: Recent | undefined;
  /** How far the first recent group was read. */
  #inGroup = 0;
  #at: Reach;
  /** Batches that were read and are not confirmed. */
  readonly #unconfirmed = new Fifo<Reach>();
  #confirmed: Reach;
  #open: { readonly segment: Segment; readonly file: JournalFile } | undefined;
  /** Bytes that were skipped since the last whole record. */
  #skipping: { readonly segment: Segment; readonly offset: number; bytes: number } | undefined;
  #attempts = 0;
  /** The highest sequence on disk. */
  #known: number;
  /** Records that are lost, and bytes that could not be read. */
  lostRecords = 0;
  lostBytes = 0;

  /**
   * @param confirmed sequence of the cursor; 0: there is none, and all is read
   * @param known the highest sequence on disk
   */
  constructor(files: JournalFiles, segments: Segments, log: Log, confirmed: number, known: number) {
    this.#files = files;
    this.#segments = segments;
    this.#log = log;
    this.#known = known;
    let segment = segments.first;
    // Of segments that begin with the same sequence, all but one are empty; the first of them is before the records.
    for (let next = segment; next !== undefined && next.first <= confirmed + 1; next = segments.after(next))
      if (next.first > (segment as Segment).first) segment = next;
    const last = confirmed > 0 ? confirmed : (segment?.first ?? 1) - 1;
    this.#at = this.#confirmed = { ...startOf(segment), last };
  }

  /** The last sequence that was confirmed. */
  get confirmed(): number {
    return this.#confirmed.last;
  }

  /** Bytes of the journal that are not confirmed. */
  get waiting(): number {
    return this.#segments.end - positionOf(this.#confirmed);
  }

  /** Whether something is on disk that was not read. */
  get hasMore(): boolean {
    return positionOf(this.#at) < this.#segments.end;
  }

  /** A group is on disk. It is kept in memory if the reader has come as far, or will. */
  offer(group: Group, segment: Segment, offset: number): void {
    this.#known = group.last;
    const before = this.#newest?.group.last ?? this.#at.last;
    if (before !== group.first - 1 || this.#recentBytes + group.length > recent) return;
    if (this.#skipping !== undefined) return;
    this.#newest = { group, segment, offset };
    this.#recent.push(this.#newest);
    this.#recentBytes += group.length;
  }

  /** The next records; undefined: there are none now. Rejects with JOURNAL_READ_FAILED; the next call tries again. */
  async next(): Promise<ReadBatch | undefined> {
    const batch = this.#fromMemory() ?? (await this.#fromDisk());
    if (batch !== undefined) this.#unconfirmed.push(this.#at);
    return batch;
  }

  /** Everything up to this sequence has arrived. Returns the segments that nobody needs any more. */
  confirm(last: number): Segment[] {
    for (let reach = this.#unconfirmed.first; reach !== undefined; reach = this.#unconfirmed.first) {
      if (reach.last > last) break;
      this.#confirmed = reach;
      this.#unconfirmed.shift();
    }
    return this.#segments.passed(this.#confirmed);
  }

  /** What is not confirmed is read again. */
  rewind(): void {
    this.#unconfirmed.take();
    this.#forgetRecent();
    this.#skipping = undefined;
    this.#at = this.#confirmed;
  }

  async close(): Promise<void> {
    const { file } = this.#open ?? {};
    this.#open = undefined;
    await file?.close().catch(() => {});
  }

  // --- from memory ---------------------------------------------------------------------------------------------------

  #fromMemory(): ReadBatch | undefined {
    const { first } = this.#recent;
    if (first === undefined) return undefined;
    const { group, segment, offset } = first;
    const payloads: Buffer[] = [];
    const view = this.#view;
    let at = this.#inGroup;
    while (at < group.length && payloads.length < readBatch) {
      view.trust(group.bytes, at);
      payloads.push(group.bytes.subarray(view.payload, view.next));
      at = view.next;
    }
    this.#inGroup = at;
    this.#at = { segment, offset: offset + at, last: view.sequence };
    if (at === group.length) {
      this.#recent.shift();
      this.#recentBytes -= group.length;
      this.#inGroup = 0;
      if (this.#recent.length === 0) this.#newest = undefined;
    }
    return { payloads, last: view.sequence };
  }

  #forgetRecent(): void {
    this.#recent.take();
    this.#recentBytes = 0;
    this.#newest = undefined;
    this.#inGroup = 0;
  }

  // --- from the disk -------------------------------------------------------------------------------------------------

  async #fromDisk(): Promise<ReadBatch | undefined> {
    for (;;) {
      const segment = this.#at.segment ?? this.#segments.first;
      if (segment === undefined) return undefined;
      const { offset } = this.#at;
      if (offset < segment.bytes) {
        const batch = await this.#fromSegment(segment, offset);
        if (batch !== undefined) return batch;
        continue;
      }
      const next = this.#segments.after(segment);
      if (next === undefined) {
        this.#atEnd();
        return undefined;
      }
      this.#at = { ...startOf(next), last: this.#at.last };
    }
  }

  /** undefined: nothing new is there, and the place has moved. */
  async #fromSegment(segment: Segment, offset: number): Promise<ReadBatch | undefined> {
    const { bytes: end, salt } = segment;
    let bytes = await this.#read(segment, offset, Math.min(readChunk, end - offset));
    if (bytes.length === 0) return undefined;
    const view = this.#view;
    const payloads: Buffer[] = [];
    let { last } = this.#at;
    let at = 0;
    while (at < bytes.length && payloads.length < readBatch) {
      const what = view.read(bytes, at, bytes.length, salt);
      if (what === 'whole') {
        if (view.sequence > last) {
          this.#arrived(segment, offset + at, last, view.sequence);
          last = view.sequence;
          payloads.push(bytes.subarray(view.payload, view.next));
        }
        at = view.next;
        continue;
      }
      // The rest of the chunk begins the next one, unless a record is longer than a chunk.
      if (what === 'short' && at > 0 && offset + bytes.length < end) break;
      if (what === 'short' && offset + view.next <= end && bytes.length < end - offset) {
        bytes = await this.#read(segment, offset, view.next);
        if (bytes.length === 0) return undefined;
        continue;
      }
      const resume = what === 'damaged' ? view.next : nextRecord(bytes, at + 1, bytes.length, salt);
      // A head may begin in the last bytes, unless nothing follows them.
      const rest = offset + bytes.length < end ? RECORD_HEAD - 1 : 0;
      const to = resume >= 0 ? resume : Math.max(at + 1, bytes.length - rest);
      this.#skip(segment, offset + at, to - at);
      at = to;
    }
    this.#at = { segment, offset: offset + at, last };
    return payloads.length === 0 ? undefined : { payloads, last };
  }

  /** Empty: the rest of the segment cannot be read, and the place has moved behind it. */
  async #read(segment: Segment, offset: number, length: number): Promise<Buffer> {
    try {
      const file = await this.#fileOf(segment);
      const bytes = Buffer.allocUnsafeSlow(length);
      const count = await file.read(bytes, length, offset);
      if (count < length) throw new Error(`it has ${offset + count} bytes, and had ${segment.bytes}`);
      this.#attempts = 0;
      return bytes;
    } catch (cause) {
      const details = { segment: segment.name, reason: inWords(cause) };
      const error = journalErrors.error('JOURNAL_READ_FAILED', details, cause);
      await this.close();
      if (++this.#attempts < readAttempts && !isGone(cause)) throw error;
      this.#log.error({ code: error.code, ...error.details }, error.message);
      this.#attempts = 0;
      this.#skip(segment, offset, segment.bytes - offset);
      this.#at = { segment, offset: segment.bytes, last: this.#at.last };
      return NOTHING;
    }
  }

  async #fileOf(segment: Segment): Promise<JournalFile> {
    if (this.#open?.segment === segment) return this.#open.file;
    await this.close();
    const file = await this.#files.open(segment.name);
    this.#open = { segment, file };
    return file;
  }

  // --- damage --------------------------------------------------------------------------------------------------------

  #skip(segment: Segment, offset: number, bytes: number): void {
    this.lostBytes += bytes;
    this.#skipping ??= { segment, offset, bytes: 0 };
    this.#skipping.bytes += bytes;
  }

  /** All was read. What is missing at the end is lost, too. */
  #atEnd(): void {
    const { segment, offset, last } = this.#at;
    if (segment !== undefined && last <= this.#known) this.#arrived(segment, offset, last, this.#known + 1);
    this.#at = { segment, offset, last: Math.max(last, this.#known) };
    if (this.#unconfirmed.length === 0) this.#confirmed = this.#at;
  }

  /** A whole record was found. What is missing before it is lost. */
  #arrived(segment: Segment, offset: number, last: number, sequence: number): void {
    const skipped = this.#skipping ?? { segment, offset, bytes: 0 };
    this.#skipping = undefined;
    const records = sequence - last - 1;
    if (records > 0 || skipped.bytes > 0) this.#report(damage(skipped, records, last + 1, sequence - 1));
    this.lostRecords += records;
  }

  #report(error: FairleadError): void {
    this.#log.error({ code: error.code, ...error.details }, error.message);
  }
}

function damage(
  { segment, offset, bytes }: { readonly segment: Segment; readonly offset: number; readonly bytes: number },
  records: number,
  from: number,
  to: number,
): FairleadError {
  return journalErrors.error('JOURNAL_DAMAGED', { segment: segment.name, offset, bytes, records, from, to });
}

function isGone(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT';
}
