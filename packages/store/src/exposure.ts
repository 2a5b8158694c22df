/** Warns when other users of the machine can access the data of the service. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@fairlead/core';
import { storeErrors } from './catalogue.ts';

/** For a folder: a user who can write to it can replace the database or a secret. */
const FOLDER_OPEN = 0o022;
/** For a file: a user who can read it can read all readings and the hashes of all tokens. */
const FILE_OPEN = 0o077;
/** The database and the copies made by upgrades. SQLite gives its journal the mode of the database. */
const OURS = /^fairlead\.db(\.bak-\d+)?$/;

/** Logs DATA_EXPOSED for the data folder and for each file of the database that others may reach. Changes nothing. */
export function warnOfExposure(dir: string, log: Log | undefined): void {
  // On other systems the mode does not say who can read a file.
  if (process.platform === 'win32' || log === undefined) return;
  const check = (path: string, open: number, may: string) => {
    const mode = statSync(path).mode & 0o7777;
    if ((mode & open) === 0) return;
    const shown = mode.toString(8).padStart(4, '0');
    const error = storeErrors.error('DATA_EXPOSED', { path, mode: shown, may });
    log.warn({ code: error.code, path, mode: shown }, error.message);
  };
  check(dir, FOLDER_OPEN, 'write to');
  for (const name of readdirSync(dir))
    if (OURS.test(name)) check(join(dir, name), FILE_OPEN, 'read or write');
}
