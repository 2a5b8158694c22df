import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { issueWords } from '../src/index.ts';

const words = (schema: z.ZodType, value: unknown): string => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  assert.ok(issue !== undefined, 'it is valid');
  return issueWords(issue);
};

describe('what a schema expects, in words for people', () => {
  const cases: readonly [schema: z.ZodType, value: unknown, said: string][] = [
    [z.string(), 1, 'expected a text'],
    [z.string(), undefined, 'expected a text'],
    [z.string().min(1), '', 'expected at least 1 character'],
    [z.string().max(64), 'x'.repeat(65), 'expected at most 64 characters'],
    [z.string().length(2), 'x', 'expected at least 2 characters'],
    [z.string().regex(/^a$/), 'b', 'expected a text of another form'],
    [z.string().regex(/^a$/, 'expected the letter a'), 'b', 'expected the letter a'],
    [z.string().startsWith('fl_'), 'b', 'expected a text that begins with "fl_"'],
    [z.url(), 'b', 'expected a URL'],
    [z.iso.datetime(), 'b', 'expected a date and time such as 2026-01-31T12:00:00Z'],
    [z.number(), 'x', 'expected a number'],
    [z.number(), Number.NaN, 'expected a number'],
    [z.number().positive(), 0, 'expected a number above 0'],
    [z.number().nonnegative(), -1, 'expected a number of at least 0'],
    [z.number().lt(5), 5, 'expected a number below 5'],
    [z.number().multipleOf(5), 4, 'expected a multiple of 5'],
    [z.int(), 1.5, 'expected a whole number'],
    [z.int().min(1).max(3), 9, 'expected a number of at most 3'],
    [z.boolean(), 'x', 'expected true or false'],
    [z.array(z.string()).min(1), [], 'expected at least 1 item'],
    [z.array(z.string()).max(2), ['', '', ''], 'expected at most 2 items'],
    [z.array(z.string()), {}, 'expected a list'],
    [z.strictObject({}), [], 'expected named fields'],
    [z.strictObject({}), { a: 1 }, 'there is no key "a"'],
    [z.record(z.string().max(1), z.number()), { ab: 1 }, 'expected at most 1 character'],
    [z.enum(['a', 'b']), 'c', 'expected one of a, b'],
    [z.literal('a'), 'c', 'expected a'],
    [z.union([z.boolean(), z.string()]), 1, 'expected true or false or a text'],
    [z.discriminatedUnion('k', [z.object({ k: z.literal('a') })]), { k: 'b' }, 'expected another value'],
    [z.never(), 1, 'expected nothing'],
    [z.null(), 1, 'expected nothing'],
    [z.string().refine(() => false), 'x', 'expected another value'],
  ];
  for (const [schema, value, said] of cases)
    it(`${said}: ${JSON.stringify(value)}`, () => {
      const told = words(schema, value);
      assert.equal(told, said);
      assert.doesNotMatch(told, />=|<=|Invalid|string|array|object|received|pattern/);
    });
});
