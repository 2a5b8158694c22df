import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { it } from 'node:test';
import { promisify } from 'node:util';

const pages = ['client', 'server', 'pool', 'statistics', 'messaging', 'text'];
const page = (name: string) => new URL(`../../../../docs/${name}.md`, import.meta.url);

/** The blocks of a page are one program, in which `expression; // => value` is an assertion. */
function programOf(text: string): { program: string; assertions: number } {
  let assertions = 0;
  const code = Array.from(text.matchAll(/^```ts\n(.*?)^```/gms), ([, block]) => block)
    .join('\n')
    .replaceAll(/^( *)(\S.*); \/\/ => (.+)$/gm, (_, indent, expression, value) => {
      assertions++;
      return `${indent}assert.deepEqual(${expression}, ${value});\n${indent}passed++;`;
    });
  return { program: `let passed = 0;\n${code}\nconsole.log(passed);\n`, assertions };
}

for (const name of pages) {
  it(`docs/${name}.md runs as it stands`, async (t) => {
    const { program, assertions } = programOf(await readFile(page(name), 'utf8'));
    const folder = await mkdtemp(new URL('.snippets-', import.meta.url).pathname);
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(`${folder}/program.ts`, program);
    const args = ['--conditions=fairlead-source', `${folder}/program.ts`];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    assert.ok(assertions > 2);
    assert.equal(Number(stdout), assertions);
  });
}
