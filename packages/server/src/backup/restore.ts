/**
 * Puts a backup into a data folder that no service uses.
 *
 * ```text
 * 1. lock     no service and no other restore may open the folder
 * 2. stage    the whole backup is written to FOLDER/restore.part, and checked
 * 3. mark     FOLDER/restore.unfinished: a service refuses to start on half of the files
 * 4. exchange the earlier files move to FOLDER/replaced-TIME, the new ones take their places
 * 5. unmark
 * ```
 *
 * Until 3 the folder is as it was; from 3 on, another restore completes what was interrupted. The journal is exchanged in the
 * same way, in its own folder, which may be on another disk.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FairleadError, isFairleadError } from '@fairlead/core';
import { diskFiles } from '@fairlead/journal';
import { checkUnlocked, examineDatabase, historyFormat, lockDatabase } from '@fairlead/store';
import { serverErrors } from '../catalogue.ts';
import { reasonOf } from '../system-reason.ts';
import {
  type BackupManifest,
  CAPTURES,
  DATABASE,
  HISTORY,
  JOURNAL,
  KEY_FILES,
  PANEL_FILE,
} from './manifest.ts';
import { readBackup } from './read.ts';

const STAGE = 'restore.part';
const MARK = 'restore.unfinished';
const SEGMENT_OR_CURSOR = /^(?:cursor|.*\.journal)$/;

export interface RestoreOptions {
  readonly source: AsyncIterable<Uint8Array>;
  /** The name of the backup, for messages. */
  readonly name: string;
  /** The data folder; made if it is not there. */
  readonly data: string;
  /** The folder of the journal. */
  readonly journal: string;
  /** Move data that is there aside, instead of refusing. */
  readonly replace: boolean;
  /** Only check the backup and the folder. */
  readonly dryRun: boolean;
  /** Unix milliseconds: the name of the folder for the earlier files. */
  readonly now: number;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Where the earlier files are. */
  readonly replaced: readonly string[];
  /** Key files that this backup does not have and the folder does not have either. */
  readonly missingKeys: readonly string[];
}

/** Throws RESTORE_UNFINISHED. */
export function checkRestored(data: string): void {
  if (existsSync(join(data, MARK))) throw serverErrors.error('RESTORE_UNFINISHED', { folder: data });
}

/**
 * Rejects with BACKUP_INVALID, BACKUP_NEWER, RESTORE_FOLDER_USED, STORE_LOCKED, JOURNAL_LOCKED, STORE_CORRUPT or RESTORE_FAILED.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { data, journal } = options;
  try {
    return options.dryRun ? await rehearse(options) : await restore(options);
  } catch (error) {
    if (isFairleadError(error)) throw error;
    const { path = '' } = error as NodeJS.ErrnoException;
    const folder = path.startsWith(journal) ? journal : data;
    throw serverErrors.error('RESTORE_FAILED', { folder, reason: reasonOf(error) }, error);
  }
}

async function rehearse(options: RestoreOptions): Promise<Restored> {
  const { source, name, data } = options;
  if (existsSync(data)) checkUnlocked(data);
  await mayWrite(options, (await sizeOf(join(data, DATABASE))) === 0);
  const manifest = await readBackup(source, name);
  return { manifest, replaced: [], missingKeys: await missingKeys(manifest, data) };
}

async function restore(options: RestoreOptions): Promise<Restored> {
  const { source, name, data, journal } = options;
  const isNew = !existsSync(join(data, DATABASE));
  await makeFolder(data);
  using lock = lockDatabase(data);
  const places = new Places(data, journal);
  try {
    await mayWrite(options, lock.empty);
    await using journalLock = new AsyncDisposableStack();
    if (existsSync(journal)) journalLock.adopt(await diskFiles(journal), (files) => files.close());
    const manifest = await stage(source, name, places);
    await setMark(data);
    lock.fold();
    if (lock.empty) await rm(join(data, DATABASE)); // made by the lock
    const replaced = await exchange(manifest, places, options.now);
    await clearMark(data);
    return { manifest, replaced, missingKeys: await missingKeys(manifest, data) };
  } catch (error) {
    if (isNew && !existsSync(join(data, MARK))) await rm(join(data, DATABASE), { force: true });
    throw error;
  } finally {
    await places.sweep();
  }
}

/** Throws RESTORE_FOLDER_USED. Keys alone may be there: the backup may need them. */
async function mayWrite({ data, journal, replace }: RestoreOptions, empty: boolean): Promise<void> {
  if (replace) return;
  if (existsSync(join(data, MARK))) throw serverErrors.error('RESTORE_UNFINISHED', { folder: data });
  if (!empty || (await journalFiles(journal)).length > 0)
    throw serverErrors.error('RESTORE_FOLDER_USED', { folder: data });
}

/** Where each file of a backup goes. */
class Places {
  readonly #data: string;
  readonly #journal: string;

  constructor(data: string, journal: string) {
    this.#data = data;
    this.#journal = journal;
  }

  get roots(): readonly string[] {
    return [this.#data, this.#journal];
  }

  of(name: string): { readonly root: string; readonly file: string } {
    return name.startsWith(JOURNAL)
      ? { root: this.#journal, file: name.slice(JOURNAL.length) }
      : { root: this.#data, file: name };
  }

  staged(name: string): string {
    const { root, file } = this.of(name);
    return join(root, STAGE, file);
  }

  async sweep(): Promise<void> {
    for (const root of this.roots) await rm(join(root, STAGE), { recursive: true, force: true });
  }
}

async function stage(
  source: AsyncIterable<Uint8Array>,
  name: string,
  places: Places,
): Promise<BackupManifest> {
  await places.sweep();
  const manifest = await readBackup(source, name, {
    async begin({ files }) {
      for (const folder of new Set(files.map((file) => dirname(places.staged(file.name)))))
        await makeFolder(folder);
    },
    file: (file, bytes) => writeFile(places.staged(file), bytes),
  });
  const staged = places.staged(DATABASE);
  if (!existsSync(staged)) throw invalid(name, 'it has no database');
  const { format } = examineDatabase(staged);
  if (format !== manifest.database.format)
    throw invalid(name, `its database has format ${format}, not ${manifest.database.format}`);
  if (manifest.history !== undefined) examineDatabase(places.staged(HISTORY), historyFormat);
  return manifest;
}

/** Moves the earlier files away and the staged ones in. Returns the folders with the earlier ones. */
async function exchange({ files }: BackupManifest, places: Places, now: number): Promise<string[]> {
  const [data, journal] = places.roots as [string, string];
  const aside = `replaced-${new Date(now).toISOString().replace(/[:.]/g, '-')}`;
  const ours = new Set(files.map(({ name }) => name));
  const keys = KEY_FILES.filter((key) => ours.has(key));
  // What a backup left out stays: a history of devices that are gone is removed by the service.
  const history = ours.has(HISTORY) ? withJournals(HISTORY) : [];
  const captures = files.some(({ name }) => name.startsWith(CAPTURES));
  const replaced = [
    await moveAside(data, aside, [
      ...withJournals(DATABASE),
      ...history,
      ...(captures ? [CAPTURES.slice(0, -1)] : []),
      ...keys,
    ]),
    await moveAside(journal, aside, await journalFiles(journal)),
  ];
  if (captures) await makeFolder(join(data, CAPTURES));
  for (const { name } of files) {
    const { root, file } = places.of(name);
    await rename(places.staged(name), join(root, file));
  }
  for (const root of places.roots) await syncFolder(root);
  return replaced.filter((folder) => folder !== undefined);
}

/** A database, and the files that SQLite may keep beside it. */
const withJournals = (file: string): string[] => ['', '-wal', '-journal', '-shm'].map((end) => file + end);

/** undefined: nothing was there. */
async function moveAside(root: string, aside: string, names: readonly string[]): Promise<string | undefined> {
  const folder = join(root, aside);
  let moved = false;
  for (const name of names) {
    const path = join(root, name);
    if (!existsSync(path)) continue;
    if (!moved) await mkdir(folder, { mode: 0o700 });
    moved = true;
    await rename(path, join(folder, name));
  }
  return moved ? folder : undefined;
}

async function missingKeys({ keys, files }: BackupManifest, data: string): Promise<string[]> {
  if (keys === 'environment') return [];
  const has = new Set(files.map(({ name }) => name));
  return KEY_FILES.filter(
    (name) =>
      name !== 'admin-token' && name !== PANEL_FILE && !has.has(name) && !existsSync(join(data, name)),
  );
}

async function journalFiles(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).filter((name) => SEGMENT_OR_CURSOR.test(name));
}

async function writeFile(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  for await (const part of bytes) await file.writeFile(part);
  await file.sync();
}

async function setMark(data: string): Promise<void> {
  await using file = await open(join(data, MARK), 'w', 0o600);
  await file.sync();
  await syncFolder(data);
}

async function clearMark(data: string): Promise<void> {
  await rm(join(data, MARK));
  await syncFolder(data);
}

async function syncFolder(path: string): Promise<void> {
  if (!existsSync(path)) return;
  await using folder = await open(path, 'r');
  await folder.sync();
}

/** Creates one folder at a time: `mkdir` with `recursive` never ends if the system refuses with ENOENT. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return;
  await makeFolder(dirname(path));
  await mkdir(path, { mode: 0o700 });
}

async function sizeOf(path: string): Promise<number> {
  return existsSync(path) ? (await stat(path)).size : 0;
}

function invalid(file: string, reason: string): FairleadError {
  return serverErrors.error('BACKUP_INVALID', { file, reason });
}
