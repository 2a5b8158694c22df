/** What a browser loads of the page, compressed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildPage } from './console-page.ts';

const FOLDER = join(import.meta.dirname, '../packages/console/dist/page');
const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
/** Bytes: of all that the first page loads, the shared worker included, and of what each other page adds. */
const FIRST = 260_000;
const OTHER = 60_000;
const STATIC = /(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g;
const LAZY = /import\(\s*["'`]\.\/([\w.-]+\.js)["'`]\s*\)/g;

it('the first page and each other one stay small', async () => {
  await buildPage();
  const files = new Map<string, { text: string; size: number }>();
  for (const name of readdirSync(join(FOLDER, 'assets')).filter((each) => each.endsWith('.js'))) {
    const bytes = readFileSync(join(FOLDER, 'assets', name));
    files.set(name, { text: bytes.toString(), size: gzipSync(bytes).length });
  }
  const named = (text: string, pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, name]) => name as string);
  const withImports = (name: string, found = new Set<string>()): Set<string> => {
    if (found.has(name)) return found;
    found.add(name);
    for (const next of named(files.get(name)?.text ?? '', STATIC)) withImports(next, found);
    return found;
  };
  const sizeOf = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + (files.get(name)?.size ?? 0), 0);
  const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  const [, entry = ''] = /<script[^>]*src="\/assets\/([\w.-]+\.js)"/.exec(html) ?? [];
  // The program of the page, and that of the shared worker.
  const [start, worker] = ['start-', 'worker-'].map((begin) =>
    named(files.get(entry)?.text ?? '', LAZY).find((name) => name.startsWith(begin)),
  );
  assert.ok(start !== undefined && worker !== undefined);
  const pages = named(files.get(start)?.text ?? '', LAZY);
  const overview = pages.find((name) => name.startsWith('overview-'));
  assert.ok(overview !== undefined && pages.length > 5);

  const first = new Set([entry, start, worker, overview].flatMap((name) => [...withImports(name)]));
  const whole = sizeOf(first);
  assert.ok(whole <= FIRST, `the first page is ${kB(whole)}`);
  const lazy = [...files.values()]
    .flatMap(({ text }) => named(text, LAZY))
    .filter((name) => !first.has(name));
  for (const page of new Set([...pages, ...lazy])) {
    const more = sizeOf([...withImports(page)].filter((name) => !first.has(name)));
    assert.ok(more <= OTHER, `${page} adds ${kB(more)}`);
  }
});
