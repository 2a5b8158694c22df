import type { Clock } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Database, Row } from '../database/database.ts';
import type { GroupCommit } from '../database/group-commit.ts';
import { storeLimits } from '../limits.ts';
import type { DeviceRef } from '../types.ts';

type DownlinkState = 'queued' | 'attempted' | 'written' | 'acknowledged' | 'failed' | 'expired' | 'cancelled';

/** A downlink of the ledger. Times are Unix milliseconds. */
export interface KeptDownlink {
  /** ULID. */
  readonly id: string;
  readonly device: string;
  readonly deviceId: string;
  /** Id of the device that has the link. */
  readonly owner: string;
  readonly kind: 'attributes' | 'command';
  /** The values as JSON text. */
  readonly json: string;
  readonly delivery: 'at-most-once' | 'at-least-once';
  readonly key?: string | undefined;
  readonly state: DownlinkState;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly attempts: number;
  readonly answerable: boolean;
  readonly writtenAt?: number | undefined;
  /** Absent while something may still become of it. */
  readonly finishedAt?: number | undefined;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly replyTo?: { readonly topic: string; readonly correlation?: string | undefined } | undefined;
}

export interface DownlinkQuery {
  readonly device?: string | undefined;
  readonly state?: DownlinkState | undefined;
  /** Created from this time on, and before that one. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Only ids below this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface DownlinksStats {
  readonly unfinished: number;
  readonly finished: number;
}

/**
 * The ledger of downlinks. Fits the gateway's `DownlinkQueue`: a promise that resolved means that it is on disk. What is finished
 * stays for a while: by its age, and up to a number.
 */
export class Downlinks {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #limits = storeLimits.values;
  readonly #sql;
  /** How many are unfinished, by the device that has the link: most devices have none. */
  readonly #unfinished = new Map<string, number>();
  #unfinishedCount = 0;
  #finishedCount = 0;
  /** When finished ones were removed by their age, monotonic milliseconds. */
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, options: { clock: Clock; newId: () => string; commits: GroupCommit }) {
    this.#database = database;
    this.#commits = options.commits;
    this.#clock = options.clock;
    this.#newId = options.newId;
    const prepare = (sql: string) => database.prepare(sql);
    this.#sql = {
      insert: prepare(`INSERT INTO downlinks
        (id, device_id, owner_id, device, state, key, created_at, expires_at, finished_at, entry)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      update: prepare(
        'UPDATE downlinks SET state = ?, finished_at = ?, entry = ? WHERE id = ? AND state = ?',
      ),
      get: prepare('SELECT entry FROM downlinks WHERE id = ?'),
      byKey: prepare('SELECT entry FROM downlinks WHERE device_id = ? AND key = ?'),
      unfinishedOf: prepare(
        'SELECT count(*) AS n FROM downlinks WHERE device_id = ? AND finished_at IS NULL',
      ),
      next: prepare(`SELECT entry FROM downlinks WHERE owner_id = ? AND finished_at IS NULL AND state = 'queued'
        ORDER BY id LIMIT 1`),
      begun:
        prepare(`SELECT entry FROM downlinks WHERE finished_at IS NULL AND state IN ('attempted', 'written')
        ORDER BY id LIMIT ?`),
      expired: prepare(`SELECT entry FROM downlinks WHERE state = 'queued' AND expires_at <= ? LIMIT ?`),
      nextExpiry: prepare(`SELECT min(expires_at) AS time FROM downlinks WHERE state = 'queued'`),
      owners: prepare(
        'SELECT owner_id, count(*) AS n FROM downlinks WHERE finished_at IS NULL GROUP BY owner_id',
      ),
      finished: prepare('SELECT count(*) AS n FROM downlinks WHERE finished_at IS NOT NULL'),
      removeOld: prepare(`DELETE FROM downlinks WHERE id IN
        (SELECT id FROM downlinks WHERE finished_at IS NOT NULL AND finished_at < ? ORDER BY finished_at LIMIT ?)`),
      removeOldest: prepare(`DELETE FROM downlinks WHERE id IN
        (SELECT id FROM downlinks WHERE finished_at IS NOT NULL ORDER BY finished_at LIMIT ?)`),
    };
    this.#count();
  }

  /** Rejects with DOWNLINKS_FULL or STORE_FAILED. */
  put(fields: Omit<KeptDownlink, 'id'>): Promise<{ downlink: KeptDownlink; added: boolean }> {
    return this.#commits
      .write(() => {
        const { device, deviceId, key } = fields;
        const same = key === undefined ? undefined : this.#sql.byKey.get(deviceId, key);
        if (same !== undefined) return { downlink: downlinkOf(same), added: false };
        const { n } = this.#sql.unfinishedOf.get(deviceId) as { n: number };
        const { downlinksPerDevice, downlinks } = this.#limits;
        if (n >= downlinksPerDevice)
          throw storeErrors.error('DOWNLINKS_FULL', { device, limit: downlinksPerDevice });
        if (this.#unfinishedCount >= downlinks)
          throw storeErrors.error('DOWNLINKS_FULL', { device, limit: downlinks });
        const downlink = { ...fields, id: this.#newId() };
        this.#insert(downlink);
        return { downlink, added: true };
      })
      .then((put) => {
        if (put.added) this.#changeCount(put.downlink, 1);
        return put;
      });
  }

  /** false: it is in another state, or was removed. Rejects with STORE_FAILED. */
  save(downlink: KeptDownlink, from: DownlinkState): Promise<boolean> {
    const { id, state, finishedAt } = downlink;
    return this.#commits
      .write(() => this.#sql.update.run(state, finishedAt ?? null, JSON.stringify(downlink), id, from) > 0)
      .then((saved) => {
        if (saved && finishedAt !== undefined) {
          this.#changeCount(downlink, -1);
          this.#finishedCount++;
          this.#prune();
        }
        return saved;
      });
  }

  async get(id: string): Promise<KeptDownlink | undefined> {
    const row = this.#sql.get.get(id);
    return row === undefined ? undefined : downlinkOf(row);
  }

  /** Whether some are unfinished. */
  hasWaiting(owner: string): boolean {
    return this.#unfinished.has(owner);
  }

  async next(owner: string): Promise<KeptDownlink | undefined> {
    if (!this.hasWaiting(owner)) return undefined;
    const row = this.#sql.next.get(owner);
    return row === undefined ? undefined : downlinkOf(row);
  }

  async begun(): Promise<readonly KeptDownlink[]> {
    return this.#sql.begun.all(this.#limits.flushSlice).map(downlinkOf);
  }

  async expired(now: number): Promise<readonly KeptDownlink[]> {
    return this.#sql.expired.all(now, this.#limits.flushSlice).map(downlinkOf);
  }

  async nextExpiry(): Promise<number | undefined> {
    return (this.#sql.nextExpiry.get()?.time as number | null) ?? undefined;
  }

  /** The newest first. */
  async list(query: DownlinkQuery): Promise<readonly KeptDownlink[]> {
    const { device, state, since, until, before } = query;
    const terms: [column: string, value: string | number | undefined][] = [
      ['device =', device],
      ['state =', state],
      ['created_at >=', since],
      ['created_at <', until],
      ['id <', before],
    ];
    const given = terms.filter(([, value]) => value !== undefined);
    const where = given.length === 0 ? '' : `WHERE ${given.map(([column]) => `${column} ?`).join(' AND ')}`;
    const rows = this.#database
      .prepare(`SELECT entry FROM downlinks ${where} ORDER BY id DESC LIMIT ?`)
      .all(...given.map(([, value]) => value as string | number), Math.min(query.limit, this.#limits.page));
    return rows.map(downlinkOf);
  }

  /** A device was removed, and with it all that was for it. */
  forget(_device: DeviceRef): void {
    if (this.#unfinishedCount + this.#finishedCount > 0) this.#count();
  }

  stats(): DownlinksStats {
    return { unfinished: this.#unfinishedCount, finished: this.#finishedCount };
  }

  #insert(downlink: KeptDownlink): void {
    const { id, deviceId, owner, device, state, key, createdAt, expiresAt, finishedAt } = downlink;
    this.#sql.insert.run(
      id,
      deviceId,
      owner,
      device,
      state,
      key ?? null,
      createdAt,
      expiresAt,
      finishedAt ?? null,
      JSON.stringify(downlink),
    );
  }

  #count(): void {
    this.#unfinished.clear();
    this.#unfinishedCount = 0;
    for (const { owner_id: owner, n } of this.#sql.owners.all()) {
      this.#unfinished.set(owner as string, n as number);
      this.#unfinishedCount += n as number;
    }
    this.#finishedCount = this.#sql.finished.get()?.n as number;
  }

  #changeCount({ owner }: KeptDownlink, by: 1 | -1): void {
    const count = (this.#unfinished.get(owner) ?? 0) + by;
    if (count > 0) this.#unfinished.set(owner, count);
    else this.#unfinished.delete(owner);
    this.#unfinishedCount += by;
  }

  /** Removes finished ones that are old or too many; what cannot be removed now is removed later. */
  #prune(): void {
    const { downlinksFinished, downlinksFinishedAge, flushSlice } = this.#limits;
    const now = this.#clock.monotonic();
    const isFull = this.#finishedCount > downlinksFinished;
    if (!isFull && now - this.#prunedAt < this.#limits.downlinksPrune) return;
    this.#prunedAt = now;
    try {
      this.#finishedCount -= this.#database.transaction('batch', () => {
        const old = this.#sql.removeOld.run(this.#clock.now() - downlinksFinishedAge, flushSlice);
        return isFull && old === 0
          ? this.#sql.removeOldest.run(Math.min(flushSlice, downlinksFinished))
          : old;
      });
    } catch {
      // The database has logged it, and reports it in its health.
    }
  }
}

const downlinkOf = (row: Row): KeptDownlink => JSON.parse(row.entry as string) as KeptDownlink;
