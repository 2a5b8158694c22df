import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import { readYaml } from '@fairlead/yaml';
import { literalText } from '../src/body/literal.ts';
import { template } from '../src/body/template.ts';
import { checkFile, checkList } from '../src/definition/file.ts';
import { keyFormat } from '../src/key-format.ts';
import { checkRules } from '../src/rules/parse.ts';

const lines = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('');

describe('a text of YAML is read in time linear in its length', () => {
  const texts: Record<string, (size: number) => string> = {
    'many keys': (size) => lines(size, (at) => `key${at}: 1\n`),
    'many keys in braces': (size) => `{${lines(size, (at) => `key${at}: 1, `)}}`,
    'a long list': (size) => '- a\n'.repeat(size),
    'anchors and aliases': (size) => lines(size, (at) => `- &a${at} x\n- *a${at}\n`),
    'comments between': (size) => `- a\n${'# c\n'.repeat(size)}- b`,
    'deep brackets': (size) => '['.repeat(size),
    'deep lists': (size) => `${'- '.repeat(size)}a`,
    'deep maps': (size) => '{a: '.repeat(size),
    'keys in keys': (size) => 'a: '.repeat(size),
    'mistakes everywhere': (size) => 'a: %\n'.repeat(size),
    quotes: (size) => `a: "${'\\n'.repeat(20 * size)}"`,
    'lines of a text': (size) => `a: |\n${'  c\n'.repeat(20 * size)}`,
  };
  for (const [name, text] of Object.entries(texts))
    it(name, () => assertLinear(2_000, text, (made) => readYaml(made)));

  it('a key that stands twice, wherever that is', () => {
    const text = `${lines(2_000, (at) => `key${at}: 1\n`)}a:\n  b: 1\n  c: 2\n  b: 3\n"key7": 1\n`;
    assert.deepEqual(
      readYaml(text).problems?.map(({ line, column, reason }) => `${line}:${column} ${reason}`),
      ['2004:3 this key is a duplicate', '2005:1 this key is a duplicate'],
    );
  });
});

describe('definitions are checked in time linear in their length', () => {
  const texts: Record<string, (size: number) => string> = {
    'unknown keys': (size) => lines(size, (at) => `key${at}: 1\n`),
    'unknown keys in a connection': (size) =>
      `connection:\n${lines(size, (at) => `  key${at}: 1\n`)}rules: []`,
    'rules that are none': (size) => `rules:\n${'- sned: 1\n'.repeat(size)}`,
    'checks of a receive': (size) => `- receive:\n  rules:\n${'  - check: {equal: a}\n'.repeat(size)}`,
  };
  for (const [name, text] of Object.entries(texts))
    it(name, () =>
      assertLinear(400, text, (made) => {
        checkRules(made);
        for (const kind of ['connection', 'task', 'trigger', 'job'] as const) checkFile(kind, made, 0);
      }),
    );

  it('a list of many', () =>
    assertLinear(
      400,
      (size) => lines(size, (at) => `- name: c${at}\n  port: 1\n`),
      (text) => assert.equal(checkList('connection', text, 0).problems, undefined),
    ));

  it('a list of many with the same name', () =>
    assertLinear(
      400,
      (size) => '- name: c\n  port: 1\n'.repeat(size),
      (text) => assert.equal(checkList('connection', text, 0).problems?.length, 20),
    ));
});

describe('what is nested too deep', () => {
  for (const [name, text] of Object.entries({
    brackets: `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    'brackets that are few enough to be read': `${'['.repeat(400)}${']'.repeat(400)}`,
    'maps of one line': `${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`,
    'lists of one line': `${'- '.repeat(20_000)}a`,
    json: `{"rules":${'[{"receive":null,"rules":'.repeat(5_000)}[]${'}]'.repeat(5_000)}}`,
  }))
    it(`is told: ${name}`, () => {
      const { problems } = readYaml(text);
      assert.match(problems?.[0]?.reason ?? '', /nested deeper than 200 levels/);
      assert.notEqual(checkRules(text).problems, undefined);
      assert.notEqual(checkList('job', text, 0).problems, undefined);
    });
});

describe('bodies and keys are compiled and filled in time linear in their length', () => {
  const bodies: Record<string, string> = {
    braces: '{',
    variables: '{{var.a | b}}',
    'nested braces': '{{{{',
    escapes: '\\x41\\n',
    'bytes and text': 'a\\x00',
    backslashes: '\\\\',
    dates: '{{now | yyyy}}',
    quotes: "'",
    pipes: '|',
  };
  const scope = {
    now: 0,
    message: 'm',
    result: () => 'r',
    variable: () => 'v',
    count: () => 1,
    environment: () => 'e',
  };
  const quietly = (work: () => unknown) => {
    try {
      work();
    } catch {
      // a mistake takes time as well
    }
  };
  for (const [name, part] of Object.entries(bodies))
    it(name, () =>
      assertLinear(
        part.startsWith('{{now') ? 200 : 4_000,
        (size) => part.repeat(size),
        (text) => {
          quietly(() => template(text).render(scope));
          quietly(() => template(`{{now | ${text}}}`).render(scope));
          quietly(() => template(`{{var.${text}}}`).render(scope));
          quietly(() => literalText(text));
        },
      ),
    );

  it('key formats', async () => {
    for (const part of ['0', '#', 'a', '#0', '0#', 'a0'])
      await assertLinear(
        5_000,
        (size) => part.repeat(size),
        (text) => {
          for (let n = 0; n < 200; n++) keyFormat(text)?.(1);
        },
      );
  });
});
