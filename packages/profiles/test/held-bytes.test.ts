import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@fairlead/testkit';
import { HeldBytes } from '../src/decoding/held-bytes.ts';

test('bytes in pieces are those of one text, whatever is taken', () => {
  const held = new HeldBytes();
  let text = '';
  const random = seeded(7);
  const next = (below: number) => Math.floor(random() * below);
  for (let round = 0; round < 2_000; round++) {
    const piece = 'abcdefghij'.slice(0, next(11));
    held.push(Buffer.from(piece));
    text += piece;
    const count = next(14);
    assert.equal(held.first(count).toString(), text.slice(0, count));
    held.drop(count);
    text = text.slice(count);
    assert.equal(held.length, text.length);
  }
});
