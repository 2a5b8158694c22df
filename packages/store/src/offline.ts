/** A data folder whose service is not running: for `restore` and `doctor`. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { isFairleadError, systemClock } from '@fairlead/core';
import { storeErrors } from './catalogue.ts';
import { Database } from './database/database.ts';
import { historyMigrations } from './history/schema.ts';
import { storeLimits } from './limits.ts';
import { migrations } from './migrations/index.ts';
import { formatOf } from './migrations/migrate.ts';
import { DATABASE_FILE } from './open.ts';

/** The database format that this version writes, and the newest that it reads. */
export const databaseFormat = migrations.length;

/** The same of the history of values. */
export const historyFormat = historyMigrations.length;

export interface ExaminedDatabase {
  /** Its `user_version`; 0: it is empty. */
  readonly format: number;
  readonly devices: number;
}

interface DatabaseLock extends Disposable {
  /** Nothing is in the database. */
  readonly empty: boolean;
  /** Moves what waits in the `-wal` file into the database, so that it is one file. */
  fold(): void;
}

/**
 * Keeps services and other restores away from a folder, which must exist, until it is disposed. Throws STORE_LOCKED or
 * STORE_FAILED.
 */
export function lockDatabase(dir: string): DatabaseLock {
  const file = join(dir, DATABASE_FILE);
  closeSync(openSync(file, 'a', 0o600));
  const database = new Database(file, { clock: systemClock, busyTimeout: storeLimits.values.lockWait });
  // A damaged database may be replaced. SQLite takes the lock before it looks at the content: no service has it open.
  const orDamaged = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (isFairleadError(error, 'STORE_CORRUPT')) return undefined;
      database.close();
      throw error;
    }
  };
  const inMemory = () => database.scalar('PRAGMA journal_mode=MEMORY'); // no file beside it while the lock is held
  const empty = orDamaged(() => {
    database.scalar('PRAGMA locking_mode=EXCLUSIVE');
    const empty = Number(database.scalar('SELECT count(*) FROM sqlite_schema')) === 0;
    if (empty) inMemory();
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    return empty;
  });
  return {
    empty: empty ?? false,
    fold: () => void orDamaged(inMemory),
    [Symbol.dispose]: () => database.close(),
  };
}

/** Throws STORE_LOCKED if a service has the database of this folder open. Changes no data. */
export function checkUnlocked(dir: string): void {
  const file = join(dir, DATABASE_FILE);
  if (!existsSync(file)) return;
  const database = new Database(file, { clock: systemClock, busyTimeout: 0 });
  try {
    database.scalar('PRAGMA locking_mode=EXCLUSIVE'); // so that SQLite makes no file for shared memory
    database.scalar('SELECT count(*) FROM sqlite_schema');
  } catch (error) {
    if (isFairleadError(error, 'STORE_LOCKED')) throw error;
  } finally {
    database.close();
  }
}

/**
 * Reads a whole database that nobody has open and checks it. Throws STORE_CORRUPT, STORE_NEWER,
 * STORE_LOCKED or STORE_FAILED.
 *
 * @param newest format that is known: by default of the main database
 */
export function examineDatabase(file: string, newest = databaseFormat): ExaminedDatabase {
  const database = new Database(file, { clock: systemClock, busyTimeout: 0 });
  try {
    database.scalar('PRAGMA locking_mode=EXCLUSIVE'); // so that SQLite makes no file for shared memory
    const format = formatOf(database, newest);
    const verdict = database.scalar('PRAGMA quick_check');
    if (verdict !== 'ok') throw storeErrors.error('STORE_CORRUPT', { file, reason: String(verdict) });
    const devices = format === 0 ? 0 : Number(database.scalar('SELECT count(*) FROM devices'));
    return { format, devices };
  } finally {
    database.close();
  }
}
