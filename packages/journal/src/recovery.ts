/** What an earlier process left in the folder. */
import type { Log } from '@fairlead/core';
import { journalErrors } from './catalogue.ts';
import { Cursor } from './cursor.ts';
import type { FileEntry, JournalFiles } from './files.ts';
import { nextRecord, parseSegmentName, RecordView, readSegmentHead, SEGMENT_HEAD } from './format.ts';
import { Segments } from './segments.ts';

interface Recovered {
  readonly segments: Segments;
  /** Whether there is a cursor. */
  readonly cursor: boolean;
  /** The highest sequence that was found; 0: none. */
  readonly last: number;
  /** The highest mark that was found. */
  readonly mark: number;
  /** Bytes of a torn tail. */
  readonly cut: number;
}

/**
 * Finds the segments, and the end of the last one. Bytes behind its last whole record are its torn tail, and are cut. Earlier
 * segments are checked when they are read.
 */
export async function recover(files: JournalFiles, log: Log): Promise<Recovered> {
  const entries = await files.list();
  const found = entries
    .flatMap((entry) => {
      const name = parseSegmentName(entry.name);
      return name === undefined ? [] : [{ ...entry, ...name }];
    })
    .sort((a, b) => a.first - b.first || (a.name < b.name ? -1 : 1));
  let last = found.length === 0 ? 0 : (found.at(-1)?.first as number) - 1;
  let mark = 0;
  let cut = 0;
  // The head of a segment states the highest mark before it, so the first head that is whole ends the search. After a crash,
  // several may begin with the same sequence, of which all but one are empty.
  for (let at = found.length - 1; at >= 0; at--) {
    const entry = found[at] as (typeof found)[number];
    const ending = await endOf(files, entry, entry.salt);
    last = Math.max(last, ending.last);
    mark = Math.max(mark, ending.mark);
    if (at === found.length - 1 && ending.end < entry.size) {
      cut = entry.size - ending.end;
      await cutTail(files, entry, ending.end, log);
      found[at] = { ...entry, size: ending.end };
    }
    if (ending.headWhole && found[at - 1]?.first !== entry.first) break;
  }
  const segments = new Segments();
  for (const { name, salt, first, size } of found) segments.add(segments.draft(name, salt, first, size));
  return { segments, cursor: entries.some(({ name }) => Cursor.isCursor(name)), last, mark, cut };
}

async function cutTail(files: JournalFiles, { name, size }: FileEntry, end: number, log: Log): Promise<void> {
  const error = journalErrors.error('JOURNAL_TAIL_CUT', { segment: name, bytes: size - end });
  log.warn({ code: error.code, ...error.details }, error.message);
  const file = await files.open(name);
  try {
    await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface Ending {
  readonly headWhole: boolean;
  /** Behind the last whole record. */
  readonly end: number;
  readonly last: number;
  readonly mark: number;
}

/** Reads a whole segment, which is at most as large as one was ever set to be. */
async function endOf(files: JournalFiles, { name, size }: FileEntry, salt: number): Promise<Ending> {
  const bytes = Buffer.allocUnsafe(size);
  const file = await files.open(name);
  try {
    const length = await file.read(bytes, size, 0);
    return endIn(bytes.subarray(0, length), salt);
  } finally {
    await file.close();
  }
}

function endIn(bytes: Buffer, salt: number): Ending {
  const head = readSegmentHead(bytes);
  const view = new RecordView();
  let [last, mark, end] = [0, head?.mark ?? 0, Math.min(bytes.length, SEGMENT_HEAD)];
  let at = end;
  while (at < bytes.length) {
    const what = view.read(bytes, at, bytes.length, salt);
    if (what === 'whole') {
      last = Math.max(last, view.sequence);
      mark = Math.max(mark, view.mark);
      at = end = view.next;
    } else if (what === 'damaged') {
      at = view.next;
    } else {
      at = nextRecord(bytes, at + 1, bytes.length, salt);
      if (at < 0) break;
    }
  }
  return { headWhole: head !== undefined, end, last, mark };
}
