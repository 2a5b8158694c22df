/**
 * What the journal needs from a file system: one flat folder. `disk.ts` is the real one; tests bring a model that crashes.
 *
 * Every call may reject with an error of the operating system, which has a `code`.
 */
export interface JournalFiles {
  /** The files of the folder. */
  list(): Promise<readonly FileEntry[]>;
  /** Rejects with EEXIST if there is such a file. Its entry is safe after {@link syncFolder}. */
  create(name: string): Promise<JournalFile>;
  /** Opens an existing file for reading and writing. */
  open(name: string): Promise<JournalFile>;
  remove(name: string): Promise<void>;
  /** Resolves when all entries that were created and removed so far survive a power failure. */
  syncFolder(): Promise<void>;
  /** Lets another process have the folder. */
  close(): Promise<void>;
}

export interface FileEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

export interface JournalFile {
  /** Resolves when all bytes are written, not yet flushed. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Resolves when what was written so far survives a power failure. */
  sync(): Promise<void>;
  /** Returns how many bytes were read; fewer than `length` only at the end of the file. */
  read(into: Uint8Array, length: number, at: number): Promise<number>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}
