import {
  backup,
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from 'node:sqlite';
import { type Clock, type FairleadError, isFairleadError, type Log } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import { storeLimits } from '../limits.ts';
import type { Health } from '../types.ts';

export type Row = Record<string, SQLOutputValue>;

/** SQLite's primary result codes that lead to a code of their own. */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** A prepared statement that throws catalogue errors. */
export class Statement {
  readonly #database: Database;
  readonly #statement: StatementSync;

  constructor(database: Database, statement: StatementSync) {
    this.#database = database;
    this.#statement = statement;
  }

  get(...values: SQLInputValue[]): Row | undefined {
    try {
      return this.#statement.get(...values);
    } catch (cause) {
      throw this.#database.failure(cause);
    }
  }

  all(...values: SQLInputValue[]): Row[] {
    try {
      return this.#statement.all(...values);
    } catch (cause) {
      throw this.#database.failure(cause);
    }
  }

  /** Number of rows changed. */
  run(...values: SQLInputValue[]): number {
    try {
      return Number(this.#statement.run(...values).changes);
    } catch (cause) {
      throw this.#database.failure(cause);
    }
  }
}

/**
 * One open SQLite file: transactions, catalogue errors, and the health of writes.
 *
 * Changes by an administrator are on disk when the call returns (`settled`). Batches of device data need not be: they
 * survive the end of the process. A power failure may lose the last of them, but never the database.
 */
export class Database {
  readonly file: string;
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #log: Log | undefined;
  #depth = 0;
  #failing: { error: FairleadError; since: number } | undefined;
  /** When writing began to fail, in monotonic milliseconds. */
  #failingFrom = 0;
  /** Called when writing begins to fail, so that the write is retried later. */
  whenFailing: (() => void) | undefined;

  constructor(file: string, options: { clock: Clock; log?: Log | undefined; busyTimeout: number }) {
    this.file = file;
    this.#clock = options.clock;
    this.#log = options.log;
    try {
      this.#db = new DatabaseSync(file, { timeout: options.busyTimeout });
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  get open(): boolean {
    return this.#db.isOpen;
  }

  prepare(sql: string): Statement {
    try {
      return new Statement(this, this.#db.prepare(sql));
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  exec(sql: string): void {
    try {
      this.#db.exec(sql);
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  /** The value of a pragma or other query with one column and one row. */
  scalar(sql: string): SQLOutputValue | undefined {
    const row = this.prepare(sql).get();
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /**
   * Runs `work` as a transaction. Inside another transaction it is a savepoint.
   * @param durability `settled` waits for the disk; the value of the outermost transaction applies.
   */
  transaction<T>(durability: 'settled' | 'batch', work: () => T): T {
    if (!this.open) throw storeErrors.error('STORE_CLOSED');
    return this.#depth > 0 ? this.#savepoint(work) : this.#outermost(durability, work);
  }

  #outermost<T>(durability: 'settled' | 'batch', work: () => T): T {
    try {
      this.exec(durability === 'settled' ? 'PRAGMA synchronous=FULL' : 'PRAGMA synchronous=NORMAL');
      this.exec('BEGIN IMMEDIATE');
      this.#depth = 1;
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.#undo('ROLLBACK');
      this.#failed(error);
      throw error;
    } finally {
      this.#depth = 0;
    }
  }

  #savepoint<T>(work: () => T): T {
    const name = `s${this.#depth++}`;
    this.exec(`SAVEPOINT ${name}`);
    try {
      const result = work();
      this.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      this.#undo(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** After some failures SQLite has already rolled back, and a rollback fails. */
  #undo(sql: string): void {
    try {
      this.#db.exec(sql);
    } catch {}
  }

  health(): Health {
    return this.#failing === undefined ? { ok: true } : { ok: false, ...this.#failing };
  }

  #failed(error: unknown): void {
    // An error from one of our own rules does not concern the database.
    if (isFairleadError(error) && error.kind !== 'storage') return;
    const failure = this.failure(error);
    const first = this.#failing === undefined;
    this.#failing = { error: failure, since: this.#failing?.since ?? this.#clock.now() };
    if (!first) return;
    this.#failingFrom = this.#clock.monotonic();
    this.#log?.error(
      { code: failure.code, file: this.file },
      `${failure.message} Writing will be tried again.`,
    );
    this.whenFailing?.();
  }

  /**
   * All waiting data has been written. One small successful write proves less: on a full disk it may find space when
   * the batch before it did not.
   */
  recovered(): void {
    if (this.#failing === undefined) return;
    const ms = Math.round(this.#clock.monotonic() - this.#failingFrom);
    this.#failing = undefined;
    this.#log?.info({ file: this.file, ms }, 'The database can be written again.');
  }

  /** Maps an error of SQLite to the catalogue. */
  failure(cause: unknown): FairleadError {
    if (isFairleadError(cause)) return cause;
    const { errcode, code, message } = cause as { errcode?: number; code?: string; message?: string };
    if (code === 'ERR_INVALID_STATE') return storeErrors.error('STORE_CLOSED', {}, cause);
    const primary = (errcode ?? 0) & 0xff;
    if (primary === BUSY || primary === LOCKED)
      return storeErrors.error('STORE_LOCKED', { file: this.file }, cause);
    const reason = message ?? String(cause);
    if (primary === CORRUPT || primary === NOT_A_DATABASE)
      return storeErrors.error('STORE_CORRUPT', { file: this.file, reason }, cause);
    return storeErrors.error('STORE_FAILED', { reason }, cause);
  }

  /** Copies everything into a file, some pages at a time, while the database is in use. Rejects with STORE_FAILED. */
  async copyTo(file: string): Promise<void> {
    if (!this.open) throw storeErrors.error('STORE_CLOSED');
    try {
      await backup(this.#db, file, { rate: storeLimits.values.copyPages });
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
