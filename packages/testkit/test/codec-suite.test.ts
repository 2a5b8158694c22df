import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Outcome of each top-level suite of a file of tests, in a process of its own. */
async function outcomes(file: string): Promise<Record<string, boolean>> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=fairlead-source', '--test-reporter=tap', path], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const found = (await text(child.stdout)).matchAll(/^(not ok|ok) \d+ - codec (.+)$/gm);
  return Object.fromEntries(Array.from(found, ([, outcome, name]) => [name as string, outcome === 'ok']));
}

describe('codecSuite', () => {
  it('finds each defect, and passes what is sound', async () => {
    assert.deepEqual(await outcomes('fixtures/broken-codecs.ts'), {
      'gives another frame': false,
      'asks for too much': false,
      'looks at what is not there': false,
      'changes frames later': false,
      'fails on noise': false,
      'blames itself': false,
      'sends something else': false,
      'is sound': true,
    });
  });
});
