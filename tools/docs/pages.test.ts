import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { defineErrors } from '@fairlead/core';
import { codeFindings, collectDeclarations } from './collect.ts';
import { amount, errorsPage, generatedPages } from './pages.ts';
import { diagram } from './states.ts';

const root = new URL('../..', import.meta.url).pathname;
const declarations = await collectDeclarations(root);
const pages = await generatedPages(declarations);

describe('generated pages', () => {
  for (const [path, text] of Object.entries(pages)) {
    it(`${path} is up to date`, () => {
      const onDisk = readFileSync(`${root}${path}`, 'utf8');
      assert.ok(onDisk === text, `${path} is out of date: run npm run docs`);
    });
  }

  it('draw a table as a diagram, without what changes nothing', () => {
    const table = { open: { end: 'half-shut', poke: 'open' }, 'half-shut': {} };
    assert.equal(
      diagram(table, 'open'),
      '```mermaid\nstateDiagram-v2\n  state "half-shut" as half_shut\n  [*] --> open\n  open --> half_shut : end\n  half_shut --> [*]\n```',
    );
  });

  it('say amounts as people do', () => {
    assert.deepEqual(
      [
        amount(2 ** 20, 'bytes'),
        amount(4_095, 'bytes'),
        amount(90_000, 'ms'),
        amount(250, 'ms'),
        amount(100_000, 'items'),
      ],
      ['1 MiB', '4,095 bytes', '90 s', '250 ms', '100,000'],
    );
  });

  it('show every part of an error', () => {
    const { owner, entries } = defineErrors('x', {
      SOME_CODE: { kind: 'auth', side: 'remote', retryable: true, message: 'A {b}.', help: 'Do <c>.' },
    });
    const text = errorsPage([{ owner, entries }]);
    for (const part of [
      '## @fairlead/x',
      '### SOME_CODE',
      'A {b}.',
      'Do \\<c\\>.',
      'auth',
      'remote',
      'Retryable: yes',
    ])
      assert.ok(text.includes(part), part);
  });
});

describe('limits', () => {
  it('name, as what bounds them over all, limits that exist', () => {
    const known = new Set(
      declarations.limits.flatMap(({ owner, entries }) =>
        Object.keys(entries).map((name) => `${owner}.${name}`),
      ),
    );
    const unknown = declarations.limits.flatMap(({ owner, entries }) =>
      Object.entries(entries).flatMap(([name, { overAll }]) =>
        [...(overAll ?? '').matchAll(/`(\w+\.\w+)`/g)]
          .filter(([, limit]) => !known.has(limit ?? ''))
          .map(([, limit]) => `${owner}.${name}: there is no ${limit}`),
      ),
    );
    assert.deepEqual(unknown, []);
  });
});

describe('error codes', () => {
  it('are each declared once', () => assert.deepEqual(codeFindings(declarations.errors), []));

  it('are found when they are declared twice', () => {
    const entry = { kind: 'auth', side: 'remote', retryable: true, message: 'm', help: 'h' } as const;
    const twice = ['a', 'b'].map((owner) => ({ owner, entries: { SAME: entry } }));
    assert.deepEqual(codeFindings(twice), ['SAME is declared by a and by b']);
  });

  it('have a message and a help that are sentences', () => {
    for (const { entries } of declarations.errors)
      for (const [code, { message, help }] of Object.entries(entries))
        for (const text of [message, help]) assert.match(text, /^\S.*[.:?!}")\]]$/s, `${code}: ${text}`);
  });
});
