import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as testkit from '@fairlead/testkit';
import { framingReference } from '../../src/framing/spec/reference.ts';
import * as tcp from '../../src/index.ts';

const root = new URL('../../../../', import.meta.url);
const page = await readFile(new URL('docs/framing.md', root), 'utf8');
const blocks = (language: string): string[] =>
  Array.from(
    page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')),
    ([, code]) => code as string,
  );

describe('docs/framing.md', () => {
  it('shows the reference that the schemas give', () => {
    const shown = /<!-- reference -->\n(.*)\n<!-- \/reference -->/s.exec(page)?.[1];
    assert.equal(shown, framingReference());
  });

  it('shows framing specs that are valid', () => {
    const specs = blocks('json');
    assert.ok(specs.length >= 2);
    for (const spec of specs) tcp.parseFraming(spec);
  });

  it('shows the framing of examples/gt06 as it is', async () => {
    const example = JSON.parse(await readFile(new URL('examples/gt06/framing.json', root), 'utf8'));
    assert.deepEqual(JSON.parse(blocks('json').at(-1) as string), example);
  });
});

// The examples are one program: later ones use what earlier ones declare. `expression; // => value` is an assertion.
const program = blocks('ts')
  .join('\n')
  .replaceAll(/^(.+); \/\/ => (.+)$/gm, 'assert.deepEqual($1, $2);\nchecked();')
  .replaceAll(/^import \{(.+?)\} from '(.+)';$/gm, (_, names: string, from: string) => {
    const values = names.split(',').filter((name) => !name.trim().startsWith('type '));
    return `const {${values.join(',')}} = await load('${from}');`;
  });
const expected = page.match(/; \/\/ => /g)?.length;
let count = 0;
const modules: Readonly<Record<string, () => unknown>> = {
  '@fairlead/tcp': () => tcp,
  '@fairlead/testkit': () => testkit,
  // The page names files from the root of the repository.
  'node:fs/promises': () => ({
    readFile: (path: string, encoding: 'utf8') => readFile(new URL(path, root), encoding),
  }),
};
const run = new Function(
  'load',
  'assert',
  'checked',
  `return (async () => {\n${stripTypeScriptTypes(program)}\n})();`,
);
await run(
  (name: string) => modules[name]?.(),
  assert,
  () => count++,
);
it('docs/framing.md: every example ran', () => {
  assert.ok(expected !== undefined && expected > 15, fileURLToPath(root));
  assert.equal(count, expected);
});
