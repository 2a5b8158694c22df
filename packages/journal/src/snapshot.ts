import { journalErrors } from './catalogue.ts';
import type { FileEntry, JournalFile, JournalFiles } from './files.ts';
import { inWords } from './in-words.ts';

/** A file of a snapshot, which has its name in the folder of a journal. */
export interface SnapshotFile {
  readonly name: string;
  /** Bytes that belong to the snapshot; the file may have grown since. */
  readonly size: number;
  /** Reads at most `length` bytes at a place; returns how many. */
  read(into: Uint8Array, length: number, at: number): Promise<number>;
}

/** Put into an empty folder, its files are a journal with what waited. */
export interface JournalSnapshot extends AsyncDisposable {
  readonly files: readonly SnapshotFile[];
}

/** Rejects with JOURNAL_READ_FAILED. */
export async function openSnapshot(
  files: JournalFiles,
  segments: readonly FileEntry[],
  cursor: Uint8Array,
): Promise<JournalSnapshot> {
  const opened: (SnapshotFile & { readonly file: JournalFile })[] = [];
  const dispose = async () => {
    for (const { file } of opened) await file.close().catch(() => {});
  };
  for (const { name, size } of segments) {
    try {
      const file = await files.open(name);
      opened.push({ name, size, file, read: (into, length, at) => file.read(into, length, at) });
    } catch (cause) {
      await dispose();
      throw journalErrors.error('JOURNAL_READ_FAILED', { segment: name, reason: inWords(cause) }, cause);
    }
  }
  const slot: SnapshotFile = {
    name: 'cursor',
    size: cursor.length,
    async read(into, length, at) {
      const part = cursor.subarray(at, at + length);
      into.set(part);
      return part.length;
    },
  };
  return { files: [slot, ...opened], [Symbol.asyncDispose]: dispose };
}
