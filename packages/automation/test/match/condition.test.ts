import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { condition } from '../../src/match/condition.ts';
import { type ConditionDefinition, conditionSchema } from '../../src/match/schema.ts';
import { message } from '../drive.ts';

const met = (definition: ConditionDefinition, text: string) =>
  condition(conditionSchema.parse(definition)).matches(message(text));

describe('conditions on text', () => {
  const cases: [ConditionDefinition, string[], string[]][] = [
    [{ equal: 'abc' }, ['abc'], ['ABC', 'abcd', '']],
    [{ equal: 'OK\\r\\n' }, ['OK\r\n'], ['OK']],
    [{ equal: 'abc', ignoreCase: true }, ['ABC', 'aBc'], ['abcd']],
    [{ equal: 'abc', trim: true }, [' abc\r\n'], ['a bc']],
    [{ notEqual: 'abc' }, ['ABC', ''], ['abc']],
    [{ contains: 'b' }, ['abc'], ['ac']],
    [{ notContains: 'b', ignoreCase: true }, ['ac'], ['aBc']],
    [{ startsWith: 'ab' }, ['abc', 'ab'], ['cab']],
    [{ notStartsWith: 'ab' }, ['cab'], ['abc']],
    [{ endsWith: 'bc' }, ['abc'], ['abcd']],
    [{ notEndsWith: 'bc' }, ['abcd'], ['abc']],
    [{ matches: '^a.c$' }, ['abc'], ['abcd', 'ABC']],
    [{ matches: 'B', ignoreCase: true }, ['abc'], ['ac']],
    [{ notMatches: '\\d' }, ['abc'], ['a1']],
    [{ larger: 5 }, ['6', ' 5.01 ', '1e3'], ['5', '-7', 'six', '']],
    [{ largerOrEqual: 5 }, ['5', '5.0'], ['4.99', 'x']],
    [{ smaller: 5 }, ['-1', '.5'], ['5', 'x', '0x1']],
    [{ smallerOrEqual: 5 }, ['5'], ['6', '']],
    [{ number: 5 }, ['5', '+5.00'], ['6', 'x']],
    [{ notNumber: 5 }, ['6', 'x'], ['5']],
    [{ length: 3 }, ['abc', 'a😀c'], ['ab']],
    [{ notLength: 3 }, ['ab'], ['abc']],
    [{ longer: 3 }, ['abcd'], ['abc']],
    [{ shorter: 3 }, ['ab'], ['abc']],
    [{ empty: true }, [''], [' ']],
    [{ empty: true, trim: true }, [' \r\n'], ['x']],
    [{ empty: false }, ['x'], ['']],
  ];
  for (const [definition, yes, no] of cases) {
    it(JSON.stringify(definition), () => {
      for (const text of yes) assert.ok(met(definition, text), `should meet ${JSON.stringify(text)}`);
      for (const text of no) assert.ok(!met(definition, text), `should not meet ${JSON.stringify(text)}`);
    });
  }
});

describe('conditions on bytes', () => {
  const bytes = (hex: string) => ({
    text: '',
    bytes: Buffer.from(hex, 'hex'),
    direction: 'received' as const,
  });
  const cases: [ConditionDefinition, string, boolean][] = [
    [{ equal: '02 41', on: 'bytes' }, '0241', true],
    [{ equal: '02 41', on: 'bytes' }, '024103', false],
    [{ startsWith: '02', on: 'bytes' }, '0241', true],
    [{ endsWith: '0d:0a', on: 'bytes' }, '410d0a', true],
    [{ endsWith: '0d0a', on: 'bytes' }, '0a', false],
    [{ contains: '4142', on: 'bytes' }, '00414200', true],
    [{ notContains: '4142', on: 'bytes' }, '004100', true],
    [{ length: 2, on: 'bytes' }, '0000', true],
    [{ empty: true, on: 'bytes' }, '', true],
  ];
  for (const [definition, hex, result] of cases) {
    it(`${JSON.stringify(definition)} ${hex}`, () => {
      assert.equal(condition(definition).matches(bytes(hex)), result);
    });
  }

  it('refuses what has no meaning there', () => {
    assert.throws(() => condition({ equal: '4', on: 'bytes' }), /two hexadecimal digits/);
    assert.throws(() => condition({ matches: 'x', on: 'bytes' }), /regular expressions are for text/);
    assert.throws(() => condition({ equal: '41', on: 'bytes', trim: true }), /do not apply to bytes/);
  });
});

it('a check asks exactly one thing', () => {
  assert.equal(conditionSchema.safeParse({}).success, false);
  assert.equal(conditionSchema.safeParse({ equal: 'a', contains: 'b' }).success, false);
});

it('a pattern that hangs backtracking engines ends at once', () => {
  const begun = performance.now();
  assert.equal(met({ matches: '^(a+)+$' }, `${'a'.repeat(5_000)}!`), false);
  assert.ok(performance.now() - begun < 2_000);
});

it('each condition and its negation: always exactly one is met', () => {
  const pairs: [keyof ConditionDefinition, keyof ConditionDefinition][] = [
    ['equal', 'notEqual'],
    ['contains', 'notContains'],
    ['startsWith', 'notStartsWith'],
    ['endsWith', 'notEndsWith'],
  ];
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'B'), maxLength: 4 });
  fc.assert(
    fc.property(
      word,
      word,
      fc.boolean(),
      fc.constantFrom(...pairs),
      (wanted, text, ignoreCase, [yes, no]) => {
        const one = met({ [yes]: wanted, ignoreCase } as ConditionDefinition, text);
        const other = met({ [no]: wanted, ignoreCase } as ConditionDefinition, text);
        assert.notEqual(one, other);
      },
    ),
  );
});

it('a variable is a mistake: it would be compared with its braces', () => {
  const names = [
    'equal',
    'notEqual',
    'contains',
    'startsWith',
    'notEndsWith',
    'matches',
    'notMatches',
  ] as const;
  for (const name of names)
    for (const text of ['{{result.K}}', 'a{{ var.x | y }}b', '{{{env.X}}}', '{{message}}'])
      assert.throws(
        () => condition({ [name]: text }),
        { message: /is not replaced here/ },
        `${name} ${text}`,
      );
  assert.equal(met({ equal: '\\{\\{result.K}}' }, '{{result.K}}'), true);
  assert.equal(met({ contains: '{{' }, 'a{{b'), true);
  assert.equal(met({ matches: '^a{2}$' }, 'aa'), true);
});
