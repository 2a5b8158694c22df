import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';

it('the driver and the test of the guide run as they stand', async () => {
  const page = await readFile(new URL('../../../../docs/drivers.md', import.meta.url), 'utf8');
  const folder = await mkdtemp(join(import.meta.dirname, '.snippets-'));
  try {
    const files = [...page.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)];
    assert.deepEqual(
      files.map(([, name]) => name),
      ['weather.ts', 'weather.test.ts'],
    );
    for (const [, name = '', code = ''] of files) await writeFile(join(folder, name), code);
    const args = [
      '--conditions=fairlead-source',
      '--test',
      '--test-reporter=tap',
      join(folder, 'weather.test.ts'),
    ];
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 });
    assert.match(stdout, /# pass 1\n# fail 0/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
