import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, isFairleadError, type Log } from '@fairlead/core';
import { Database } from '../database/database.ts';
import { storeLimits } from '../limits.ts';
import { migrate } from '../migrations/migrate.ts';
import { configure, lock, prepareFiles } from '../open.ts';
import { historyMigrations } from './schema.ts';

const HISTORY_FILE = 'history.db';
/** Above the size at which history is shortened, so that shortening comes first. */
const HEADROOM = 1.25;
/** SQLite needs a few pages for its tables. */
const LEAST = 2 ** 20;

interface HistoryFileOptions {
  readonly clock: Clock;
  readonly log?: Log | undefined;
  /** Bytes. */
  readonly size: number;
}

/**
 * Opens the history of a data folder. A damaged file is set aside, so that it does not keep devices from being served. Throws
 * STORE_UNREADABLE, STORE_LOCKED, STORE_NEWER or STORE_MIGRATION_FAILED.
 */
export function openHistoryDatabase(dir: string, options: HistoryFileOptions): Database {
  try {
    return open(dir, options);
  } catch (error) {
    if (!isFairleadError(error, 'STORE_CORRUPT')) throw error;
    const file = join(dir, HISTORY_FILE);
    renameSync(file, `${file}.damaged`);
    rmSync(`${file}-wal`, { force: true });
    options.log?.error(
      { code: error.code, file, movedTo: `${file}.damaged` },
      'The history of values is damaged. A new one begins.',
    );
    return open(dir, options);
  }
}

/** Removes the history, when it is turned off. */
export function removeHistory(dir: string): void {
  for (const name of [HISTORY_FILE, `${HISTORY_FILE}-wal`])
    if (existsSync(join(dir, name))) rmSync(join(dir, name), { force: true });
}

function open(dir: string, { clock, log, size }: HistoryFileOptions): Database {
  const file = prepareFiles(dir, HISTORY_FILE);
  const database = new Database(file, { clock, log, busyTimeout: storeLimits.values.lockWait });
  try {
    lock(database);
    migrate(database, historyMigrations, log);
    configure(database, Math.max(LEAST, size * HEADROOM));
    return database;
  } catch (error) {
    try {
      database.close();
    } catch {}
    throw error;
  }
}
