import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalSuite, ModelFolder, type SuiteJournal, seeded } from '@fairlead/testkit';
import { diskFiles } from '../src/disk.ts';
import { type JournalFiles, openJournal, type RecordFormat } from '../src/index.ts';

const texts: RecordFormat<string> = {
  size: (text) => text.length,
  write: (text, into, at) => into.write(text, at, 'latin1'),
  mark: () => 0,
};
const bounds = { segment: 2 ** 16, size: 2 ** 18 };

journalSuite('a folder of the disk', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-journal-'));
  let files: JournalFiles | undefined;
  t.after(async () => {
    await files?.close();
    await rm(folder, { recursive: true });
  });
  return {
    open: async (): Promise<SuiteJournal> => {
      files = await diskFiles(folder);
      return openJournal({ files, format: texts, ...bounds });
    },
    crash: async () => files?.close(), // the system does no more than this to the lock of a process that ended
  };
});

journalSuite('a model of a folder', async () => {
  let folder = new ModelFolder(seeded(1));
  return {
    open: (): Promise<SuiteJournal> => openJournal({ files: folder, format: texts, ...bounds }),
    crash: async () => {
      folder = folder.crash();
    },
  };
});
