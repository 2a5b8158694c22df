import { defineLimits } from '@fairlead/core';

export const journalLimits = defineLimits('journal', {
  size: {
    value: 2 ** 30,
    unit: 'bytes',
    meaning:
      'Bytes that wait in the journal for the bus. Beyond it, devices whose listener journals are not read until the bus has confirmed some.',
    option: 'journal.size',
  },
  segment: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning:
      'Largest size of a file of the journal. The next record begins a new file; a file is removed when the bus has confirmed all of it. A larger message is refused with JOURNAL_RECORD_TOO_LARGE.',
    option: 'journal.segment',
  },
  memory: {
    value: 2 ** 23,
    unit: 'bytes',
    meaning:
      'Bytes that wait in memory until they are on disk. Beyond it, devices whose listener journals are not read.',
  },
  recent: {
    value: 2 ** 22,
    unit: 'bytes',
    meaning:
      'Bytes on disk that stay in memory too, for a reader that keeps up. Beyond it, they are read from the disk.',
  },
  readChunk: {
    value: 2 ** 18,
    unit: 'bytes',
    meaning: 'Bytes that are read from a file at once, or one record if it is longer.',
  },
  readBatch: {
    value: 1_000,
    unit: 'items',
    meaning: 'Records that the reader gets at once.',
  },
  readAttempts: {
    value: 5,
    unit: 'items',
    meaning: 'Attempts to read a place of a file. Then the rest of the file is skipped with JOURNAL_DAMAGED.',
  },
  retryMin: {
    value: 250,
    unit: 'ms',
    meaning: 'Delay before the journal writes again after a failure. It doubles with each failure.',
  },
  retryMax: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Longest delay before the journal writes again after a failure.',
  },
  cursorInterval: {
    value: 50,
    unit: 'ms',
    meaning:
      'Delay between two writes of the cursor. After a crash, what was confirmed since the last one is published again.',
  },
});
