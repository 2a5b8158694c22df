import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import { checkRules, parseRules } from '../../src/rules/parse.ts';

const problems = (text: string, role?: 'task' | 'trigger') =>
  (checkRules(text, role).problems ?? []).map(({ line, path, reason }) => `${line} ${path}: ${reason}`);

describe('a file of rules', () => {
  it('is YAML or JSON, with a list alone or under "rules"', () => {
    const tree = (text: string) => parseRules(text).tree.all.map(({ name }) => name);
    const names = ['Send : a', 'Receive'];
    assert.deepEqual(tree('rules:\n  - send: a\n  - receive:\n'), names);
    assert.deepEqual(tree('- send: a\n- receive\n'), names);
    assert.deepEqual(tree('{"rules": [{"send": "a"}, {"receive": null}]}'), names);
  });

  it('may name its connection', () => {
    assert.equal(parseRules('connection: plc\nrules: []').connection, 'plc');
    assert.deepEqual(parseRules('connection: {port: 1}\nrules: []').connection, { port: 1 });
  });
});

describe('mistakes are told by line, all of them', () => {
  it('unknown keys with the nearest', () => {
    assert.deepEqual(problems('rules:\n  - send: a\n    delybefore: 3\n  - receive:\n    ky: A\n'), [
      '3 rules[0].delybefore: Unknown option "delybefore". Did you mean "delayBefore"?',
      '5 rules[1].ky: Unknown option "ky". Did you mean "key"?',
    ]);
    assert.deepEqual(problems('ruls: []'), ['1 ruls: Unknown option "ruls". Did you mean "rules"?']);
    assert.deepEqual(problems('connection: a'), ['1 rules: "rules" is missing']);
  });

  it('what a rule does', () => {
    assert.match(problems('- recieve:')[0] as string, /did you mean "receive"/);
    assert.match(problems('- {send: a, receive: 1}')[0] as string, /this one has send and receive/);
    assert.match(problems('- 5')[0] as string, /a rule is expected/);
  });

  it('variables where none is filled in, by line', () => {
    const text = `- receive:
  key: '{{message}}'
- receive:
  rules:
    - check: { equal: '{{result.K}}' }
    - check:
        matches: '^{{var.x}}$'
`;
    assert.deepEqual(
      checkRules(text).problems?.map(({ line, reason }) => `${line} ${reason.slice(0, 40)}`),
      [
        '1 {{message}} is not replaced here: this t',
        '5 {{result.K}} is not replaced here: a con',
        '6 {{var.x}} is not replaced here: this tex',
      ],
    );
  });

  it('conditions, in place', () => {
    const text = `- receive:
  rules:
    - check:
        equals: x
    - check: {equal: x, contains: y}
    - check: otherwis
    - check: {matches: '('}
`;
    assert.deepEqual(
      problems(text).map((problem) => problem.slice(0, problem.indexOf(':'))),
      ['4 [0].rules[0].check.equals', '5 [0].rules[1].check', '6 [0].rules[2].check', '7 [0].rules[3].check'],
    );
  });

  it('below a rule that is wrong itself', () => {
    assert.equal(problems('- send: a\n  iterations: 0\n  rules:\n    - send: 5\n').length, 2);
  });

  it('broken YAML, and aliases that would fill memory', () => {
    assert.equal(checkRules('rules: [').problems?.[0]?.line, 1);
    const bomb = [
      'a0: &a0 [x]',
      ...Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`),
    ];
    assert.ok((checkRules(bomb.join('\n')).problems?.length ?? 0) > 0);
  });

  it('what a task may not do', () => {
    assert.deepEqual(problems('- receive:\n  fire: true\n', 'trigger'), []);
    assert.match(problems('- receive:\n  fire: true\n', 'task')[0] as string, /"fire" is for triggers/);
  });

  it('too many rules, too deep', () => {
    assert.match(problems(`- receive\n`.repeat(10_001))[0] as string, /more than 10000 rules/);
    let deep = '{"send": "a"}';
    for (let level = 0; level < 70; level++) deep = `{"send": "a", "rules": [${deep}]}`;
    assert.match(problems(`[${deep}]`)[0] as string, /deeper than 64/);
  });

  it('one error with the first, and how many there are', () => {
    assert.throws(
      () => parseRules('- send: a\n  x: 1\n- send: b\n  y: 1\n'),
      (error: FairleadError) => {
        assert.equal(error.code, 'RULES_INVALID');
        assert.match(error.message, /line 2, column 3: Unknown option "x"/);
        return error.details.mistakes === 2;
      },
    );
  });
});

it('mistakes in the connection of a file are told by line, beside those of the rules', () => {
  const problems = (text: string) =>
    (checkRules(text).problems ?? []).map(({ line, column, reason }) => `${line}:${column} ${reason}`);
  assert.deepEqual(problems('connection:\n  address: plc 7\n  prot: 1\nrules:\n  - sned: a\n'), [
    '2:3 Option "address": expected an IPv4 or IPv6 address, or a name such as plc-7.local; the port is a separate field; got "plc 7"',
    '3:3 Unknown option "prot". Did you mean "port"?',
    '5:5 a rule needs "send", "receive" or "check"; did you mean "send" instead of "sned"?',
  ]);
  assert.match(
    problems('connection: {framing: lines}\nrules: []')[0] ?? '',
    /^1:14 The framing lines is not valid/,
  );
  assert.deepEqual(problems('connection: {port: 1}\nrules: []'), []);
  assert.match(
    problems('connection:\n  codePage: utf-9\nrules: []')[0] ?? '',
    /^2:3 .*Did you mean "utf-8"\?$/,
  );
  const named = 'connection:\n  port: 1\n  address: example.org\nrules: []';
  assert.deepEqual(problems(named), []);
  const [refused] = checkRules(named, 'trigger').problems ?? [];
  assert.equal(refused?.line, 3);
  assert.match(refused?.reason ?? '', /it is a name, and a name may belong to several machines/);
});

it('a quote that is not closed is told where it opens', () => {
  for (const [quote, text] of [
    ['"', 'rules:\n  - send: "abc\n  - receive:\n'],
    ["'", "rules:\n  - send: 'abc\n  - receive:\n"],
  ])
    assert.deepEqual(checkRules(text as string).problems, [
      {
        line: 2,
        column: 11,
        path: '',
        reason: `the text that begins here with ${quote} has no closing ${quote}`,
      },
    ]);
});
