import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The tests that failed, of each suite of a file of tests that runs in a process of its own. */
async function failures(file: string): Promise<Record<string, string[]>> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=fairlead-source', '--test-reporter=tap', path], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const found: Record<string, string[]> = {};
  let failed: string[] = [];
  for (const [, indent, ok, name = ''] of (await text(child.stdout)).matchAll(
    /^( *)(ok|not ok) \d+ - (.+)$/gm,
  )) {
    if (indent !== '') {
      if (ok === 'not ok') failed.push(name);
      continue;
    }
    found[name.replace('driver suite: ', '')] = failed;
    failed = [];
  }
  return found;
}

it('finds each defect of a driver, and passes what is sound', async () => {
  assert.deepEqual(await failures('fixtures/broken-drivers.ts'), {
    'speaks early': [
      'sends nothing before a request, and answers requests for its device and for one property',
      'keeps its configuration',
    ],
    'speaks early with a saved address': ['keeps its configuration'],
    'defines nonsense': [
      'defines the standard properties, well formed, and is disconnected',
      'defines further properties while it is connected, and deletes them afterwards',
    ],
    'leaves properties behind': [
      'defines further properties while it is connected, and deletes them afterwards',
    ],
    'believes everything': ['refuses invalid requests with a message, and changes nothing'],
    'gives up': ['reports a lost connection, and continues after it is restored'],
    'is sound': [],
  });
});
