import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteWindow } from '../../src/index.ts';

describe('ByteWindow.indexOf', () => {
  it('finds what a search of the unread bytes alone finds', () => {
    const small = fc.integer({ min: 0, max: 2 });
    fc.assert(
      fc.property(
        fc.array(small, { maxLength: 12 }),
        fc.array(small, { minLength: 1, maxLength: 3 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 5 }),
        (all, wanted, a, b, from) => {
          const window = new ByteWindow();
          window.bytes = Buffer.from(all);
          window.start = Math.min(a, b, all.length);
          window.end = Math.min(Math.max(a, b), all.length);
          const unread = Buffer.from(all.slice(window.start, window.end));
          fc.pre(from <= unread.length);
          assert.equal(window.indexOf(Buffer.from(wanted), from), unread.indexOf(Buffer.from(wanted), from));
          assert.equal(window.indexOf(wanted[0] as number, from), unread.indexOf(wanted[0] as number, from));
        },
      ),
    );
  });
});
