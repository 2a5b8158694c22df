import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { variableOf } from '../../src/config/environment.ts';
import { configSchema } from '../../src/config/schema.ts';
import { leaves } from '../../src/config/walk.ts';
import { checkConfig, configReference } from '../../src/index.ts';

test('every key is described', () => {
  for (const { path, meta } of leaves(configSchema))
    assert.ok((meta.description ?? '').length > 5, `${path.join('.')} has no description`);
});

test('the reference names every key and its variable', () => {
  const text = configReference();
  for (const { path } of leaves(configSchema)) {
    assert.ok(text.includes(`**\`${path.at(-1)}\`**`), path.join('.'));
    assert.ok(text.includes(`\`${variableOf(path)}\``), path.join('.'));
  }
});

test('the example in the reference is a valid configuration', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-reference-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const example = /```yaml\n([\s\S]*?)```/.exec(configReference())?.[1];
  assert.ok(example);
  writeFileSync(join(folder, 'fairlead.yaml'), example);
  writeFileSync(join(folder, 'mqtt-password'), 'x\n');
  assert.deepEqual(checkConfig({ cwd: folder }).problems, []);
});
