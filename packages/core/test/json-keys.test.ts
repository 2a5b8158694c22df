import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JsonKeySets } from '@fairlead/core';
import { assertLinear } from '@fairlead/testkit';
import fc from 'fast-check';

const isObject = (text: string) => new JsonKeySets().isObject(Buffer.from(text, 'latin1'));
/** Whether messages with these texts, one after another, have the same keys. */
const same = (...texts: string[]) => {
  const sets = new JsonKeySets();
  const [first, ...others] = texts.map((text) => {
    assert.ok(sets.isObject(Buffer.from(text)), text);
    return sets.keys;
  });
  return others.every((keys) => keys !== undefined && keys === first);
};

/** Texts beside the edges of the grammar. */
const TEXTS = [
  ...['{}', ' \t\r\n{ } \n', '{"a":1}', '{"a":[]}', '{"a":[{},[],{"b":[1,2]}]}', '{"a":{"b":{"c":null}}}'],
  ...['{"a":0}', '{"a":-0}', '{"a":01}', '{"a":-}', '{"a":1.}', '{"a":.5}', '{"a":1.5e+10}', '{"a":1e}'],
  ...['{"a":1E-3}', '{"a":+1}', '{"a":1e999}', '{"a":0x10}', '{"a":NaN}', '{"a":-Infinity}', '{"a":1 2}'],
  ...['{"a":true}', '{"a":tru}', '{"a":truex}', '{"a":false}', '{"a":fals}', '{"a":null}', '{"a":nul'],
  ...['{"a":"\\u12fG"}', '{"a":"\\u12fF"}', '{"a":"\\u12"}', '{"a":"\\x"}', '{"a":"\\""}', '{"a":"\\\\"}'],
  ...['{"a":"\n"}', '{"a":"\x7f\x80\xff"}', '{"a":"}', '{"a', '{"', '{', '}', '', ' ', '{}}', '{{}', '{}{}'],
  ...['{"a":1,}', '{,}', '{"a"}', '{"a":}', '{"a" 1}', '{a:1}', "{'a':1}", '{"a":[1,]}', '{"a":[,1]}'],
  ...['{"a":[1}', '{"a":[1]]}', '{"a":{"b":1]}', '{"a":[1 2]}', '{"a":1 "b":2}', '{1:2}', '{"a":1}x', 'x{}'],
  ...[
    '[]',
    '[{}]',
    '1',
    '"{}"',
    'null',
    '\ufeff{}',
    '{"a":1}\0',
    '{"a":1}\x0b',
    '{"":{"":""}}',
    '{"a":\u00a01}',
  ],
  ...['{"__proto__":1}', '{"a":1,"a":2}', '{"\\u0061":1}', '{/**/}', '{"a":"/*"}', '{"a":1}//'],
];

describe('whether bytes are a JSON object', () => {
  test('as JSON.parse says, at each edge of the grammar', () => {
    for (const text of TEXTS) assert.equal(isObject(text), parses(text), JSON.stringify(text));
  });

  test('as JSON.parse says, for every text with one byte removed, doubled or changed', () => {
    const text = ' {"a" : [ -1.5e+3 , {"b\\n":true} , "x\\u00e9", null ] , "c" : {} , "d" : 0} ';
    for (let at = 0; at < text.length; at++)
      for (const instead of ['', ...'{}[]",:\\e-+.0 9ntu\n/'].map((char) => char))
        for (const rest of [at, at + 1]) {
          const changed = text.slice(0, at) + instead + text.slice(rest);
          assert.equal(isObject(changed), parses(changed), JSON.stringify(changed));
        }
  });

  test('whatever was scanned before', () => {
    const sets = new JsonKeySets();
    for (const before of TEXTS)
      for (const text of TEXTS) {
        sets.isObject(Buffer.from(before, 'latin1'));
        assert.equal(sets.isObject(Buffer.from(text, 'latin1')), parses(text), `${before} then ${text}`);
      }
  });

  test('nesting of more than 30 levels is left to JSON.parse', () => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    assert.equal(isObject(nested(31)), true);
    assert.equal(isObject(nested(32)), false);
    assert.equal(isObject(nested(100_000)), false);
  });
});

describe('the keys of an object', () => {
  test('are the same object for the same keys, whatever the values', () => {
    assert.ok(same('{"a":1,"b":{"c":2}}', '{"a":"x","b":[1,2]}', ' { "a" : null , "b" : {} }'));
    assert.ok(same('{}', '{ }'));
    assert.ok(same('{"\u00e9":1}', '{"\u00e9":2}'));
  });

  test('are others for other keys, more keys, fewer keys, another order, another spelling', () => {
    for (const other of [
      '{"a":1}',
      '{"a":1,"b":1,"c":1}',
      '{"b":1,"a":1}',
      '{"a":1,"\\u0062":1}',
      '{"ab":1}',
    ])
      for (const texts of [
        ['{"a":1,"b":1}', other],
        [other, '{"a":1,"b":1}'],
      ])
        assert.ok(!same(...texts), texts.join(' '));
    assert.ok(!same('{"ab":1,"c":1}', '{"a":1,"bc":1}'));
    assert.ok(!same('{"a":1}', '{}'));
  });

  test('are found again when messages of several kinds take turns', () => {
    const sets = new JsonKeySets();
    const kinds = Array.from({ length: 8 }, (_, i) => `{"kind${i}":1,"x":2}`);
    const keysOf = (text: string) => {
      assert.ok(sets.isObject(Buffer.from(text)));
      return sets.keys;
    };
    const first = kinds.map(keysOf);
    assert.equal(new Set(first).size, 8);
    assert.deepEqual(kinds.map(keysOf), first);
    keysOf('{"a ninth":1}');
    assert.notEqual(keysOf(kinds[0] as string), first[0], 'the one used longest ago is forgotten');
  });

  test('are not remembered when they are too many or too long', () => {
    const object = (keys: number, length: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, i) => [`${i}`.padEnd(length), i])));
    const keysOf = (text: string) => {
      const sets = new JsonKeySets();
      assert.ok(sets.isObject(Buffer.from(text)));
      return sets.keys;
    };
    assert.equal(keysOf(object(64, 2))?.ends.length, 64);
    assert.equal(keysOf(object(65, 2)), undefined);
    assert.equal(keysOf(object(10_000, 5)), undefined);
    assert.equal(keysOf(object(1, 1_022))?.bytes.length, 1_024);
    assert.equal(keysOf(object(1, 1_023)), undefined);
  });

  test('do not change with the bytes they were read from', () => {
    const sets = new JsonKeySets();
    const bytes = Buffer.from('{"a":1}');
    sets.isObject(bytes);
    const before = sets.keys;
    bytes.fill(0);
    assert.ok(sets.isObject(Buffer.from('{"a":2}')));
    assert.equal(sets.keys, before);
  });

  test('the same keys mean the same properties, for any objects', () => {
    const key = fc.oneof(
      fc.constantFrom('a', 'b', '"', '\\', '__proto__', '7', ''),
      fc.string({ maxLength: 3 }),
    );
    const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(object, { maxLength: 12 }), (objects) => {
        const sets = new JsonKeySets();
        const seen = new Map<unknown, string>();
        for (const each of objects) {
          assert.ok(sets.isObject(Buffer.from(JSON.stringify(each))));
          const names = JSON.stringify(Object.keys(JSON.parse(JSON.stringify(each))));
          assert.equal(seen.get(sets.keys) ?? names, names);
          seen.set(sets.keys, names);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('takes time in proportion to the bytes', async () => {
  const scan = (text: string) => new JsonKeySets().isObject(Buffer.from(text));
  for (const [piece, end] of [
    ['"a":[1,{"b":"\\n"}],', '"z":1}'],
    ['"a":1,', '"z":1'],
    ['"\\"', '}'],
    ['    ', '}'],
  ] as const)
    await assertLinear(400_000, (size) => `{${piece.repeat(size / piece.length)}${end}`, scan);
  await assertLinear(400_000, (size) => `{"a":${'9'.repeat(size)}}`, scan);
  await assertLinear(400_000, (size) => `{"a":"${'x'.repeat(size)}`, scan);
});

function parses(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
