import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPointer, parsePointer } from '../src/path.ts';
import { readYaml } from '../src/text.ts';

const refused = (text: string) =>
  (readYaml(text).problems ?? []).map(({ line, column, reason }) => `${line}:${column} ${reason}`);

describe('a text of YAML', () => {
  it('knows where everything in it stands', () => {
    const { yaml } = readYaml('a:\n  - b: 1\n    200: x\n  - 2\n');
    assert.deepEqual(yaml?.value, { a: [{ b: 1, 200: 'x' }, 2] });
    assert.deepEqual(yaml?.position(['a', 0, 'b']), { line: 2, column: 5 });
    assert.deepEqual(yaml?.position(['a', '0', '200']), { line: 3, column: 5 });
    assert.deepEqual(yaml?.position(['a', 1]), { line: 4, column: 5 });
    assert.deepEqual(yaml?.position(['a', 0, 'gone', 'deeper']), { line: 2, column: 5 }, 'the nearest above');
    assert.deepEqual(yaml?.position([]), { line: 1, column: 1 });
  });

  it('a variable without quotes is told, wherever it stands', () => {
    assert.deepEqual(refused('- send: {{var.a}}\n- send: x\n- send: {{now}}\n'), [
      '1:9 a text that begins with {{ needs quotes',
      '3:9 a text that begins with {{ needs quotes',
    ]);
    assert.deepEqual(refused("- send: '{{var.a}}'\n- send: a {{now}}\n"), []);
  });

  it('a key is a text', () => {
    const reason = 'a key must be a text; put quotes around it';
    assert.deepEqual(refused('rules:\n  ? [a, b]\n  : 1\n'), [`2:5 ${reason}`]);
    assert.deepEqual(refused('a: &x 1\n*x : 2\n'), [`2:1 ${reason}`]);
  });

  it('what the parser says to programmers is said in words', () => {
    assert.deepEqual(refused('a: Weight: 5\n'), ['1:4 a text that contains ": " needs quotes']);
    assert.deepEqual(refused('a: 1\n---\nb: 1\n'), [
      '2:1 a second document begins here; a file must contain one document',
    ]);
    assert.deepEqual(refused('a: 1\na: 2\n'), ['2:1 this key is a duplicate']);
    assert.match(refused('a: @x\n')[0] ?? '', /^1:4 .*; put quotes around the text$/);
  });

  it('too long a one is not read', () => {
    assert.match(readYaml('a: 1', 3).problems?.[0]?.reason ?? '', /longer than 3 bytes/);
  });
});

it('a path is the same after it was a pointer', () => {
  for (const path of [[], ['a'], ['a/b', '~1', 'c.d', '']])
    assert.deepEqual(parsePointer(formatPointer(path)), path);
});
