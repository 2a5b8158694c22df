import { randomInt } from 'node:crypto';
import { type Clock, type FairleadError, type Log, silentLog, systemClock, Waiters } from '@fairlead/core';
import { journalErrors } from './catalogue.ts';
import { Cursor } from './cursor.ts';
import { diskFiles } from './disk.ts';
import type { JournalFiles } from './files.ts';
import { writeSlot } from './format.ts';
import type { Done } from './group.ts';
import { inWords } from './in-words.ts';
import { journalLimits } from './limits.ts';
import { type ReadBatch, Reader } from './reader.ts';
import { recover } from './recovery.ts';
import type { Segment, Segments } from './segments.ts';
import { type JournalSnapshot, openSnapshot } from './snapshot.ts';
import { type RecordFormat, Writer } from './writer.ts';

export interface JournalOptions<T> {
  /** The folder, or what takes its place. */
  readonly files: string | JournalFiles;
  readonly format: RecordFormat<T>;
  /** Bytes that may wait for the reader (default 1 GiB), at least two segments. */
  readonly size?: number;
  /** Largest size of a segment, bytes (default 16 MiB). */
  readonly segment?: number;
  readonly log?: Log;
  readonly clock?: Clock;
  /** Makes the checksums of the files its own: 0 (included) to 2^32 (excluded). */
  readonly salt?: number;
}

export interface JournalStats {
  /** Records and bytes since the start that are on disk. */
  readonly records: number;
  readonly bytes: number;
  readonly flushes: number;
  /** Milliseconds that writing and flushing took. */
  readonly flushMs: number;
  /** Records that are not confirmed, those in memory included; lost ones count until they are passed. */
  readonly waitingRecords: number;
  readonly waitingBytes: number;
  /** The bound of `waitingBytes`. */
  readonly limit: number;
  readonly segments: number;
  readonly diskBytes: number;
  /** Since the start: records that are lost, and bytes that could not be read. */
  readonly lostRecords: number;
  readonly lostBytes: number;
  /** Why it cannot be written now. */
  readonly error: FairleadError | undefined;
}

/**
 * Opens the journal of a folder, with what an earlier process left there. Rejects with JOURNAL_UNUSABLE or JOURNAL_LOCKED.
 */
export async function openJournal<T>(options: JournalOptions<T>): Promise<Journal<T>> {
  const { files: where, log = silentLog, clock = systemClock } = options;
  const files = typeof where === 'string' ? await diskFiles(where) : where;
  try {
    const { segments, cursor: exists, last, mark } = await recover(files, log);
    const cursor = await Cursor.open(files, exists, clock, log);
    await files.syncFolder();
    const next = Math.max(last, cursor.confirmed) + 1;
    return new Journal<T>({ ...options, log, clock }, { files, segments, cursor, next, mark });
  } catch (cause) {
    await files.close();
    const folder = typeof where === 'string' ? where : 'of the journal';
    throw journalErrors.error('JOURNAL_UNUSABLE', { folder, reason: inWords(cause) }, cause);
  }
}

interface Opened {
  readonly files: JournalFiles;
  readonly segments: Segments;
  readonly cursor: Cursor;
  readonly next: number;
  readonly mark: number;
}

/**
 * A queue on disk with one reader: what was appended and reported as done is read at least once, in order, whatever happens to
 * the process. `format.ts` states what always holds.
 */
export class Journal<T> implements AsyncDisposable {
  readonly #files: JournalFiles;
  readonly #segments: Segments;
  readonly #cursor: Cursor;
  readonly #writer: Writer<T>;
  readonly #reader: Reader;
  readonly #log: Log;
  readonly #limit: number;
  readonly #drained = new Waiters();
  readonly #arrived = new Waiters();
  #closing: Promise<void> | undefined;
  #removing: Promise<void> = Promise.resolve();

  constructor(
    options: JournalOptions<T> & { readonly log: Log; readonly clock: Clock },
    { files, segments, cursor, next, mark }: Opened,
  ) {
    const { size, segment, salt } = { ...journalLimits.values, salt: randomInt(2 ** 32), ...options };
    this.#files = files;
    this.#segments = segments;
    this.#cursor = cursor;
    this.#log = options.log;
    this.#limit = Math.max(size, 2 * segment);
    this.#reader = new Reader(files, segments, options.log, cursor.confirmed, next - 1);
    const ports = {
      files,
      segments,
      clock: options.clock,
      log: options.log,
      segment,
      salt,
      flushed: this.#reader.offer.bind(this.#reader),
      progress: () => this.#progress(),
    };
    this.#writer = new Writer(ports, options.format, next, mark);
    this.#remove(this.#reader.confirm(cursor.confirmed));
  }

  /** The highest mark that was ever appended and reached the disk, or was appended by this process. */
  get mark(): number {
    return this.#writer.mark;
  }

  /**
   * Takes the items over, in order. false: the caller should append no more until {@link drained}. Throws JOURNAL_CLOSED.
   *
   * @param refused called before this returns with each item that cannot be taken: JOURNAL_RECORD_TOO_LARGE
   * @param done called once: when all are on disk, or with JOURNAL_WRITE_FAILED when the disk fails. The items are then written
   *   as soon as it works again
   */
  append(items: readonly T[], refused: (item: T, error: FairleadError) => void, done?: Done): boolean {
    if (this.#closing !== undefined) throw journalErrors.error('JOURNAL_CLOSED');
    this.#writer.append(items, refused, done);
    return this.#hasRoom(1);
  }

  /** Resolves when `append` may go on; at once if it may now. Rejects with ABORTED or JOURNAL_CLOSED. */
  async drained(signal?: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    if (!this.#hasRoom(1)) await this.#drained.wait(signal);
  }

  /** Resolves when all that was appended is on disk. Rejects with JOURNAL_WRITE_FAILED if it cannot be written now. */
  async flushed(): Promise<void> {
    await this.#writer.settled();
    if (this.#writer.error !== undefined) throw this.#writer.error;
  }

  /**
   * The next records that are on disk; waits for them. One call at a time. Rejects with ABORTED, JOURNAL_CLOSED or
   * JOURNAL_READ_FAILED; after that the next call tries again.
   */
  async read(signal?: AbortSignal): Promise<ReadBatch> {
    for (;;) {
      this.#mustBeOpen();
      const batch = await this.#reader.next();
      if (batch !== undefined) return batch;
      if (!this.#reader.hasMore) await this.#arrived.wait(signal);
    }
  }

  /** Everything up to this sequence, of a batch that was read, need not be read again. */
  confirm(last: number): void {
    const segments = this.#reader.confirm(last);
    this.#cursor.confirm(this.#reader.confirmed);
    this.#remove(segments);
    this.#progress();
  }

  /** What was read and not confirmed is read again. Not while a call of `read` is under way. */
  rewind(): void {
    this.#reader.rewind();
  }

  /** Whether all that is on disk is confirmed. */
  get empty(): boolean {
    return this.#reader.confirmed >= this.#writer.next - 1;
  }

  stats(): JournalStats {
    const { records, bytes, flushes, flushMs, error, next } = this.#writer;
    const { lostRecords, lostBytes, confirmed } = this.#reader;
    return {
      records,
      bytes,
      flushes,
      flushMs,
      waitingRecords: next - 1 - confirmed,
      waitingBytes: this.#waiting,
      limit: this.#limit,
      segments: this.#segments.count,
      diskBytes: this.#segments.bytes,
      lostRecords,
      lostBytes,
      error,
    };
  }

  /**
   * All that is on disk, and what of it is confirmed, at one moment. The files can be read until it is disposed, also when the
   * journal has removed them meanwhile. Rejects with JOURNAL_CLOSED or JOURNAL_READ_FAILED.
   */
  async snapshot(): Promise<JournalSnapshot> {
    this.#mustBeOpen();
    await this.#writer.settled();
    await this.#removing;
    const opened = Promise.withResolvers<void>();
    const segments = [...this.#segments].map(({ name, bytes }) => ({ name, size: bytes }));
    const cursor = writeSlot(1, this.#cursor.confirmed);
    // Segments that are confirmed from now on are removed when their files are open.
    this.#removing = this.#removing.then(() => opened.promise);
    try {
      return await openSnapshot(this.#files, segments, cursor);
    } finally {
      opened.resolve();
    }
  }

  /** Flushes what was appended, and the cursor. Idempotent. What the disk does not take is named in the log. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = journalErrors.error('JOURNAL_CLOSED');
    this.#drained.reject(closed);
    await this.#writer.close().catch((error: FairleadError) => {
      const fields = { code: error.code, bytes: this.#writer.waiting };
      this.#log.error(fields, `${error.message} Messages that no device was told to be safe are lost.`);
    });
    this.#arrived.reject(closed);
    await this.#reader.close();
    await this.#removing;
    await this.#cursor.close();
    await this.#files.close();
  }

  get #waiting(): number {
    return this.#reader.waiting + this.#writer.waiting;
  }

  #hasRoom(share: number): boolean {
    return this.#writer.hasRoom && this.#waiting < this.#limit * share;
  }

  #progress(): void {
    if (this.#arrived.waiting && this.#reader.hasMore) this.#arrived.resolve();
    // Not at each record: a device would be paused and resumed for each.
    if (this.#drained.waiting && this.#hasRoom(0.9)) this.#drained.resolve();
  }

  #remove(segments: readonly Segment[]): void {
    if (segments.length === 0) return;
    this.#removing = this.#removing.then(async () => {
      await this.#cursor.write(true);
      for (const { name } of segments) await this.#files.remove(name).catch(() => {}); // the next start removes it
    });
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw journalErrors.error('JOURNAL_CLOSED');
  }
}
