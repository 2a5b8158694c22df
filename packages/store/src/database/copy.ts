import { closeSync, openSync, rmSync } from 'node:fs';
import type { Database } from './database.ts';
import type { Flusher } from './flusher.ts';

/**
 * Writes waiting data, then copies the database as it is at the end of the copy, while it is in use. The file is for its owner only.
 * Rejects with STORE_FAILED; then there is no file.
 */
export async function copyDatabase(database: Database, flusher: Flusher, file: string): Promise<void> {
  try {
    flusher.flush();
    rmSync(file, { force: true });
    closeSync(openSync(file, 'wx', 0o600));
    await database.copyTo(file);
  } catch (cause) {
    rmSync(file, { force: true });
    throw database.failure(cause);
  }
}
