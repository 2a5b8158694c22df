import { apiLimits } from '../limits.ts';
import { openBackup } from '../resources/backup.ts';
import type { HttpCaller } from './http.ts';
import { chunks } from './lines.ts';

export interface BackupOptions {
  /** Include the keys and the administrator's token. */
  readonly keys?: boolean;
  /** What is left out. */
  readonly without?: readonly ('history' | 'captures')[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The service copies its database before it answers, which may take long. */
export async function* backupBytes(
  http: HttpCaller,
  { keys = false, without = [], signal }: BackupOptions,
): AsyncGenerator<Uint8Array> {
  const query = { keys: String(keys), without: without.length === 0 ? undefined : without.join(',') };
  const answer = await http.open(openBackup, { query, signal, extraTime: apiLimits.values.backupCopy });
  try {
    yield* chunks(answer.body);
  } catch (error) {
    throw http.failure(error, signal);
  }
}
