/**
 * Once a minute: new messages are rolled up, old ones are removed, and the size is checked. The work is done in short turns, so that
 * others of the process run between them.
 */
import type { Clock, Timer } from '@fairlead/core';
import type { Database } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import { type Fresh, Rollup } from './rollup.ts';
import { HOUR, MINUTE } from './schema.ts';

const limits = storeLimits.values;
/** Rows that one transaction removes. */
const REMOVED = 500;
/** Devices whose old rows are looked for with one query. */
const DEVICES = 50;
/** Old rows of a device are looked for in each of so many rounds. */
const ROUNDS = 30;
/** Part of the size below which ages are lengthened again. */
const RELAXED = 0.8;
const MOST_PRESSURE = 2 ** 20;

export interface HistoryAges {
  /** Milliseconds. */
  readonly raw: number;
  readonly minutes: number;
  readonly hours: number;
}

interface UpkeepPorts {
  readonly clock: Clock;
  readonly ages: HistoryAges;
  /** Bytes. */
  readonly size: number;
  /** Whether there is a device with this id. */
  exists(id: string): boolean;
}

export class Upkeep {
  readonly #database: Database;
  readonly #ports: UpkeepPorts;
  readonly #rollup: Rollup;
  readonly #fresh = new Map<number, Fresh>();
  readonly #sql;
  #timer: Timer | undefined;
  #round = 0;
  /** The ages of buckets are divided by it. */
  #pressure = 1;
  #work: Generator<void, void, undefined> | undefined;
  #closed = false;
  /** Rows of messages that were removed. */
  removed = 0;
  /** Milliseconds that rolling up and removing took. */
  ms = 0;

  constructor(database: Database, ports: UpkeepPorts) {
    this.#database = database;
    this.#ports = ports;
    this.#rollup = new Rollup(database);
    this.#sql = {
      mark: database.prepare("SELECT value FROM marks WHERE name = 'rolled'"),
      setMark: database.prepare("INSERT OR REPLACE INTO marks (name, value) VALUES ('rolled', ?)"),
      newest: database.prepare('SELECT max(id) AS id FROM raw'),
      fresh: database.prepare(
        'SELECT device, min(time) AS first, max(time) AS last FROM raw WHERE id > ? GROUP BY device',
      ),
      devices: database.prepare('SELECT seq, id, gone FROM devices WHERE seq > ? ORDER BY seq LIMIT ?'),
      oldest: database.prepare(
        'DELETE FROM raw WHERE id IN (SELECT id FROM raw WHERE id <= ?1 ORDER BY id LIMIT ?2)',
      ),
      oldRaw: database.prepare(
        `DELETE FROM raw WHERE id IN
        (SELECT id FROM raw WHERE device = ?1 AND time < ?2 AND id <= ?3 ORDER BY time LIMIT ?4)`,
      ),
      oldBuckets: database.prepare(`DELETE FROM buckets WHERE (device, span, start, field) IN
        (SELECT device, span, start, field FROM buckets WHERE device = ?1 AND span = ?2 AND start < ?3 LIMIT ?4)`),
      gone: database.prepare('UPDATE devices SET gone = 1 WHERE seq = ?'),
      removeFields: database.prepare('DELETE FROM fields WHERE device = ?'),
      removeDevice: database.prepare('DELETE FROM devices WHERE seq = ?'),
    };
    for (const { device, first, last } of this.#sql.fresh.all(Number(this.#sql.mark.get()?.value ?? 0)))
      this.#fresh.set(device as number, { from: first as number, to: last as number });
    this.#start(limits.historyRound);
  }

  /** Bytes on disk that hold something. */
  get size(): number {
    const pages =
      Number(this.#database.scalar('PRAGMA page_count')) -
      Number(this.#database.scalar('PRAGMA freelist_count'));
    return pages * Number(this.#database.scalar('PRAGMA page_size'));
  }

  /** Messages that were rolled up. */
  get rolled(): number {
    return this.#rollup.count;
  }

  /** A message of the device was written. */
  note(device: number, time: number): void {
    const fresh = this.#fresh.get(device);
    if (fresh === undefined) this.#fresh.set(device, { from: time, to: time });
    else if (time < fresh.from) fresh.from = time;
    else if (time > fresh.to) fresh.to = time;
  }

  /** Rolls up the messages of a device, so that its buckets are complete. */
  rollUp(device: number): void {
    const fresh = this.#fresh.get(device);
    if (fresh === undefined) return;
    const begun = this.#ports.clock.monotonic();
    while (this.#rollup.slice(device, fresh));
    this.#fresh.delete(device);
    this.ms += this.#ports.clock.monotonic() - begun;
  }

  close(): void {
    this.#closed = true;
    this.#ports.clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #start(ms: number): void {
    if (this.#closed) return;
    this.#timer = this.#ports.clock.after(ms, () => this.#turn());
    this.#timer.unref?.();
  }

  #turn(): void {
    const { clock } = this.#ports;
    const begun = clock.monotonic();
    const end = begun + limits.flushTurn;
    this.#work ??= this.#steps();
    try {
      while (clock.monotonic() < end) {
        if (!this.#work.next().done) continue;
        this.#work = undefined;
        this.#start(limits.historyRound);
        return;
      }
      this.#start(0);
    } catch {
      // The database has logged the failure. The next round goes on where this one failed.
      this.#work = undefined;
      this.#start(limits.historyRound);
    } finally {
      this.ms += clock.monotonic() - begun;
    }
  }

  *#steps(): Generator<void, void, undefined> {
    const newest = Number(this.#sql.newest.get()?.id ?? 0);
    for (const [device, fresh] of this.#fresh) {
      while (this.#rollup.slice(device, fresh)) yield;
      this.#fresh.delete(device);
      yield;
    }
    this.#database.transaction('batch', () => this.#sql.setMark.run(newest));
    const squeezed = yield* this.#squeeze(newest);
    const part = this.#round++ % ROUNDS;
    for (let seq = 0; ; ) {
      const devices = this.#sql.devices.all(seq, DEVICES);
      for (const { seq: device, id, gone } of devices) {
        seq = device as number;
        if (gone === 1) yield* this.#remove(seq);
        else if (squeezed || seq % ROUNDS === part) {
          if (this.#ports.exists(id as string)) yield* this.#expire(seq, newest);
          else this.#sql.gone.run(seq);
        }
      }
      if (devices.length < DEVICES) return;
      yield;
    }
  }

  /**
   * While there is too much, removes the oldest messages that are rolled up. If there are none, the ages of buckets are shortened.
   * Returns whether they are now shorter.
   */
  *#squeeze(rolled: number): Generator<void, boolean, undefined> {
    const { size } = this.#ports;
    while (this.size > size) {
      const gone = this.#database.transaction('batch', () => this.#sql.oldest.run(rolled, REMOVED));
      this.removed += gone;
      if (gone === 0) {
        this.#pressure = Math.min(this.#pressure * 2, MOST_PRESSURE);
        return true;
      }
      yield;
    }
    if (this.size < size * RELAXED) this.#pressure = Math.max(this.#pressure / 2, 1);
    return false;
  }

  /** @param rolled newer messages may not be rolled up yet, and stay */
  *#expire(device: number, rolled: number): Generator<void, void, undefined> {
    const { ages, clock } = this.#ports;
    const before = (age: number) => Math.trunc(clock.now() - age / this.#pressure);
    const old = Math.trunc(clock.now() - ages.raw);
    yield* this.#delete(() => this.#removeRaw(device, old, rolled));
    yield* this.#delete(() => this.#sql.oldBuckets.run(device, MINUTE, before(ages.minutes), REMOVED));
    yield* this.#delete(() => this.#sql.oldBuckets.run(device, HOUR, before(ages.hours), REMOVED));
  }

  *#remove(device: number): Generator<void, void, undefined> {
    const all = Number.MAX_SAFE_INTEGER;
    yield* this.#delete(() => this.#removeRaw(device, all, all));
    for (const span of [MINUTE, HOUR])
      yield* this.#delete(() => this.#sql.oldBuckets.run(device, span, all, REMOVED));
    this.#database.transaction('batch', () => {
      this.#sql.removeFields.run(device);
      this.#sql.removeDevice.run(device);
    });
    this.#fresh.delete(device);
  }

  #removeRaw(device: number, before: number, rolled: number): number {
    const gone = this.#sql.oldRaw.run(device, before, rolled, REMOVED);
    this.removed += gone;
    return gone;
  }

  *#delete(work: () => number): Generator<void, void, undefined> {
    while (this.#database.transaction('batch', work) === REMOVED) yield;
    yield;
  }
}
