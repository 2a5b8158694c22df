import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import fc from 'fast-check';
import { condition } from '../../src/match/condition.ts';
import type { ConditionDefinition } from '../../src/match/schema.ts';
import { bytesFinder, textFinder } from '../../src/match/search.ts';
import { message } from '../drive.ts';

describe('a search', () => {
  it('finds what stands in a text, whatever it is', () => {
    const letters = (minLength: number, maxLength: number) =>
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength, maxLength });
    fc.assert(
      fc.property(letters(33, 60), letters(0, 200), letters(0, 50), (wanted, before, after) => {
        for (const text of [before + wanted + after, before + wanted.slice(1) + after, before]) {
          assert.equal(textFinder(wanted)(text), text.includes(wanted));
          assert.equal(bytesFinder(Buffer.from(wanted))(Buffer.from(text)), text.includes(wanted));
        }
      }),
    );
  });
});

describe('a condition takes time linear in what is wanted and in the message', () => {
  const half = (size: number) => 'a'.repeat(size / 2);
  const cases: [name: string, (size: number) => { asked: ConditionDefinition; text: string }][] = [
    [
      'contains',
      (size) => ({ asked: { contains: `${half(size)}b${half(size)}` }, text: 'a'.repeat(8 * size) }),
    ],
    [
      'contains, ignoreCase',
      (size) => ({
        asked: { contains: `${half(size)}B${half(size)}`, ignoreCase: true },
        text: 'a'.repeat(4 * size),
      }),
    ],
    [
      'contains, on bytes',
      (size) => ({ asked: { contains: `${'61'.repeat(size)}62`, on: 'bytes' }, text: 'a'.repeat(8 * size) }),
    ],
    [
      'startsWith',
      (size) => ({ asked: { startsWith: `${'a'.repeat(size)}b` }, text: 'a'.repeat(32 * size) }),
    ],
    ['endsWith', (size) => ({ asked: { endsWith: `b${'a'.repeat(size)}` }, text: 'a'.repeat(32 * size) })],
    ['equal', (size) => ({ asked: { equal: 'a'.repeat(size), trim: true }, text: ' '.repeat(32 * size) })],
    ['larger', (size) => ({ asked: { larger: 1 }, text: '1'.repeat(32 * size) })],
    ['number', (size) => ({ asked: { number: 1 }, text: ' '.repeat(32 * size) })],
    ['length', (size) => ({ asked: { length: 7 }, text: '€'.repeat(32 * size) })],
    ['empty', (size) => ({ asked: { empty: false, trim: true }, text: ' '.repeat(32 * size) })],
  ];
  for (const [name, make] of cases)
    it(name, () =>
      assertLinear(
        16_000,
        (size) => {
          const { asked, text } = make(size);
          return { asked, heard: message(text) };
        },
        ({ asked, heard }) => assert.equal(condition(asked).matches(heard), false),
      ),
    );
});
