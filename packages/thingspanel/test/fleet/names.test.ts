import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf } from '../../src/fleet/names.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_:-]{0,63}$/;

test('a name from any id', () => {
  const free = () => false;
  assert.equal(nameOf('ca33926c-5ee5-3e9f-147e-94e188fde65b', free), 'ca33926c-5ee5-3e9f-147e-94e188fde65b');
  assert.equal(nameOf('hall 1/Wärme', free), 'hall-1-W-rme');
  for (const id of ['.', '-', '_x', '水', 'x'.repeat(256), '💧'.repeat(40)])
    assert.match(nameOf(id, free), NAME, id);
});

test('two ids never share a name', () => {
  const first = nameOf('hall/1', () => false);
  const second = nameOf('hall 1', (name) => name === first);
  assert.notEqual(first, second);
  assert.match(second, /^hall-1-[0-9a-f]{8}$/);
  assert.match(
    nameOf('x'.repeat(256), (name) => name.length === 64 && !name.includes('-')),
    NAME,
  );
});
