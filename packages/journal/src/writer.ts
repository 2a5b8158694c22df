import {
  backoff,
  type Clock,
  type FairleadError,
  Fifo,
  type Log,
  type Timer,
  Transitions,
} from '@fairlead/core';
import { journalErrors } from './catalogue.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { RECORD_HEAD, SEGMENT_HEAD, segmentName, writeSegmentHead } from './format.ts';
import { type Done, Group } from './group.ts';
import { inWords } from './in-words.ts';
import { journalLimits } from './limits.ts';
import type { Segment, Segments } from './segments.ts';

/** How items become payloads. None of the functions may throw. */
export interface RecordFormat<T> {
  /** Bytes of the payload. */
  size(item: T): number;
  /** Writes the payload, exactly `size` bytes. */
  write(item: T, into: Buffer, at: number): void;
  /** A number that grows over restarts; the journal remembers the highest. At most 48 bits. */
  mark(item: T): number;
}

interface WriterPorts {
  readonly files: JournalFiles;
  readonly segments: Segments;
  readonly clock: Clock;
  readonly log: Log;
  /** Largest size of a segment. */
  readonly segment: number;
  readonly salt: number;
  /** The group is on disk, at this place. */
  flushed(group: Group, segment: Segment, offset: number): void;
  /** There may be room again. */
  progress(): void;
}

/** The segment that is written. */
interface Active {
  readonly file: JournalFile;
  readonly segment: Segment;
  /** Bytes written, flushed or not. */
  size: number;
  /** It is one of the segments: its entry in the folder is on disk. */
  synced: boolean;
}

type State = 'idle' | 'flushing' | 'waiting' | 'closed';
type Event = 'append' | 'done' | 'fail' | 'retry' | 'close';

/** `waiting`: the disk failed, and the groups are written again after a delay. */
export const writerStates = new Transitions<State, Event>('the writer of the journal', {
  idle: { append: 'flushing', close: 'closed' },
  flushing: { append: 'flushing', done: 'idle', fail: 'waiting' },
  waiting: { append: 'waiting', retry: 'flushing', close: 'closed' },
  closed: {},
});

const { retryMin, retryMax, memory } = journalLimits.values;

/**
 * Group commit: what is appended while the disk is busy is written and flushed together, next.
 *
 *     append -> groups in memory -> write, fdatasync, [fsync of the folder] -> flushed -> done
 *
 * When the disk fails, nothing is reported as done. The groups stay in memory, in order, until they are written.
 */
export class Writer<T> {
  readonly #ports: WriterPorts;
  readonly #format: RecordFormat<T>;
  readonly #groups = new Fifo<Group>();
  #newest: Group | undefined;
  #next: number;
  #state: State = 'idle';
  #active: Active | undefined;
  #error: FairleadError | undefined;
  #failures = 0;
  #retry: Timer | undefined;
  #flushing: Promise<void> | undefined;
  /** Bytes of records that are not on disk yet. */
  waiting = 0;
  mark: number;
  records = 0;
  bytes = 0;
  flushes = 0;
  flushMs = 0;

  constructor(ports: WriterPorts, format: RecordFormat<T>, next: number, mark: number) {
    this.#ports = ports;
    this.#format = format;
    this.#next = next;
    this.mark = mark;
  }

  /** Why nothing can be written now. */
  get error(): FairleadError | undefined {
    return this.#error;
  }

  /** Whether memory allows more appends. */
  get hasRoom(): boolean {
    return this.#error === undefined && this.waiting < memory;
  }

  /** Sequence of the next record. */
  get next(): number {
    return this.#next;
  }

  append(items: readonly T[], refused: (item: T, error: FairleadError) => void, done?: Done): void {
    if (this.#state === 'closed') throw journalErrors.error('JOURNAL_CLOSED');
    const limit = this.#ports.segment - SEGMENT_HEAD - RECORD_HEAD;
    let group: Group | undefined;
    for (const item of items) {
      const size = this.#format.size(item);
      if (size > limit) refused(item, journalErrors.error('JOURNAL_RECORD_TOO_LARGE', { size, limit }));
      else group = this.#add(item, size);
    }
    if (group === undefined) {
      done?.();
      return;
    }
    if (this.#error !== undefined) done?.(this.#error);
    else if (done !== undefined) group.done.push(done);
    if (this.#state === 'idle') this.#start();
    this.#state = writerStates.next(this.#state, 'append');
  }

  #add(item: T, size: number): Group {
    const group = this.#groupFor(RECORD_HEAD + size);
    const mark = this.#format.mark(item);
    const at = group.reserve(size); // may replace the bytes
    this.#format.write(item, group.bytes, at);
    group.seal(size, this.#ports.salt, mark);
    this.#next++;
    if (mark > this.mark) this.mark = mark;
    this.waiting += RECORD_HEAD + size;
    return group;
  }

  #groupFor(size: number): Group {
    const newest = this.#newest;
    if (newest !== undefined && SEGMENT_HEAD + newest.length + size <= this.#ports.segment) return newest;
    const group = new Group(this.#next, size);
    this.#groups.push(group);
    this.#newest = group;
    return group;
  }

  /** Resolves when all that was appended is on disk, or cannot be written now. */
  async settled(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  /** Ends writing. Rejects with the error if records are not on disk. */
  async close(): Promise<void> {
    await this.settled();
    if (this.#state === 'waiting') await this.#again();
    this.#ports.clock.clear(this.#retry);
    this.#state = writerStates.next(this.#state, 'close');
    await this.#active?.file.close().catch(() => {});
    if (this.#error !== undefined) throw this.#error;
  }

  // --- to the disk ---------------------------------------------------------------------------------------------------

  #start(): void {
    const run = this.#run().finally(() => {
      if (this.#flushing === run) this.#flushing = undefined;
    });
    this.#flushing = run;
  }

  async #run(): Promise<void> {
    // What other sockets bring in this turn of the event loop belongs to the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#groups.length > 0) {
      this.#newest = undefined; // a group that is being written does not grow
      const started = this.#ports.clock.monotonic();
      try {
        await this.#flush(this.#groups.length);
      } catch (cause) {
        await this.#fail(cause);
        return;
      }
      this.flushMs += this.#ports.clock.monotonic() - started;
      this.#recovered();
    }
    this.#state = writerStates.next(this.#state, 'done');
    this.#ports.progress();
  }

  /** Writes the oldest groups; those that are on disk leave the queue, also when a later one fails. */
  async #flush(count: number): Promise<void> {
    const written: { group: Group; offset: number }[] = [];
    for (const group of [...this.#groups].slice(0, count)) {
      if (this.#active !== undefined && this.#active.size + group.length > this.#ports.segment) {
        await this.#sync(written.splice(0));
        await this.#active.file.close().catch(() => {});
        this.#active = undefined;
      }
      const active = this.#active ?? (await this.#create(group));
      await active.file.write(group.bytes.subarray(0, group.length), active.size);
      written.push({ group, offset: active.size });
      active.size += group.length;
    }
    await this.#sync(written);
  }

  async #create({ first }: Group): Promise<Active> {
    const { segments, salt } = this.#ports;
    const name = segmentName({ first, salt });
    const file = await this.#createFile(name);
    const segment = segments.draft(name, salt, first);
    // Kept from now on, so that a failure gives it up.
    const active: Active = { file, segment, size: SEGMENT_HEAD, synced: false };
    this.#active = active;
    await file.write(writeSegmentHead({ salt, first, mark: this.mark }), 0);
    return active;
  }

  /** An earlier attempt may have left the file. Nothing in it was reported as done. */
  async #createFile(name: string): Promise<JournalFile> {
    const { files } = this.#ports;
    try {
      return await files.create(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await files.remove(name);
      return files.create(name);
    }
  }

  async #sync(written: readonly { group: Group; offset: number }[]): Promise<void> {
    const active = this.#active;
    if (active === undefined || written.length === 0) return;
    const { files, segments } = this.#ports;
    await active.file.sync();
    if (!active.synced) await files.syncFolder();
    if (!active.synced) segments.add(active.segment);
    active.synced = true;
    this.flushes++;
    for (const { group, offset } of written) {
      this.#groups.shift();
      active.segment.bytes = offset + group.length;
      this.waiting -= group.length;
      this.records += group.last - group.first + 1;
      this.bytes += group.length;
      this.#ports.flushed(group, active.segment, offset);
    }
    for (const { group } of written) group.settle();
    this.#ports.progress();
  }

  // --- when the disk fails -------------------------------------------------------------------------------------------

  async #fail(cause: unknown): Promise<void> {
    const { clock, log } = this.#ports;
    const name = this.#active?.segment.name ?? 'a new segment';
    const error = journalErrors.error(
      'JOURNAL_WRITE_FAILED',
      { segment: name, reason: inWords(cause) },
      cause,
    );
    if (this.#error === undefined) log.error({ code: error.code, ...error.details }, error.message);
    this.#error = error;
    this.#newest = undefined;
    for (const group of this.#groups) group.settle(error);
    await this.#giveUp();
    this.#state = writerStates.next(this.#state, 'fail');
    const delay = backoff(this.#failures++, { min: retryMin, max: retryMax, jitter: 'none' }, () => 1);
    this.#retry = clock.after(delay, () => void this.#again());
    this.#retry.unref?.();
  }

  /**
   * The system may have dropped pages of the file whose flush failed, and would not say so a second time. What was flushed
   * before stays; the rest is cut, or is told by its sequences.
   */
  async #giveUp(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    if (active === undefined) return;
    if (active.synced) await active.file.truncate(active.segment.bytes).catch(() => {});
    await active.file.close().catch(() => {});
    if (!active.synced) await this.#ports.files.remove(active.segment.name).catch(() => {});
  }

  #again(): Promise<void> | undefined {
    this.#ports.clock.clear(this.#retry);
    if (this.#state !== 'waiting') return this.#flushing;
    this.#state = writerStates.next(this.#state, 'retry');
    this.#start();
    return this.#flushing;
  }

  #recovered(): void {
    if (this.#error === undefined) return;
    this.#error = undefined;
    this.#failures = 0;
    this.#ports.log.info({}, 'The journal can be written again');
    this.#ports.progress();
  }
}
