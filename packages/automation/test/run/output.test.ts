import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cut, Output, shownHex } from '../../src/run/output.ts';

it('keeps the last lines and counts those that left', () => {
  const watched: string[] = [];
  const output = new Output(({ text }) => watched.push(text), 3);
  for (let n = 1; n <= 10; n++) output.add({ time: n, type: 'info', peer: 'p', text: `${n}` });
  const { entries, dropped } = output.list();
  assert.deepEqual(
    entries.map(({ text }) => text),
    ['8', '9', '10'],
  );
  assert.equal(dropped, 7);
  assert.equal(watched.length, 10);
});

it('cuts what is long, and says how long it was', () => {
  assert.equal(cut('short'), 'short');
  assert.match(cut('x'.repeat(10_000)), /^x{4096}… \(10000 characters\)$/);
  assert.equal(shownHex(Buffer.alloc(10_000, 0xab)).length, 4_096);
});
