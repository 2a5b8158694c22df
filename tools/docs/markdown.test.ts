import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { collectDeclarations } from './collect.ts';
import { anchorsOf, blocksOf, linksOf, markdownPages } from './markdown.ts';

const root = new URL('../..', import.meta.url).pathname;
const pages = markdownPages(root);
const read = (page: string) => readFileSync(join(root, page), 'utf8');

/** Pages whose code blocks are not compiled here. */
const scripts = new Set([
  'docs/scripts.md', // for the sandbox, whose own test runs them
  'docs/profile-tutorial.md', // the steps of one script, which the test of the page writes and runs
  'docs/drivers.md', // files of a project, which the test of the page puts together and runs
]);

describe('the documentation', () => {
  it('is found', () => {
    for (const page of ['README.md', 'docs/errors.md', 'docs/framing.md'])
      assert.ok(pages.includes(page), page);
  });

  it('has no link that leads nowhere', () => {
    const dead: string[] = [];
    for (const page of pages) {
      for (const link of linksOf(read(page))) {
        if (/^[a-z]+:/.test(link)) continue;
        const [path, anchor] = link.split('#') as [string, string?];
        const target = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(root, target))) dead.push(`${page}: ${link}`);
        else if (anchor !== undefined && !anchorsOf(read(target)).has(anchor))
          dead.push(`${page}: ${link} (no such heading)`);
      }
    }
    assert.deepEqual(dead, []);
  });

  it('names no error code that does not exist', async () => {
    const { errors } = await collectDeclarations(root);
    const codes = new Set(errors.flatMap(({ entries }) => Object.keys(entries)));
    const others = /^(FAIRLEAD_|NO_COLOR$|XDG_|NODE_|LOBBY_)|_(ERRORS|VERSION)$/;
    const ofIndi = /^(CONNECTION|CONFIG|DEVICE|DRIVER|LOG|LOGGING|DEBUG|POLLING|SYSTEM)_/; // names of properties
    const unknown: string[] = [];
    for (const page of pages) {
      for (const [, word = ''] of read(page).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)) {
        if (codes.has(word) || others.test(word)) continue;
        if (page !== 'docs/drivers.md' || !ofIndi.test(word)) unknown.push(`${page}: ${word}`);
      }
    }
    assert.deepEqual(unknown, []);
  });

  it('shows JSON that is JSON', () => {
    for (const page of pages) {
      for (const { code, line } of blocksOf(read(page)).filter(({ language }) => language === 'json'))
        assert.doesNotThrow(() => JSON.parse(code), `${page}:${line}`);
    }
  });

  it('shows TypeScript that type-checks', (t) => {
    const folder = mkdtempSync(join(root, 'tools/docs/.snippets-'));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const page of pages.filter((page) => !scripts.has(page))) {
      // The blocks of a page are one program: later ones use what earlier ones declare.
      const text = read(page).split('\n');
      const blocks = blocksOf(read(page)).filter(({ language }) => language === 'ts');
      if (blocks.length === 0) continue;
      // Each line keeps its line number on the page, so that compiler messages point to it.
      const program = text.map(() => '');
      for (const { code, line } of blocks)
        program.splice(line - 1, code.split('\n').length - 1, ...code.trimEnd().split('\n'));
      writeFileSync(join(folder, `${page.replaceAll('/', '.')}.ts`), `${program.join('\n')}\nexport {};\n`);
    }
    const config = {
      extends: relative(folder, join(root, 'tsconfig.json')),
      // Pages on profiles show scripts.
      compilerOptions: {
        noUnusedLocals: false,
        noUnusedParameters: false,
        types: ['node', '@fairlead/sandbox/scripts'],
      },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], {
      encoding: 'utf8',
      cwd: folder,
    });
    assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
  });
});

describe('Markdown', () => {
  const text = '# A `b` c!\n[x](y.md#z) `[no](link)`\n```ts\nconst [a](b) = 1;\n```\n## D-e f\n';

  it('has blocks', () =>
    assert.deepEqual(blocksOf(text), [{ language: 'ts', code: 'const [a](b) = 1;\n', line: 4 }]));
  it('has links', () => assert.deepEqual(linksOf(text), ['y.md#z']));
  it('has anchors', () => assert.deepEqual([...anchorsOf(text)], ['a-b-c', 'd-e-f']));
});
