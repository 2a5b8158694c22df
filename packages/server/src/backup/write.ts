/** Makes a backup of a running service, as a stream. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, isFairleadError } from '@fairlead/core';
import type { JournalSnapshot } from '@fairlead/journal';
import { databaseFormat, historyFormat, type Store } from '@fairlead/store';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { reasonOf } from '../system-reason.ts';
import {
  BACKUP_VERSION,
  type BackupManifest,
  CAPTURES,
  CHECKSUMS,
  DATABASE,
  HISTORY,
  JOURNAL,
  KEY_FILES,
  MANIFEST,
} from './manifest.ts';
import { BLOCK, padding, tarHead } from './tar.ts';

const COPY = 'backup.part';

interface BackupSources {
  /** The data folder. */
  readonly data: string;
  readonly store: Pick<Store, 'copyTo' | 'history'>;
  readonly captures?: { files(): Promise<readonly CaptureFile[]> } | undefined;
  readonly journal?: { snapshot(): Promise<JournalSnapshot> } | undefined;
  /** Whether the keys are derived from FAIRLEAD_SECRET_KEY, so that there are no files with keys. */
  readonly derivedKeys: boolean;
  readonly version: string;
  readonly clock: Clock;
}

/** What may be left out. */
export const OPTIONAL_PARTS = ['history', 'captures'] as const;

interface BackupTerms {
  /** Include the keys and the administrator's token. */
  readonly keys: boolean;
  readonly without?: readonly (typeof OPTIONAL_PARTS)[number][] | undefined;
}

/** A capture as it is now: its lines up to `size`, which is read until it is closed. */
export interface CaptureFile extends AsyncDisposable {
  /** `5c0f12ab.jsonl` */
  readonly name: string;
  readonly size: number;
  read(into: Uint8Array, length: number, at: number): Promise<number>;
}

interface Part {
  readonly name: string;
  readonly size: number;
  read(into: Uint8Array, length: number, at: number): Promise<number>;
}

/** A backup that waits to be read. It must be disposed, read or not. */
interface OpenBackup extends AsyncDisposable {
  readonly bytes: AsyncGenerator<Buffer>;
}

/** Backups of one service: one at a time. */
export class Backups {
  readonly #sources: BackupSources;
  #running = false;

  constructor(sources: BackupSources) {
    this.#sources = sources;
  }

  /**
   * Copies the database, and opens what belongs to it; the bytes are read as they are taken. Rejects with BACKUP_RUNNING,
   * BACKUP_FAILED, STORE_FAILED or JOURNAL_READ_FAILED.
   */
  async open(terms: BackupTerms): Promise<OpenBackup> {
    if (this.#running) throw serverErrors.error('BACKUP_RUNNING');
    this.#running = true;
    const opened = new AsyncDisposableStack();
    opened.defer(() => {
      this.#running = false;
    });
    try {
      const parts = await this.#parts(terms, opened);
      const manifest = this.#manifest(terms.keys, parts);
      const bytes = archive(manifest, parts, this.#sources.clock.now(), opened);
      return { bytes, [Symbol.asyncDispose]: () => opened.disposeAsync() };
    } catch (error) {
      await opened.disposeAsync();
      if (isFairleadError(error)) throw error;
      throw serverErrors.error('BACKUP_FAILED', { reason: reasonOf(error) }, error);
    }
  }

  /** The database first: what the journal has beyond it is only published again. */
  async #parts({ keys, without = [] }: BackupTerms, opened: AsyncDisposableStack): Promise<Part[]> {
    const { data, store, journal, captures } = this.#sources;
    const history = without.includes('history') ? undefined : store.history;
    await this.#mustFit(history !== undefined);
    const later: Part[] = [];
    // Before the database: the history is the largest part, and what it lacks of the last seconds is only missing.
    if (history !== undefined)
      later.push(await this.#copied(HISTORY, (copy) => history.copyTo(copy), opened));
    if (captures !== undefined && !without.includes('captures'))
      for (const file of await captures.files()) {
        const { name, size, read } = opened.use(file);
        later.push({ name: CAPTURES + name, size, read });
      }
    const parts = [await this.#copied(DATABASE, (copy) => store.copyTo(copy), opened), ...later];
    if (journal !== undefined) {
      const { files } = opened.use(await journal.snapshot());
      for (const { name, size, read } of files) parts.push({ name: JOURNAL + name, size, read });
    }
    if (!keys) return parts;
    for (const name of KEY_FILES) {
      const file = await openIfThere(join(data, name));
      if (file !== undefined) parts.push(await partOf(name, opened.use(file)));
    }
    return parts;
  }

  async #copied(
    name: string,
    write: (copy: string) => Promise<void>,
    opened: AsyncDisposableStack,
  ): Promise<Part> {
    const copy = join(this.#sources.data, COPY);
    await write(copy);
    const file = opened.use(await open(copy, 'r'));
    await rm(copy); // it stays readable, and is gone when the process is
    return partOf(name, file);
  }

  /** The service must not fill its own disk. */
  async #mustFit(history: boolean): Promise<void> {
    const { data } = this.#sources;
    const { bavail, bsize } = await statfs(data);
    let needed = serverLimits.values.backupMargin;
    // Never opened here: closing a file ends all locks of the process on it, those of SQLite too.
    const databases = history ? [DATABASE, HISTORY] : [DATABASE];
    for (const name of databases.flatMap((each) => [each, `${each}-wal`]))
      needed += statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0;
    if (bavail * bsize >= needed) return;
    const hint = history ? ' (less without the history)' : '';
    const reason = `the copy of the database needs ${needed} bytes in ${data}${hint}, and ${bavail * bsize} are free`;
    throw serverErrors.error('BACKUP_FAILED', { reason });
  }

  #manifest(keys: boolean, parts: readonly Part[]): BackupManifest {
    const { version, clock, derivedKeys } = this.#sources;
    return {
      kind: 'fairlead-backup',
      version: BACKUP_VERSION,
      fairlead: version,
      created: new Date(clock.now()).toISOString(),
      host: hostname(),
      database: { format: databaseFormat },
      ...(parts.some(({ name }) => name === HISTORY) && { history: { format: historyFormat } }),
      keys: derivedKeys ? 'environment' : keys ? 'included' : 'left out',
      files: parts.map(({ name, size }) => ({ name, size })),
    };
  }
}

async function* archive(
  manifest: BackupManifest,
  parts: readonly Part[],
  time: number,
  opened: AsyncDisposableStack,
): AsyncGenerator<Buffer> {
  const sums: string[] = [];
  const document = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const part of [partOfBytes(MANIFEST, document), ...parts]) {
    const hash = createHash('sha256');
    yield tarHead(part, time);
    for await (const bytes of contentOf(part)) {
      hash.update(bytes);
      yield bytes;
    }
    yield Buffer.alloc(padding(part.size));
    sums.push(`${hash.digest('hex')}  ${part.name}\n`);
  }
  const checksums = Buffer.from(sums.join(''));
  yield tarHead({ name: CHECKSUMS, size: checksums.length }, time);
  yield checksums;
  await opened.disposeAsync(); // before the end: then the next backup may begin
  yield Buffer.alloc(padding(checksums.length) + 2 * BLOCK);
}

async function* contentOf({ name, size, read }: Part): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const bytes = Buffer.allocUnsafe(Math.min(serverLimits.values.backupChunk, size - at));
    const count = await read(bytes, bytes.length, at);
    if (count === 0) throw serverErrors.error('BACKUP_FAILED', { reason: `${name} ends too early` });
    at += count;
    yield bytes.subarray(0, count);
  }
}

async function partOf(name: string, file: FileHandle): Promise<Part> {
  const { size } = await file.stat();
  const read = async (into: Uint8Array, length: number, at: number) =>
    (await file.read(into, 0, length, at)).bytesRead;
  return { name, size, read };
}

function partOfBytes(name: string, bytes: Buffer): Part {
  return { name, size: bytes.length, read: async (into, length, at) => bytes.copy(into, 0, at, at + length) };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
