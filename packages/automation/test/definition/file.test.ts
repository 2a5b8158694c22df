import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkFile, checkList } from '../../src/definition/file.ts';
import type { DefinitionKind } from '../../src/ports.ts';

type Read = typeof checkFile | typeof checkList;
const told = (read: Read, kind: DefinitionKind, text: string) =>
  (read(kind, text, 0).problems ?? []).map(({ line, column, reason }) => `${line}:${column} ${reason}`);

describe('mistakes in a job are told by line, all of them', () => {
  const mistakes: [name: string, text: string, problems: string[]][] = [
    [
      'a misspelt key',
      'steps:\n  - task: greet\n    retires: 2\n',
      ['3:5 Unknown option "retires". Did you mean "retries"?'],
    ],
    [
      'a value',
      'steps:\n  - task: greet\n    retries: two\n',
      ['3:5 Option "retries": expected a number; got "two"'],
    ],
    [
      'two keys at once',
      'steps:\n  - publish: {topc: a, paylod: b}\n',
      ['2:15 Unknown option "topc". Did you mean "topic"?', '2:24 Unknown option "paylod". Did you mean'],
    ],
    ['nothing to do', 'steps:\n  - name: x\n', ['2:5 Option "steps": expected one of task, http']],
    ['a schedule', "on:\n  - schedule: '99 * * * *'\nsteps: [{task: a}]\n", ['2:5 ']],
    [
      'a zone',
      "on:\n  - schedule: '0 2 * * *'\n    zone: Europe/Berln\nsteps: [{task: a}]\n",
      ['3:5 there is no time zone "Europe/Berln"; "Europe/Berlin" is one'],
    ],
    [
      'a time that never comes',
      "on:\n  - schedule: '0 2 30 2 *'\nsteps: [{task: a}]\n",
      ['2:5 "0 2 30 2 *" has no next time'],
    ],
    [
      'bodies',
      "steps:\n  - http:\n      url: http://a\n      headers: {x: '{{y}}'}\n  - publish:\n      topic: '{{foo}}'\n",
      ['4:17 {{y}} is not a variable', '6:7 {{foo}} is not a variable'],
    ],
    [
      'a step that is not there',
      'steps:\n  - name: greet\n    task: a\n  - task: b\n    when:\n      - step: gret\n',
      ['6:9 "step 2" waits for "gret", which is not an earlier step; did you mean "greet"?'],
    ],
    [
      'a condition',
      "steps:\n  - task: a\n    when: {value: '{{var.x}}'}\n",
      ['3:5 "value" needs a condition'],
    ],
    [
      'one name twice',
      'steps:\n  - {name: a, task: x}\n  - {name: a, task: y}\n',
      ['3:6 two steps have the name'],
    ],
    [
      'a number where a text belongs',
      'steps:\n  - publish:\n      topic: t\n      payload: 5\n',
      ['4:7 Option "payload": expected a text; got 5; put quotes around it'],
    ],
    [
      'nothing where a list belongs',
      'steps:\n- task: a\non:\n',
      ['3:1 Option "on": expected a list; got null: put its content on the lines below, indented further'],
    ],
    [
      'deep in one of several forms',
      'steps:\n- task: a\n  when:\n    value: x\n    equl: y\n',
      ['5:5 Unknown option "equl". Did you mean "equal"?'],
    ],
    [
      'a schedule without quotes',
      'on:\n  - schedule: * 2 * * *\nsteps: []\n',
      ['2:15 a text that begins with * or & needs quotes', '2:17 '],
    ],
    [
      'a file of rules',
      'connection: a\nrules: []\n',
      ['2:1 rules belong to a task or trigger; a job has steps'],
    ],
    ['what is no job', '- 1\n', ['1:1 a job is expected: fields, "name: value" each']],
    ['nothing at all', '', ['1:1 a job is expected']],
  ];
  for (const [name, text, problems] of mistakes)
    it(name, () => {
      const found = told(checkFile, 'job', text);
      assert.equal(found.length, problems.length, found.join('\n'));
      for (const [at, problem] of problems.entries())
        assert.equal(found[at]?.startsWith(problem), true, `${found[at]}`);
    });
});

describe('a file of one definition', () => {
  it('gives the fields, without what is none', () => {
    const { found } = checkFile('job', '$schema: x\nname: y\nsteps: [{task: a}]\n', 0);
    assert.deepEqual(found, { steps: [{ task: 'a' }] });
  });

  it('of a task or trigger is one of rules, with a connection', () => {
    assert.deepEqual(told(checkFile, 'task', 'on: []\nsteps: []\n')[0], '1:1 "connection" is missing');
    assert.deepEqual(told(checkFile, 'task', 'connection: a\nsteps: []\n'), [
      '2:1 a job has steps; here rules are expected',
    ]);
    assert.deepEqual(told(checkFile, 'task', 'rules: []\n'), ['1:1 "connection" is missing']);
    assert.deepEqual(told(checkFile, 'task', 'connection: a\nenabled: true\nrules: []\n'), [
      '2:1 "enabled" is for triggers',
    ]);
    assert.deepEqual(told(checkFile, 'trigger', 'connection: a\nenabled: true\nrules:\n  - sedn: a\n'), [
      '4:5 a rule needs "send", "receive" or "check"; did you mean "send" instead of "sedn"?',
    ]);
  });
});

describe('a list of definitions', () => {
  it('has their names, and is read whole before anything is saved', () => {
    const { found } = checkList('connection', '- {name: a, port: 1, changedAt: x}\n- {name: b}\n', 0);
    assert.deepEqual(found, [
      { name: 'a', fields: { port: 1 }, path: [0] },
      { name: 'b', fields: {}, path: [1] },
    ]);
    assert.deepEqual(
      told(checkList, 'connection', '- {name: a, prot: 1}\n- {port: 2}\n- {name: /, framing: x}\n'),
      [
        '1:13 Unknown option "prot". Did you mean "port"?',
        '2:3 this connection has no "name"',
        '3:4 expected 1 to 64 letters, digits, spaces, "_", ".", ":" or "-", the first a letter or digit',
        '3:13 The framing x is not valid: did you mean tp?',
      ],
    );
  });

  it('has each name once', () => {
    assert.deepEqual(told(checkList, 'connection', '- name: a\n- name: b\n- name: a\n'), [
      '3:3 two connections are called "a"',
    ]);
  });

  it('may hold rules, whose mistakes are told in place', () => {
    const text = '[\n {"name": "a", "connection": "c", "rules": [\n  {"send": "a", "iterations": 0}]}]';
    assert.deepEqual(told(checkList, 'task', text), [
      '3:17 Option "iterations": expected a whole number from 1, or forever (-1); got 0',
    ]);
  });

  it('what was exported masked is told where it is', () => {
    assert.match(
      told(checkList, 'task', '- name: a\n  connection: c\n  rules:\n    - send: ••••\n')[0] ?? '',
      /^4:7 "••••" replaces a text: the definition was shown or exported without --secrets$/,
    );
  });
});
