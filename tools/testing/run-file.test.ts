import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { FileResult } from './run-file.ts';

const module = new URL('run-file.ts', import.meta.url).href;
let folder: string;

/** A run within a run is not allowed, so it is done in a process that does not know it is part of a test. */
async function run(text: string, limits = { testTimeout: 10_000, fileTimeout: 20_000 }): Promise<FileResult> {
  const file = join(folder, 'some.test.mjs');
  await writeFile(file, `import { describe, it } from 'node:test';\n${text}`);
  const program = join(folder, 'program.mjs');
  const args = `${JSON.stringify(file)}, ${JSON.stringify(limits)}`;
  await writeFile(
    program,
    `import { runFile } from '${module}';
    console.log('\\n' + JSON.stringify(await runFile(${args})));`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = promisify(execFile)(process.execPath, [program], { env });
  const stdout = await child.then(
    (result) => result.stdout,
    (error: { stdout: string }) => error.stdout, // its exit code tells that tests failed
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

describe('runFile', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-run-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('counts and names passes, failures and skips', async () => {
    const result = await run(`
      describe('outer', () => {
        it('passes', () => {});
        it('fails', () => { console.log('a hint'); throw new Error('because'); });
        it('skips', (t) => t.skip('no peer'));
      });`);
    const { passed, failed, skipped } = result;
    assert.deepEqual({ passed, failed, skipped }, { passed: 1, failed: 1, skipped: 1 });
    assert.deepEqual(
      result.failures.map(({ name }) => name),
      ['outer > fails'],
    );
    assert.match(result.failures[0]?.error ?? '', /Error: because\n\s+at /);
    assert.deepEqual(result.skips, [{ name: 'outer > skips', reason: 'no peer' }]);
    assert.match(result.output, /a hint/);
  });

  it('counts a file that cannot be loaded as a failure, and keeps what it said', async () => {
    const result = await run('this is no program');
    assert.equal(result.failed, 1);
    assert.match(result.output, /SyntaxError/);
  });

  it('ends a test that does not end, and a file that does not end', async () => {
    const limits = { testTimeout: 100, fileTimeout: 1_000 };
    const result = await run(
      `setInterval(() => {}, 1_000); it('hangs', () => new Promise(() => {}));`,
      limits,
    );
    assert.equal(result.failed, 2);
    assert.match(result.failures[0]?.error ?? '', /timed out after 100ms/);
  });
});
