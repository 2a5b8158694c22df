import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { difference, merged } from '../../src/desired/difference.ts';

// Objects without null: a merge patch cannot set it.
const values = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.string(),
    fc.array(fc.integer()),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.string()),
    tie('value'),
    {
      depthIdentifier: 'json',
    },
  ),
})).object;

describe('merging', () => {
  // The examples of RFC 7396, appendix A, of which the target and the patch are objects.
  const examples: [target: object, patch: Record<string, unknown>, result: object][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of examples)
    test(`${JSON.stringify(target)} with ${JSON.stringify(patch)}`, () =>
      assert.deepEqual(merged(target, patch), result));

  test('a field called __proto__ is a field', () => {
    const result = merged({}, JSON.parse('{"__proto__": {"polluted": 1}}'));
    assert.equal(JSON.stringify(result), '{"__proto__":{"polluted":1}}');
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});

describe('what differs', () => {
  const cases: [
    desired: Record<string, unknown>,
    reported: Record<string, unknown>,
    differs: object | undefined,
  ][] = [
    [{ a: 1 }, {}, { a: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }, undefined],
    [{ a: 1, b: 2 }, { a: 1, b: 3 }, { b: 2 }],
    [{ a: 1 }, { a: '1' }, { a: 1 }],
    [{ t: 21.1 }, { t: Math.fround(21.1) }, undefined],
    [{ t: 16_777_217 }, { t: 16_777_216 }, { t: 16_777_217 }],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3, d: 4 } }, { a: { c: 2 } }],
    [{ a: { b: 1 } }, { a: 5 }, { a: { b: 1 } }],
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, undefined],
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2, c: 3 }] }, { a: [1, { b: 2 }] }],
    [{ a: [1, 2] }, { a: [1] }, { a: [1, 2] }],
    [{ constructor: 1 }, {}, { constructor: 1 }],
  ];
  for (const [desired, reported, differs] of cases)
    test(`${JSON.stringify(desired)} from ${JSON.stringify(reported)}`, () =>
      assert.deepEqual(difference(desired, reported), differs));

  test('what was sent, merged into what was reported, differs no more', () => {
    fc.assert(
      fc.property(values, values, (desired, reported) => {
        const missing = difference(desired, reported);
        if (missing !== undefined) assert.equal(difference(desired, merged(reported, missing)), undefined);
        assert.equal(difference(desired, desired), undefined);
      }),
    );
  });
});
