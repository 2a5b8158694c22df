import { type Clock, isFairleadError, type Log } from '@fairlead/core';
import { BoundedMap } from '../bounded-map.ts';
import { copyDatabase } from '../database/copy.ts';
import type { Database } from '../database/database.ts';
import { Flusher, type FlushPart } from '../database/flusher.ts';
import { storeLimits } from '../limits.ts';
import { wholeTime } from '../time.ts';
import type { Uplink } from '../types.ts';
import { openHistoryDatabase } from './open-history.ts';
import { PendingHistory } from './pending.ts';
import {
  type HistoryBucket,
  type HistoryMessage,
  type HistoryPage,
  HistoryQuery,
  type HistoryRange,
} from './query.ts';
import { type HistoryAges, Upkeep } from './upkeep.ts';

const limits = storeLimits.values;

export interface HistoryOptions extends Partial<HistoryAges> {
  /** Bytes on disk. */
  readonly size?: number | undefined;
}

export interface HistoryStats {
  readonly enabled: boolean;
  /** Messages that wait to be written. */
  readonly waiting: number;
  /** Messages that were left out since the store was opened, for want of room. */
  readonly dropped: number;
  readonly written: number;
  /** Bytes on disk. */
  readonly size: number;
  /** Messages on disk; about so many after a start. */
  readonly rows: number;
  /** Messages that were rolled up since the store was opened, and milliseconds that this and removing took. */
  readonly rolled: number;
  readonly upkeepMs: number;
}

const DAY = 86_400_000;
const defaultAges: HistoryAges = { raw: DAY, minutes: 31 * DAY, hours: 366 * DAY };

interface HistoryPorts {
  readonly dir: string;
  readonly clock: Clock;
  readonly log?: Log | undefined;
  exists(id: string): boolean;
}

/**
 * The values of devices over time, in a file of its own: messages with attributes for some hours, then each field by minutes and
 * hours. Messages wait in memory and are written once a second; devices do not wait.
 */
export class History implements FlushPart {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log | undefined;
  readonly #pending = new PendingHistory();
  readonly #seqs = new BoundedMap<string, number>(limits.devicesCached);
  readonly #flusher: Flusher;
  readonly #upkeep: Upkeep;
  readonly #query: HistoryQuery;
  readonly #sql;
  /** Rows when the store was opened: ids without gaps are taken for granted, because counting takes long. */
  readonly #rowsBefore: number;
  #written = 0;
  #closed = false;

  constructor({ size = limits.historySize, ...ages }: HistoryOptions, ports: HistoryPorts) {
    const { dir, clock, log } = ports;
    this.#clock = clock;
    this.#log = log;
    this.#database = openHistoryDatabase(dir, { clock, log, size });
    this.#sql = {
      device: this.#database.prepare('SELECT seq, gone FROM devices WHERE id = ?'),
      addDevice: this.#database.prepare('INSERT INTO devices (id) VALUES (?) RETURNING seq'),
      insert: this.#database.prepare('INSERT INTO raw (device, time, payload) VALUES (?, ?, ?)'),
      gone: this.#database.prepare('UPDATE devices SET gone = 1 WHERE id = ?'),
    };
    const ends = this.#database.prepare('SELECT min(id) AS first, max(id) AS last FROM raw').get();
    this.#rowsBefore = typeof ends?.last === 'number' ? ends.last - Number(ends.first) + 1 : 0;
    this.#query = new HistoryQuery(this.#database);
    this.#flusher = new Flusher(this.#database, clock, [this]);
    this.#database.whenFailing = () => this.#flusher.wake();
    const { exists } = ports;
    this.#upkeep = new Upkeep(this.#database, { clock, size, exists, ages: { ...defaultAges, ...ages } });
  }

  /** Takes the attributes among the messages over. Never touches the database. */
  push(batch: readonly Uplink[]): void {
    if (this.#closed) return;
    for (const uplink of batch) {
      if (uplink.kind !== 'attributes' || !this.#pending.add(uplink)) continue;
      const { length } = this.#pending;
      if (length === 1) this.#flusher.wake();
      else if (length === limits.historyBatch) this.#flusher.hurry();
    }
  }

  messages(device: string, range: HistoryRange): HistoryPage<HistoryMessage> {
    const seq = this.#complete(device);
    return seq === undefined ? { items: [] } : this.#query.messages(seq, range);
  }

  /** @param every milliseconds: whole minutes, or whole hours */
  buckets(device: string, every: number, range: HistoryRange): HistoryPage<HistoryBucket> {
    const seq = this.#complete(device);
    if (seq === undefined) return { items: [] };
    try {
      this.#upkeep.rollUp(seq);
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      // Buckets without the last minute are better than none.
    }
    return this.#query.buckets(seq, every, range);
  }

  /** A device was removed. Its history is removed in the background. */
  forget(id: string): void {
    this.#pending.forget(id);
    this.#seqs.delete(id);
    try {
      this.#sql.gone.run(id);
    } catch {
      // The next rounds find out that there is no such device.
    }
  }

  stats(): HistoryStats {
    return {
      enabled: true,
      waiting: this.#pending.length,
      dropped: this.#pending.dropped,
      written: this.#written,
      size: this.#closed ? 0 : this.#upkeep.size,
      rows: Math.max(0, this.#rowsBefore + this.#written - this.#upkeep.removed),
      rolled: this.#upkeep.rolled,
      upkeepMs: this.#upkeep.ms,
    };
  }

  get dirty(): boolean {
    return this.#pending.length > 0;
  }

  writeSlice(): void {
    const slice = this.#pending.peek(limits.flushSlice);
    this.#database.transaction('batch', () => {
      const now = this.#clock.now();
      for (const { device, time, payload } of slice) {
        const seq = this.#seqOf(device);
        if (seq === undefined) continue;
        const at = wholeTime(time > now + limits.historyAhead ? now : time, now);
        this.#sql.insert.run(seq, at, payload);
        this.#upkeep.note(seq, at);
      }
    });
    this.#pending.remove(slice.length);
    this.#written += slice.length;
  }

  /** Writes what waits, then copies the file as {@link Database.copyTo} does. */
  copyTo(file: string): Promise<void> {
    return copyDatabase(this.#database, this.#flusher, file);
  }

  settle(): void {
    this.#pending.settle();
  }

  flush(): void {
    this.#flusher.flush();
  }

  /** Writes what waits. What cannot be written is logged as lost. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#upkeep.close();
    try {
      this.#flusher.close();
    } catch (error) {
      this.#log?.error(
        { error: String(error), lost: this.#pending.length },
        'The history of values was closed with messages that could not be written.',
      );
    }
    this.#database.close();
  }

  /** Writes what waits, as far as it can, so that a page is complete. Returns the number of the device. */
  #complete(id: string): number | undefined {
    try {
      while (this.dirty) this.writeSlice();
    } catch {
      // What is written is better than nothing.
    }
    const row = this.#sql.device.get(id);
    return row === undefined || row.gone === 1 ? undefined : (row.seq as number);
  }

  /** undefined: the device was removed. */
  #seqOf(id: string): number | undefined {
    const known = this.#seqs.get(id);
    if (known !== undefined) return known;
    const row = this.#sql.device.get(id) ?? this.#sql.addDevice.get(id);
    if (row?.gone === 1) return undefined;
    const seq = row?.seq as number;
    this.#seqs.set(id, seq);
    return seq;
  }
}
