/** The built code runs in a browser: whatever it imports, no module of Node is among it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const IMPORT = /(?:^|[;\s])(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\s*\(?['"]([^'"]+)['"]/g;

test('no module of Node is reachable from what is published', (t) => {
  const out = mkdtempSync(join(tmpdir(), 'fairlead-api-build-'));
  t.after(() => rmSync(out, { recursive: true }));
  const entries: Record<string, string> = {};
  for (const name of ['core', 'api']) {
    const project = join(root, 'packages', name, 'tsconfig.build.json');
    const { status, stdout } = spawnSync('tsc', ['-p', project, '--outDir', join(out, name)], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
    entries[`@fairlead/${name}`] = join(out, name, 'index.js');
  }
  const reached = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, from, loaded] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const specifier = (from ?? loaded) as string;
      assert.ok(!isBuiltin(specifier), `${file} imports ${specifier}`);
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier));
      else if (specifier in entries) visit(entries[specifier] as string);
      else packages.add(specifier);
    }
  };
  visit(entries['@fairlead/api'] as string);
  assert.ok(reached.size > 20);
  assert.deepEqual([...packages], ['zod']);
});
