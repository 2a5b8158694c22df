import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { blocksOf } from './markdown.ts';

const root = new URL('../..', import.meta.url).pathname;

/** `expression; // => value` becomes an assertion. */
function programOf(page: string): { program: string; assertions: number } {
  let assertions = 0;
  const code = blocksOf(page)
    .filter(({ language }) => language === 'ts')
    .map(({ code }) => code)
    .join('\n')
    .replaceAll(/^( *)(\S.*); \/\/ => (.+)$/gm, (_, indent, expression, value) => {
      assertions++;
      return `${indent}assert.deepEqual(${expression}, ${value});passed++;`;
    });
  return { program: `let passed = 0;\n${code}\nconsole.log(passed);\n`, assertions };
}

it('docs/tcp.md runs as it stands', async (t) => {
  const folder = mkdtempSync(join(root, 'tools/docs/.snippets-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { program, assertions } = programOf(readFileSync(join(root, 'docs/tcp.md'), 'utf8'));
  const file = join(folder, 'tcp.ts');
  writeFileSync(file, program);
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=fairlead-source', file], {
    timeout: 30_000,
  });
  assert.ok(assertions > 8);
  assert.equal(Number(stdout), assertions);
});
