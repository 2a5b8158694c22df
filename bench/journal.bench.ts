/**
 * The journal alone beside a bare append and fdatasync, in groups of the same records: what encoding, checksums, reading and
 * the cursor cost beside the flush. The folder is on the disk of the temporary files.
 */
import { fdatasync, openSync, write } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openJournal, type RecordFormat } from '@fairlead/journal';
import { inTurns, main, median, quick } from './harness.ts';
import { type Report, row } from './report.ts';

const GROUP = 100;
const PAYLOAD = Buffer.alloc(100, 'x');
/** Bytes of a record, its head included. */
const RECORD = 124;

const format: RecordFormat<Buffer> = {
  size: ({ length }) => length,
  mark: () => 0,
  write: (payload, into, at) => into.set(payload, at),
};
const refused = () => {
  throw new Error('refused');
};

async function run(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const groups = quick() ? 200 : 1_000;
  const items = Array.from({ length: GROUP }, () => PAYLOAD);
  const journal = stack.use(await openJournal({ files: join(folder, 'journal'), format }));
  const reading = (async () => {
    for (;;) journal.confirm((await journal.read()).last);
  })().catch(() => {}); // until the journal is closed
  stack.defer(() => reading);
  const descriptor = openSync(join(folder, 'bare'), 'w');
  const [append, flush] = [promisify(write), promisify(fdatasync)];
  const block = Buffer.alloc(GROUP * RECORD, 'x');
  const contestants = {
    journal: () => new Promise<void>((resolve) => journal.append(items, refused, () => resolve())),
    bare: async () => {
      await append(descriptor, block);
      await flush(descriptor);
    },
  };
  const turns = { rounds: quick() ? 3 : 7 };
  const results = await inTurns(['journal', 'bare'] as const, turns, async (who) => {
    const started = performance.now();
    for (let n = 0; n < groups; n++) await contestants[who]();
    return (groups * GROUP * 1_000) / (performance.now() - started);
  });
  const of = (who: 'journal' | 'bare') => median(results.get(who) ?? []);
  const { flushes, records } = journal.stats();
  await journal.close();
  return {
    name: 'journal',
    rows: [
      row('records on disk, beside append and fdatasync', of('journal'), 'a second', of('bare'), {
        atLeast: 0.8,
      }),
      row('records of a flush', records / flushes, 'records'),
    ],
  };
}

if (import.meta.main) await main(run);
