import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fault } from '@fairlead/testkit';
import { openJournal } from '../src/index.ts';
import { itemFormat } from './items.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'fairlead-journal-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('the folder of a journal', () => {
  it('belongs to one process, until its journal is closed', async (t) => {
    const files = join(await folder(t), 'made', 'if-missing');
    const first = await openJournal({ files, format: itemFormat });
    await assert.rejects(openJournal({ files, format: itemFormat }), { code: 'JOURNAL_LOCKED' });
    await first.close();
    await (await openJournal({ files, format: itemFormat })).close();
  });

  fault(
    {
      name: 'The folder of the journal cannot be written',
      where: 'disk',
      happens: 'The service does not start; the message has the reason.',
      code: 'JOURNAL_UNUSABLE',
    },
    async (t) => {
      const path = await folder(t);
      await writeFile(join(path, 'file'), '');
      await assert.rejects(openJournal({ files: join(path, 'file'), format: itemFormat }), {
        code: 'JOURNAL_UNUSABLE',
      });
      await assert.rejects(openJournal({ files: join(path, 'file', 'below'), format: itemFormat }), {
        code: 'JOURNAL_UNUSABLE',
        message: /a part of the path is not a folder/,
      });
      await assert.rejects(openJournal({ files: '/proc/journal', format: itemFormat }), {
        code: 'JOURNAL_UNUSABLE',
      });
      if (process.getuid?.() === 0) return; // root may write everywhere
      await chmod(path, 0o500);
      await assert.rejects(openJournal({ files: path, format: itemFormat }), { code: 'JOURNAL_UNUSABLE' });
    },
  );
});
