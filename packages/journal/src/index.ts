export { journalErrors } from './catalogue.ts';
export { diskFiles } from './disk.ts';
export type { FileEntry, JournalFile, JournalFiles } from './files.ts';
export { Journal, type JournalOptions, type JournalStats, openJournal } from './journal.ts';
export { journalLimits } from './limits.ts';
export type { ReadBatch } from './reader.ts';
export type { JournalSnapshot, SnapshotFile } from './snapshot.ts';
export { type RecordFormat, writerStates } from './writer.ts';
