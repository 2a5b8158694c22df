/** The folder of a journal on the disk. */
import { close, existsSync, fdatasync, fsync, ftruncate, open, read, write } from 'node:fs';
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { journalErrors } from './catalogue.ts';
import type { FileEntry, JournalFile, JournalFiles } from './files.ts';
import { inWords } from './in-words.ts';

const LOCK = 'lock';
/** SQLite's primary result code for a file that another process has locked. */
const BUSY = 5;

/**
 * Opens the folder, creates it if it does not exist, and locks it for this process. Rejects with JOURNAL_UNUSABLE or
 * JOURNAL_LOCKED.
 */
export async function diskFiles(folder: string): Promise<JournalFiles> {
  try {
    await makeFolder(resolve(folder));
    return new DiskFiles(folder, lockFolder(folder));
  } catch (cause) {
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 === BUSY)
      throw journalErrors.error('JOURNAL_LOCKED', { folder }, cause);
    throw journalErrors.error('JOURNAL_UNUSABLE', { folder, reason: inWords(cause) }, cause);
  }
}

/** Creates one folder at a time: `mkdir` with `recursive` never ends if the system refuses with ENOENT. */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 });
}

/** A transaction of SQLite that never ends. The system ends it with the process, however that ends. */
function lockFolder(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, LOCK), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

class DiskFiles implements JournalFiles {
  readonly #folder: string;
  readonly #lock: DatabaseSync;

  constructor(folder: string, lock: DatabaseSync) {
    this.#folder = folder;
    this.#lock = lock;
  }

  async list(): Promise<FileEntry[]> {
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith(LOCK));
    return Promise.all(
      names.map(async (name) => ({ name, size: (await stat(join(this.#folder, name))).size })),
    );
  }

  create(name: string): Promise<JournalFile> {
    return openFile(join(this.#folder, name), 'wx+');
  }

  open(name: string): Promise<JournalFile> {
    return openFile(join(this.#folder, name), 'r+');
  }

  remove(name: string): Promise<void> {
    return unlink(join(this.#folder, name));
  }

  syncFolder(): Promise<void> {
    return new Promise((resolve, reject) => {
      open(this.#folder, 'r', (error, descriptor) => {
        if (error !== null) return reject(error);
        fsync(descriptor, (failed) =>
          close(descriptor, () => (failed === null ? resolve() : reject(failed))),
        );
      });
    });
  }

  async close(): Promise<void> {
    if (this.#lock.isOpen) this.#lock.close();
  }
}

function openFile(path: string, flags: string): Promise<JournalFile> {
  return new Promise((resolve, reject) => {
    open(path, flags, 0o600, (error, descriptor) =>
      error === null ? resolve(new DiskFile(descriptor)) : reject(error),
    );
  });
}

class DiskFile implements JournalFile {
  readonly #descriptor: number;
  #closed = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (done: number) =>
        write(this.#descriptor, bytes, done, bytes.length - done, at + done, (error, written) => {
          if (error !== null) reject(error);
          else if (done + written === bytes.length) resolve();
          else go(done + written);
        });
      go(0);
    });
  }

  sync(): Promise<void> {
    return this.#settled((done) => fdatasync(this.#descriptor, done));
  }

  read(into: Uint8Array, length: number, at: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const go = (done: number) =>
        read(this.#descriptor, into, done, length - done, at + done, (error, count) => {
          if (error !== null) reject(error);
          else if (count === 0 || done + count === length) resolve(done + count);
          else go(done + count);
        });
      go(0);
    });
  }

  truncate(size: number): Promise<void> {
    return this.#settled((done) => ftruncate(this.#descriptor, size, done));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#settled((done) => close(this.#descriptor, done));
  }

  #settled(call: (done: (error: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
  }
}
