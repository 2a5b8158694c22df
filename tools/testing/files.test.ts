import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testFiles } from './files.ts';

const root = new URL('../..', import.meta.url).pathname;

describe('testFiles', () => {
  it('finds the tests of packages, tools and the whole service', () => {
    const all = testFiles(root);
    for (const file of [
      'packages/core/test/options.test.ts',
      'tools/architecture.test.ts',
      'e2e/devices.test.ts',
    ])
      assert.ok(all.includes(file), file);
    assert.ok(all.every((file) => file.endsWith('.test.ts') && !file.includes('node_modules')));
  });

  it('narrows them to parts of a path and to globs', () => {
    assert.deepEqual(testFiles(root, ['core/test/opt']), ['packages/core/test/options.test.ts']);
    assert.deepEqual(testFiles(root, ['packages/core/test/opt*.ts']), ['packages/core/test/options.test.ts']);
    assert.deepEqual(testFiles(root, ['no such file']), []);
  });
});
