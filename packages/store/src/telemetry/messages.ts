import type { Clock } from '@fairlead/core';
import { BoundedMap } from '../bounded-map.ts';
import type { Database, Row } from '../database/database.ts';
import type { FlushPart } from '../database/flusher.ts';
import { storeLimits } from '../limits.ts';
import { wholeTime } from '../time.ts';
import type { MessageKind, Uplink } from '../types.ts';

/** A message as the log keeps it. */
export interface LoggedMessage {
  /** Increases with every message; the argument `before` of {@link Messages.list}. */
  readonly id: number;
  /** The device's name. */
  readonly device: string;
  readonly kind: MessageKind;
  /** Unix milliseconds. */
  readonly time: number;
  readonly payload: Uint8Array;
  /** Bytes that the message had; more than the payload has when it was kept cut. */
  readonly size: number;
}

export interface MessagePage {
  /** The device's name. */
  readonly device?: string | undefined;
  readonly kind?: MessageKind | undefined;
  /** Measured from this time on, and before that one: Unix milliseconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Messages older than this one. */
  readonly before?: number | undefined;
  /** Default 100, at most 1,000. */
  readonly limit?: number | undefined;
}

export interface MessagesStats {
  readonly enabled: boolean;
  /** Waiting to be written. */
  readonly waiting: number;
  /** Given up before they were written, since the store was opened. */
  readonly dropped: number;
  readonly written: number;
}

const DEFAULT_PAGE = 100;

/** The latest messages of all devices, up to a limit. Written in batches, so that devices do not wait. */
export class Messages implements FlushPart {
  readonly #database: Database;
  readonly #seqs = new BoundedMap<string, number>(storeLimits.values.devicesCached);
  readonly #clock: Clock;
  readonly #keep: number;
  readonly #limits = storeLimits.values;
  readonly #sql;
  /** Waiting messages begin at `#head`. */
  #waiting: Uplink[] = [];
  #head = 0;
  #waitingBytes = 0;
  #dropped = 0;
  #written = 0;
  /** Called when there is something to write; `true`: much of it. */
  whenDirty: ((much: boolean) => void) | undefined;

  /** @param options.keep number of messages; 0 turns the log off and removes its contents */
  constructor(database: Database, options: { clock: Clock; keep: number }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#keep = options.keep;
    const select = `SELECT m.id, d.name AS device, m.kind, m.time, m.size, m.payload FROM messages m
      JOIN devices d ON d.seq = m.device WHERE m.id < ?1 AND (?2 IS NULL OR m.kind = ?2)
      AND m.time >= ?5 AND m.time < ?6`;
    this.#sql = {
      seq: database.prepare('SELECT seq FROM devices WHERE id = ?'),
      insert: database.prepare(
        'INSERT INTO messages (device, kind, time, size, payload) VALUES (?, ?, ?, ?, ?)',
      ),
      trim: database.prepare('DELETE FROM messages WHERE id <= (SELECT max(id) FROM messages) - ?'),
      list: database.prepare(`${select} AND ?4 IS NULL ORDER BY m.id DESC LIMIT ?3`),
      ofDevice: database.prepare(
        `${select} AND m.device = (SELECT seq FROM devices WHERE name = ?4) ORDER BY m.id DESC LIMIT ?3`,
      ),
    };
    if (this.#keep === 0) database.exec('DELETE FROM messages');
  }

  /** Takes the messages over. Never touches the database. */
  push(batch: readonly Uplink[]): void {
    if (this.#keep === 0) return;
    for (const uplink of batch) this.#add(uplink);
  }

  #add(uplink: Uplink): void {
    this.#waiting.push(uplink);
    this.#waitingBytes += uplink.payload.length;
    while (
      this.#count > this.#limits.messagesPending ||
      (this.#waitingBytes > this.#limits.messagesPendingBytes && this.#count > 1)
    ) {
      this.#advance(1);
      this.#dropped++;
    }
    const count = this.#count;
    if (count === 1) this.whenDirty?.(false);
    else if (count === this.#limits.messagesBatch) this.whenDirty?.(true);
  }

  /** Newest first, those that wait to be written included. */
  list(page: MessagePage = {}): LoggedMessage[] {
    try {
      while (this.dirty) this.writeSlice();
    } catch {
      // An outdated log is better than none; health() reports that writing fails.
    }
    const before = page.before ?? Number.MAX_SAFE_INTEGER;
    const limit = Math.min(page.limit ?? DEFAULT_PAGE, this.#limits.page);
    const {
      device = null,
      kind = null,
      since = Number.MIN_SAFE_INTEGER,
      until = Number.MAX_SAFE_INTEGER,
    } = page;
    const statement = device === null ? this.#sql.list : this.#sql.ofDevice;
    return statement.all(before, kind, limit, device, Math.ceil(since), Math.ceil(until)).map(messageOf);
  }

  /** Removes the waiting messages of a removed device. */
  forget(deviceId: string): void {
    this.#seqs.delete(deviceId);
  }

  stats(): MessagesStats {
    return {
      enabled: this.#keep > 0,
      waiting: this.#count,
      dropped: this.#dropped,
      written: this.#written,
    };
  }

  get dirty(): boolean {
    return this.#count > 0;
  }

  writeSlice(): void {
    const slice = this.#waiting.slice(this.#head, this.#head + this.#limits.flushSlice);
    const written = this.#database.transaction('batch', () => {
      const max = this.#limits.messagePayload;
      let count = 0;
      const now = this.#clock.now();
      for (const { device, kind, time, payload } of slice) {
        const seq = this.#seqOf(device.id);
        if (seq === undefined) continue;
        const kept = payload.length <= max ? payload : payload.subarray(0, max);
        this.#sql.insert.run(seq, kind, wholeTime(time, now), payload.length, kept);
        count++;
      }
      this.#sql.trim.run(this.#keep);
      return count;
    });
    this.#advance(slice.length);
    this.#written += written;
  }

  /** A payload may be a small part of a large chunk, which would stay in memory as long as the message waits. */
  settle(): void {
    this.#waiting = this.#waiting
      .slice(this.#head)
      .map(({ device, kind, time, payload }) => ({ device, kind, time, payload: Uint8Array.from(payload) }));
    this.#head = 0;
  }

  #seqOf(deviceId: string): number | undefined {
    const known = this.#seqs.get(deviceId);
    if (known !== undefined) return known;
    const seq = this.#sql.seq.get(deviceId)?.seq as number | undefined;
    if (seq !== undefined) this.#seqs.set(deviceId, seq);
    return seq;
  }

  get #count(): number {
    return this.#waiting.length - this.#head;
  }

  #advance(count: number): void {
    for (let i = 0; i < count; i++)
      this.#waitingBytes -= (this.#waiting[this.#head++] as Uplink).payload.length;
    // Handled entries are removed when they are most of the array, so that the cost for each message is small.
    if (this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}

/** The columns have the names of the fields; the spread gives the object its prototype. */
function messageOf(row: Row): LoggedMessage {
  return { ...row } as unknown as LoggedMessage;
}
