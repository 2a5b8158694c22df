import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facts, table } from '../../src/output/table.ts';
import { ago, fields, printable, size } from '../../src/output/text.ts';

test('columns are aligned, empty ones left out, long lines cut', () => {
  const rows = [
    { name: 'a', size: 5 },
    { name: 'longer\n', size: 12345 },
  ];
  const columns = [
    { head: 'NAME', cell: (row: (typeof rows)[number]) => row.name },
    { head: 'NOTE', cell: () => undefined },
    { head: 'SIZE', cell: (row: (typeof rows)[number]) => String(row.size), right: true },
  ];
  assert.deepEqual(table(columns, rows, 100), [
    'NAME         SIZE',
    'a               5',
    'longer\\x0a  12345',
  ]);
  assert.deepEqual(table(columns, rows, 8), ['NAME   …', 'a      …', 'longer\\…']);
});

test('a table of a hundred thousand rows', () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => i);
  assert.equal(table([{ head: 'N', cell: String }], rows, 80).length, 100_001);
});

test('facts leave out what is not known', () => {
  assert.deepEqual(
    facts([
      ['name', 'a'],
      ['label', undefined],
      ['status', 'on'],
    ]),
    ['name    a', 'status  on'],
  );
});

test('relative times', () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const times = [0, 59_999, 60_000, 3_599_000, 7_200_000, 86_400_000, 172_800_000, 40 * 86_400_000, -5_000];
  assert.deepEqual(
    times.map((past) => ago(now - past, now)),
    [
      'just now',
      '59 s ago',
      '1 min ago',
      '59 min ago',
      '2 h ago',
      '1 day ago',
      '2 days ago',
      '2025-12-22',
      'just now',
    ],
  );
});

test('sizes', () => {
  assert.deepEqual([0, 1_023, 1_536, 102_400, 5 * 2 ** 20, 2 ** 41].map(size), [
    '0 B',
    '1023 B',
    '1.5 KiB',
    '100 KiB',
    '5 MiB',
    '2048 GiB',
  ]);
});

test('values in one line, nothing in them reaches the terminal raw', () => {
  assert.equal(
    fields({ t: 21.5, ok: true, name: 'a b', at: { x: 1 } }),
    't=21.5 ok=true name="a b" at={"x":1}',
  );
  assert.equal(fields({ 'a\u001b': '\u009b2J' }), 'a\\x1b="\\x9b2J"');
  assert.equal(fields([1, 2]), '[1,2]');
  assert.equal(printable('a\u202eb'), 'a\\u202eb');
});
