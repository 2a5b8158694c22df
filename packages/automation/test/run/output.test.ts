import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

it('does not keep the whole of what it has cut', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const output = new Output(undefined, 100);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 100; n++) {
    const text = Buffer.alloc(1_000_000, 0x61 + (n % 26)).toString();
    output.add({ time: n, type: 'received', peer: 'p', text: cut(text) });
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(output.list().entries.length, 100);
  assert.ok(grown < 20_000_000, `${grown} bytes for a hundred cut messages of a megabyte`);
});
