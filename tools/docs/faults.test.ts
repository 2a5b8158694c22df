import assert from 'node:assert/strict';
import { it } from 'node:test';
import { collectDeclarations } from './collect.ts';
import { codesOf, collectFaults, faultsIn, faultsPage } from './faults.ts';

const root = new URL('../..', import.meta.url).pathname;

it('each fault has codes that exist, a name of its own, and what happens', async () => {
  const { errors } = await collectDeclarations(root);
  const known = new Set(errors.flatMap(({ entries }) => Object.keys(entries)));
  const faults = collectFaults(root);
  assert.ok(faults.length > 20, `${faults.length} faults`);
  assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length, 'two faults have one name');
  for (const fault of faults)
    for (const code of codesOf(fault)) assert.ok(known.has(code), `${fault.test}: ${code} is no code`);
});

it('reads declarations without running them, and names one that is none', () => {
  const source = `
    throw new Error('this file must not run');
    fault(
      { name: 'a "}" in a text', where: 'disk', happens: "it's told", code: ['A', 'B'] },
      async () => {},
    );`;
  const [fault] = faultsIn(source, 'x/y.test.ts');
  assert.deepEqual(fault, {
    name: 'a "}" in a text',
    where: 'disk',
    happens: "it's told",
    code: ['A', 'B'],
    test: 'x/y.test.ts',
  });
  assert.match(
    faultsPage([{ name: 'n', where: 'disk', happens: "it's told", test: 't', code: 'A' }]),
    /\| it's told \| \[`A`\]\(errors\.md#a\) \|/,
  );
  assert.throws(
    () => faultsIn('fault({ name: someName }, run)', 'z.test.ts'),
    /z\.test\.ts: \{ name: someName \}/,
  );
});
