import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvRows } from '../src/csv.ts';

const rows = (text: string) => csvRows(text, (reason) => new Error(reason));

test('rows become objects: numbers, truth values, text, and nothing where a cell is empty', () => {
  assert.deepEqual(
    rows(
      '\ufeffname,address,scale,writable,unit\r\ntemperature,40001,0.1,true,°C\r\n"a ""b"", c",30002,-1e3,,\r\n',
    ),
    [
      { name: 'temperature', address: 40001, scale: 0.1, writable: true, unit: '°C' },
      { name: 'a "b", c', address: 30002, scale: -1000 },
    ],
  );
  assert.deepEqual(rows('code\n007\n"12"\n'), [{ code: '007' }, { code: '12' }]);
  assert.deepEqual(rows('a;b\n1;x,y\n\n'), [{ a: 1, b: 'x,y' }]);
  assert.deepEqual(rows('a,b\n"line\nend",2'), [{ a: 'line\nend', b: 2 }]);
});

test('what is no table is refused', () => {
  assert.throws(() => rows(''), /empty/);
  assert.throws(() => rows('a\n1,2'), /row 2 has 2 cells, but there are 1 names/);
  assert.throws(() => rows('a\n"x'), /not closed/);
  assert.throws(() => rows('a\n"x"y'), /not closed, or text follows/);
});

test('a long table takes time in proportion', () => {
  const text = `a,b\n${'"x""y",1\n'.repeat(50_000)}`;
  assert.equal(rows(text).length, 50_000);
  assert.throws(() => rows(`a\n"${'x'.repeat(500_000)}`), /not closed/);
});
