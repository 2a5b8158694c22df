/** The addresses that the server answers with the page are those of the page. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CONSOLE_PAGES } from '@fairlead/console';

test('each page has its first part in CONSOLE_PAGES, and no part is without a page', () => {
  const table = readFileSync(new URL('../page/app/pages.ts', import.meta.url), 'utf8');
  const first = [...table.matchAll(/path: '\/([a-z]*)/g)].map(([, part]) => part).filter(Boolean);
  assert.deepEqual([...new Set(first)].sort(), [...CONSOLE_PAGES].sort());
});
