/** `npm run docs`: writes the pages that are generated from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { collectDeclarations } from './docs/collect.ts';
import { generatedPages } from './docs/pages.ts';

for (const [path, text] of Object.entries(await generatedPages(await collectDeclarations('.')))) {
  if (textOf(path) === text) continue;
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
