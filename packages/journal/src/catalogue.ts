import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/journal`. */
export const journalErrors = defineErrors('journal', {
  // --- opening -------------------------------------------------------------------------------------------------
  JOURNAL_UNUSABLE: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message: 'The journal folder {folder} cannot be used: {reason}.',
    help: 'Choose a folder that this user can read and write (journal.folder), on a disk with free space.',
  },
  JOURNAL_LOCKED: {
    kind: 'conflict',
    side: 'environment',
    retryable: true,
    message: 'The journal folder {folder} is in use by another process.',
    help: 'Only one service at a time can use a journal. Stop the other service, or give this one its own folder (journal.folder).',
  },
  JOURNAL_TAIL_CUT: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message: 'The journal {segment} ended with {bytes} bytes that are no whole record; they were cut.',
    help: 'This is usual after a crash or a power failure: the last group was not completely written, and no device was told that it is safe. It is not usual after an orderly stop: then check the disk.',
  },
  // --- running -------------------------------------------------------------------------------------------------
  JOURNAL_WRITE_FAILED: {
    kind: 'storage',
    side: 'environment',
    retryable: true,
    message: 'The journal cannot write {segment}: {reason}.',
    help: 'Free space, or check the disk. Until then, devices whose listener journals are not read and not answered; what was read waits in memory and is written when the disk works again.',
  },
  JOURNAL_READ_FAILED: {
    kind: 'storage',
    side: 'environment',
    retryable: true,
    message: 'The journal cannot read {segment}: {reason}.',
    help: 'Check the disk. Fairlead tries again; messages wait in the journal until then.',
  },
  JOURNAL_DAMAGED: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message:
      'The journal {segment} is damaged at byte {offset}: {bytes} bytes were skipped, and {records} messages in them are lost (sequences {from} to {to}).',
    help: 'Check the disk and the memory of the machine. All other messages of the journal were read.',
  },
  JOURNAL_RECORD_TOO_LARGE: {
    kind: 'limit',
    side: 'local',
    retryable: false,
    message: 'A message of {size} bytes does not fit in a segment of the journal; the limit is {limit}.',
    help: 'Set journal.segment higher than the largest message of a device.',
  },
  JOURNAL_CURSOR_FAILED: {
    kind: 'storage',
    side: 'environment',
    retryable: true,
    message: 'The journal cannot write its cursor: {reason}.',
    help: 'Check the disk. Nothing is lost; after a crash, more messages than usual would be published twice.',
  },
  JOURNAL_CLOSED: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: 'The journal is closed.',
    help: 'The service is shutting down, or the program used the journal after closing it.',
  },
});
