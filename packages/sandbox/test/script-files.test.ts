import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinScriptFiles, MOST_FILES, splitScriptFiles } from '../src/script-files.ts';

test('files become one text and files again, the main one first', () => {
  const files = { 'z.ts': 'const ü = "\u{1f600}";\n', 'script.ts': "import './z.ts';", 'empty.ts': '' };
  const text = joinScriptFiles('script.ts', files);
  assert.deepEqual(
    [...(splitScriptFiles(text) ?? [])],
    [
      ['script.ts', files['script.ts']],
      ['empty.ts', ''],
      ['z.ts', files['z.ts']],
    ],
  );
});

test('the order in which files are given changes nothing, and a file alone is its own text', () => {
  const one = joinScriptFiles('script.ts', { 'script.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' });
  assert.equal(joinScriptFiles('script.ts', { 'c.ts': 'c', 'b.ts': 'b', 'script.ts': 'a' }), one);
  assert.equal(joinScriptFiles('script.ts', { 'script.ts': 'a' }), 'a');
  assert.equal(splitScriptFiles('a'), undefined);
});

test('a text that only begins like several files is refused', () => {
  const many = JSON.stringify(Array.from({ length: MOST_FILES + 1 }, (_, i) => [`f${i}.ts`, 0]));
  for (const list of [
    '',
    '[]',
    '{}',
    '[["script.ts",5]]',
    '[["script.ts",3]]',
    '[["script.ts",-4],["b.ts",8]]',
    '[["script.ts",1.5],["b.ts",2.5]]',
    '[["../x.ts",4]]',
    '[["__proto__",4]]',
    '[null]',
    many,
  ])
    assert.throws(() => splitScriptFiles(`//fairlead-files ${list}\nabcd`), RangeError, list);
  assert.throws(() => splitScriptFiles('//fairlead-files [["script.ts",4]]'), RangeError);
});
