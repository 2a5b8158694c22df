import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FileResult, type RunOptions, runFile } from './run-file.ts';

let folder: string;

async function run(text: string, limits: Partial<RunOptions> = {}): Promise<FileResult> {
  const file = join(folder, 'some.test.mjs');
  await writeFile(file, `import { describe, it } from 'node:test';\n${text}`);
  return runFile(file, { testTimeout: 10_000, fileTimeout: 20_000, ...limits });
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
    const result = await run(`setInterval(() => {}, 1_000); it('hangs', () => new Promise(() => {}));`, {
      testTimeout: 100,
      fileTimeout: 1_000,
    });
    assert.deepEqual([result.passed, result.failed], [0, 2]);
    assert.match(result.failures[0]?.error ?? '', /timed out after 100ms/);
    assert.match(result.failures[1]?.error ?? '', /did not end within 1 s; no test was running/);
  });

  it('does not take an exit in the middle for an end', async () => {
    const result = await run(`it('one', () => {}); it('two', () => process.exit(0));`);
    assert.equal(result.failed, 1);
    assert.match(result.failures[0]?.error ?? '', /ended with code 0/);
  });

  it('tells of an error outside of tests', async () => {
    const result = await run(`it('one', () => {}); setTimeout(() => { throw new Error('late'); }, 300);`);
    assert.ok(result.failed >= 1);
    assert.match(result.failures.map(({ error }) => error).join() + result.output, /late/);
  });

  it('ends the programs that a file leaves running, whatever pipe they hold, and names them', async () => {
    const result = await run(`
      import { spawn } from 'node:child_process';
      it('starts', () => { spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 77; done'], { stdio: 'inherit' }).unref(); });`);
    assert.deepEqual([result.passed, result.failed], [1, 0]);
    assert.ok(result.ms < 10_000);
    if (process.platform === 'linux') assert.match(result.left.join(), /trap/);
  });

  it('ends a file when it is told to', async () => {
    const signal = AbortSignal.timeout(500);
    const result = await run(`it('waits', () => new Promise((r) => setTimeout(r, 9_000)));`, { signal });
    assert.equal(result.failed, 1);
    assert.match(result.failures[0]?.error ?? '', /was ended: .*; running: waits/);
  });
});
