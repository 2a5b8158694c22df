import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { isFairleadError, type Log } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Database } from '../database/database.ts';

/** Written into the header of each of our databases: "Fair" in ASCII. */
export const APPLICATION_ID = 0x46616972;

/** The format of an open database. Throws STORE_CORRUPT when another program made it, STORE_NEWER when it is too new. */
export function formatOf(database: Database, known: number): number {
  const found = Number(database.scalar('PRAGMA user_version'));
  const owner = Number(database.scalar('PRAGMA application_id'));
  const tables = Number(database.scalar('SELECT count(*) FROM sqlite_schema'));
  if (owner !== APPLICATION_ID && (owner !== 0 || tables > 0 || found > 0)) {
    const reason = 'it holds the data of another program';
    throw storeErrors.error('STORE_CORRUPT', { file: database.file, reason });
  }
  if (found > known) throw storeErrors.error('STORE_NEWER', { file: database.file, found, known });
  return found;
}

/**
 * Brings a database from its format to the newest, one transaction a step. A database that held data before is first
 * copied to `<file>.bak-<format>`. A step that fails leaves the database at the format before it. Foreign keys are off
 * meanwhile, as a step may rebuild a table that others refer to, and are checked after each step.
 */
export function migrate(database: Database, migrations: readonly string[], log?: Log): void {
  const found = formatOf(database, migrations.length);
  if (found === migrations.length) return;
  if (found > 0) {
    const copy = `${database.file}.bak-${found}`;
    attempt(database, found + 1, () => backup(database, copy));
    log?.info({ from: found, to: migrations.length, backup: copy }, 'Upgrading the database.');
  }
  database.exec('PRAGMA foreign_keys=OFF');
  for (let version = found + 1; version <= migrations.length; version++) {
    attempt(database, version, () =>
      database.transaction('settled', () => {
        database.exec(migrations[version - 1] as string);
        checkReferences(database);
        database.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${version}`);
      }),
    );
  }
}

function checkReferences(database: Database): void {
  const table = database.scalar('PRAGMA foreign_key_check');
  if (table === undefined) return;
  const reason = `a row of ${table} refers to a row that does not exist`;
  throw storeErrors.error('STORE_CORRUPT', { file: database.file, reason });
}

/** Writes a consistent copy, readable by its owner only. A copy is there whole or not at all. */
export function backup(database: Database, target: string): void {
  const unfinished = `${target}.part`;
  try {
    rmSync(unfinished, { force: true });
    closeSync(openSync(unfinished, 'wx', 0o600));
    database.prepare('VACUUM INTO ?').run(unfinished);
    renameSync(unfinished, target);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw database.failure(cause);
  }
}

function attempt(database: Database, version: number, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const reason = isFairleadError(cause) ? cause.message.replace(/\.$/, '') : String(cause);
    throw storeErrors.error('STORE_MIGRATION_FAILED', { file: database.file, version, reason }, cause);
  }
}
