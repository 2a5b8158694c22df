/** docs/install.md says what is so: what is needed, and where the command lies. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/install.md');

test('docs/install.md names versions of Node that package.json allows', () => {
  const { engines, devDependencies } = JSON.parse(read('package.json'));
  const least = Number(/Node (\d+) or newer/.exec(page)?.[1]);
  assert.ok(least >= Number(engines.node.replace('>=', '')), String(least));
  assert.equal(devDependencies.node.split('.')[0], /runs on Node (\d+)/.exec(page)?.[1]);
});

test('docs/install.md names the command where an installation has it', () => {
  const paths = new Set([...page.matchAll(/\/opt\/fairlead\/(\S+)/g)].map(([, path]) => path));
  assert.deepEqual([...paths], ['node_modules/.bin/fairlead']);
  const command = fileURLToPath(new URL('node_modules/.bin/fairlead', root));
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  assert.deepEqual([status, /^\d+\.\d+\.\d+\n$/.test(stdout)], [0, true]);
  const serve = /^ExecStart=\S+ serve (.*)$/m.exec(page)?.[1] ?? '';
  const help = spawnSync(command, ['serve', '--help'], { encoding: 'utf8' }).stdout;
  for (const [option] of serve.matchAll(/--\w+/g)) assert.ok(help.includes(option), option);
});
