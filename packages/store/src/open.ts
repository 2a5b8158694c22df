import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Clock, isFairleadError, type Log } from '@fairlead/core';
import { storeErrors } from './catalogue.ts';
import { Database } from './database/database.ts';
import { warnOfExposure } from './exposure.ts';
import { storeLimits } from './limits.ts';
import { migrations } from './migrations/index.ts';
import { migrate } from './migrations/migrate.ts';

export const DATABASE_FILE = 'fairlead.db';

/** Opens the database of a data folder, ready for use: locked for this process, checked, and of the newest format. */
export function openDatabase(
  dir: string,
  options: { clock: Clock; log?: Log | undefined; maxSize: number },
): Database {
  const file = prepareFiles(dir, DATABASE_FILE);
  let database: Database | undefined;
  try {
    database = new Database(file, { ...options, busyTimeout: storeLimits.values.lockWait });
    lock(database);
    check(database, 'sqlite_schema');
    migrate(database, migrations, options.log);
    configure(database, options.maxSize);
    check(database, 'devices');
    check(database, 'profiles');
    check(database, 'profile_versions');
    warnOfExposure(dir, options.log);
    return database;
  } catch (error) {
    try {
      database?.close();
    } catch {}
    // At startup, any other failure of the database means that the folder is unusable.
    if (isFairleadError(error, 'STORE_FAILED'))
      throw storeErrors.error('STORE_UNREADABLE', { dir, reason: String(error.details.reason) }, error);
    throw error;
  }
}

/** The folder and the file, for their owner only. SQLite gives its -wal file the mode of the database. */
export function prepareFiles(dir: string, name: string): string {
  const file = join(dir, name);
  try {
    makeFolder(resolve(dir));
    closeSync(openSync(file, 'a', 0o600));
    return file;
  } catch (cause) {
    throw storeErrors.error('STORE_UNREADABLE', { dir, reason: inWords(cause, name) }, cause);
  }
}

/** Creates one folder at a time: `mkdirSync` with `recursive` loops forever if the system refuses with ENOENT. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}

/**
 * Locks the file for this process. In this mode the lock is held until the database is closed or the process ends, for
 * any reason, and SQLite needs no shared memory file.
 */
export function lock(database: Database): void {
  database.scalar('PRAGMA locking_mode=EXCLUSIVE');
  database.exec('BEGIN EXCLUSIVE; COMMIT');
}

export function configure(database: Database, maxSize: number): void {
  database.scalar('PRAGMA journal_mode=WAL');
  database.scalar(`PRAGMA journal_size_limit=${2 ** 24}`);
  database.exec('PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON');
  const pageSize = Number(database.scalar('PRAGMA page_size'));
  database.scalar(`PRAGMA max_page_count=${Math.max(1, Math.floor(maxSize / pageSize))}`);
}

/** Finds a damaged table at startup rather than when a device connects. The log may be large and is not read. */
function check(database: Database, table: string): void {
  const verdict = database.scalar(`PRAGMA quick_check(${table})`);
  if (verdict === 'ok') return;
  throw storeErrors.error('STORE_CORRUPT', { file: database.file, reason: String(verdict) });
}

function inWords(cause: unknown, name: string): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'a file stands where the folder should be';
    case 'ENOENT':
      return 'it does not exist and cannot be made';
    case 'EISDIR':
      return `${name} is a folder there`;
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read and write it';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return (cause as Error).message;
  }
}
