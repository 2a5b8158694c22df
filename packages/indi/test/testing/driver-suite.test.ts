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
      'says nothing before it is asked, and answers for its own device and one property',
      'keeps its configuration',
    ],
    'speaks early with a saved address': ['keeps its configuration'],
    'defines nonsense': [
      'defines what every device has, well formed, and off',
      'shows while it is connected what there is to see, and takes it away',
    ],
    'leaves properties behind': ['shows while it is connected what there is to see, and takes it away'],
    'believes everything': ['refuses what no client may want, in words, and changes nothing'],
    'gives up': ['says so when the cable is pulled, and goes on when it is back'],
    'is sound': [],
  });
});
