import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import { Pattern } from '../../src/match/pattern.ts';
import { checkRules } from '../../src/rules/parse.ts';

const tooCostly = /too costly: it has \d+ instructions, the limit is 5000/;

describe('a regular expression', () => {
  for (const source of [
    'a{1000}',
    '(\\d{1,3}\\.){3}\\d{1,3}',
    '^(\\pL+[\\s,]*){1,50}$',
    '[]a{1000}]{2}',
    '[^]\\]{999}]{2}',
    '\\Q{900}{900}\\E',
    '[[:alpha:]{999}]',
    '\\p{Greek}{3}',
    'x{0}',
    'a{,5}',
    '(?i:ab|cd)+?',
  ])
    it(`${source} is not too costly`, () => assert.ok(new Pattern(source, false).size < 5_000));

  for (const source of [
    '(a{1,1000}){6}',
    '(a{100}b{100}){30}',
    'a{1000}'.repeat(6),
    '(\\pL{1,9}|[\\]x]{90}){60}',
  ])
    it(`${source} is too costly`, () => assert.throws(() => new Pattern(source, false), tooCostly));

  it('that is too costly is told where it stands, and not compiled', () => {
    const text = `- receive:\n  rules:\n    - check:\n        matches: '${'a{1000}'.repeat(700)}'\n`;
    const [problem] = checkRules(text).problems ?? [];
    assert.match(problem?.reason ?? '', tooCostly);
    assert.equal(problem?.line, 3);
  });

  it('one of many that are too costly together is told', () => {
    const check = "    - check: {matches: '(\\d{40}x){24}'}\n";
    const { problems = [] } = checkRules(`- receive:\n  rules:\n${check.repeat(120)}`);
    assert.match(problems[0]?.reason ?? '', /they have more than 100000 instructions/);
  });

  it('that is too long is too costly', () => {
    for (const part of ['[', 'a', '{', '(', '|', '[x]'])
      assert.throws(() => new Pattern(part.repeat(5_001), false), /too costly: it has \d+ characters/);
  });

  it('matches in time linear in the text', async () => {
    for (const [source, unit] of [
      ['(x+x+)+y', 'x'],
      ['^(\\pL+[\\s,]*){1,5}$', 'x'],
      ['.*foo.*bar', 'foo'],
    ] as const) {
      const pattern = new Pattern(source, true);
      await assertLinear(
        100_000,
        (size) => unit.repeat(size),
        (text) => pattern.matches(text),
      );
    }
  });
});
