import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sameShape } from '../../src/telemetry/shape.ts';

const bytes = (text: string) => Buffer.from(text);
const same = (a: string, b: string) => {
  assert.equal(sameShape(bytes(a), bytes(b)), sameShape(bytes(b), bytes(a)));
  return sameShape(bytes(a), bytes(b));
};

test('texts that differ in numbers alone', () => {
  assert.equal(same('{}', '{}'), true);
  assert.equal(same('{"a":1}', '{"a":2}'), true);
  assert.equal(same('{"a":1}', '{"a":-2.5e+10}'), true);
  assert.equal(same('{"a":1,"b":[1,2]}', '{"a":12345,"b":[0,99]}'), true);
  assert.equal(same('{"a":"x1","b":1}', '{"a":"x1","b":22}'), true);
  assert.equal(same(String.raw`{"a":"\"1","b":1}`, String.raw`{"a":"\"1","b":2}`), true);
});

test('texts that differ otherwise', () => {
  assert.equal(same('{"a":1}', '{"b":1}'), false);
  assert.equal(same('{"t1":1}', '{"t2":1}'), false);
  assert.equal(same('{"a":1}', '{"a":1,"b":2}'), false);
  assert.equal(same('{"a":1}', '{"a":"1"}'), false);
  assert.equal(same('{"a":"1"}', '{"a":"2"}'), false);
  assert.equal(same('{"a":true}', '{"a":false}'), false);
  assert.equal(same(String.raw`{"a\"1":1}`, String.raw`{"a\"2":1}`), false);
  assert.equal(same(String.raw`{"a\\":1}`, String.raw`{"a\"":1}`), false);
  assert.equal(same('{"a":1}', '{"a":1} '), false);
  assert.equal(same('', '{}'), false);
});

test('a "yes" means the same keys', () => {
  const key = fc.oneof(
    fc.constantFrom('a', 'b', 'a1', 'a2', 'e', '"', '\\', '\\"'),
    fc.string({ maxLength: 3 }),
  );
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('1', 'e', null, [], [1, 2], { 1: 2 }),
  );
  const object = fc.dictionary(key, value, { maxKeys: 3 });
  fc.assert(
    fc.property(object, object, (a, b) => {
      if (same(JSON.stringify(a), JSON.stringify(b))) assert.deepEqual(Object.keys(a), Object.keys(b));
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(object, fc.func(fc.integer()), (a, next) => {
      const b = Object.fromEntries(
        Object.entries(a).map(([k, v]) => [k, typeof v === 'number' ? next(k) : v]),
      );
      assert.equal(same(JSON.stringify(a), JSON.stringify(b)), true);
    }),
    { numRuns: 500 },
  );
});
