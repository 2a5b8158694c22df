import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { it } from 'node:test';

const root = new URL('../..', import.meta.url).pathname;

/** The files and folders that a page names: in code spans, and at the beginning of lines in blocks of text. */
function pathsOf(page: string): string[] {
  const blocks = Array.from(page.matchAll(/^```text\n(.*?)^```$/gms), ([, text]) => text as string);
  const lines = blocks.join('').matchAll(/^((?:[\w.-]+\/\S*\s+)+)/gm);
  const spans = page
    .replaceAll(/^```.*?^```$/gms, '')
    .matchAll(/`([\w.*-]*[\w*]\/[\w./*-]*|[\w*-]+\.(?:ts|json))`/g);
  return [...lines, ...spans].flatMap(([, found = '']) => found.trim().split(/\s+/));
}

/** Whether the path exists. NAME matches any name, `...` any rest, and a name without a folder matches a file anywhere. */
function exists(path: string): boolean {
  if (existsSync(`${root}${path}`)) return true;
  const pattern = path.replace(/\.\.\.$/, '').replaceAll('NAME', '*');
  const places = pattern.includes('/') ? [pattern] : [pattern, `{packages,tools,examples}/**/${pattern}`];
  return globSync(places, { cwd: root, exclude: (each) => each.endsWith('node_modules') }).length > 0;
}

it('CONTRIBUTING.md names files and folders that exist', () => {
  const paths = pathsOf(readFileSync(`${root}CONTRIBUTING.md`, 'utf8'));
  assert.ok(paths.length > 20, paths.join(' '));
  assert.deepEqual(
    paths.filter((path) => !exists(path)),
    [],
  );
});

it('names that do not exist are found', () => {
  const page =
    '`gone/away.ts` `gone.ts` `packages/tcp/gone/NAME.ts` `npm test`\n```text\ngone/   x\nfuzz/  lost/   y\n```\n';
  assert.deepEqual(
    pathsOf(page)
      .filter((path) => !exists(path))
      .sort(),
    ['gone.ts', 'gone/', 'gone/away.ts', 'lost/', 'packages/tcp/gone/NAME.ts'],
  );
});
