import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { compileTree } from '../../src/rules/compile.ts';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import { drive } from '../drive.ts';

const word = fc.constantFrom('a', 'b', 'c');
// Seldom: a walk that ends at once has nothing to show.
const exit = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('success' as const, 'failure' as const) },
);
const clean = (rule: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as RuleDefinition;

/** Trees with finite iterations; `exits` says whether some rules force an exit. */
const trees = (exits: boolean) =>
  fc.letrec<{ rule: RuleDefinition; rules: RuleDefinition[]; checked: RuleDefinition[] }>((tie) => {
    const out = exits ? exit : fc.constant(undefined);
    const iterations = fc.integer({ min: 1, max: 3 });
    const below = fc.oneof({ maxDepth: 3, depthSize: 'small' }, fc.constant([]), tie('checked'));
    const walked = fc.oneof(
      fc.record({ send: word, iterations, exit: out, rules: below }).map(clean),
      fc.record({ receive: fc.constant(null), iterations, exit: out, rules: below }).map(clean),
    );
    const check = fc
      .record({
        check: fc.oneof(
          word.map((equal) => ({ equal })),
          word.map((contains) => ({ contains })),
          fc.constant('otherwise' as const),
        ),
        group: fc.integer({ min: 0, max: 2 }),
        exit: out,
        rules: below,
      })
      .map(clean);
    return {
      rule: walked,
      rules: fc.array(walked, { minLength: 1, maxLength: 3 }),
      checked: fc.array(fc.oneof(walked, check), { maxLength: 4 }),
    };
  }).rules;
const talk = fc.array(word, { minLength: 40, maxLength: 40 });

/** What the definition says, walked by plain recursion: each visit by its place. */
function expected(rules: readonly RuleDefinition[], heard: readonly string[]): string[] {
  const visits: string[] = [];
  const queue = [...heard];
  class Done extends Error {}
  const list = (level: readonly RuleDefinition[], place: string, text: string | undefined) => {
    const groups = new Set<number>();
    level.forEach((rule, at) => {
      const here = `${place}[${at}]`;
      if (rule.check !== undefined) {
        if (groups.has(rule.group ?? 0)) return;
        const asked = rule.check === 'otherwise' ? {} : rule.check;
        if (asked.equal !== undefined && asked.equal !== text) return;
        if (asked.contains !== undefined && !text?.includes(asked.contains)) return;
        if (rule.group) groups.add(rule.group);
      }
      for (let turn = 0; turn < Number(rule.iterations ?? 1); turn++) {
        const said = rule.check === undefined ? (rule.send ?? queue.shift()) : text;
        if (said === undefined) throw new Done();
        visits.push(here);
        list((rule.rules ?? []) as RuleDefinition[], `${here}.rules`, said as string);
        if (rule.exit !== undefined) throw new Done();
      }
    });
  };
  try {
    list(rules, 'rules', undefined);
  } catch (error) {
    if (!(error instanceof Done)) throw error;
  }
  return visits;
}

it('the visits are what the iterations, conditions and groups say, in order', () => {
  fc.assert(
    fc.property(trees(true), talk, (rules, heard) => {
      const { effects } = drive(rules, heard);
      const visits = effects.flatMap((effect) => (effect.type === 'processed' ? [effect.rule.path] : []));
      assert.deepEqual(visits, expected(rules, heard));
    }),
    { numRuns: 300 },
  );
});

it('no effect follows a force exit', () => {
  fc.assert(
    fc.property(trees(true), talk, (rules, heard) => {
      const { effects, exchange } = drive(rules, heard);
      const closed = effects.findIndex(({ type }) => type === 'close');
      if (closed < 0) return;
      assert.equal(closed, effects.length - 1);
      for (const type of ['started', 'elapsed', 'left'] as const)
        assert.deepEqual(exchange.step({ type }), []);
      if (exchange.outcome?.reason !== 'exit') return;
      const last = effects.slice(0, closed).findLast((effect) => effect.type === 'processed');
      assert.ok(last !== undefined);
    }),
    { numRuns: 200 },
  );
});

it('exclusive groups process at most one rule for each message', () => {
  fc.assert(
    fc.property(trees(false), talk, (rules, heard) => {
      const { effects } = drive(rules, heard);
      const { all } = compileTree(rules);
      const grouped = new Set(
        all.flatMap((rule) => (rule.kind === 'check' && rule.group > 0 ? [rule.path] : [])),
      );
      // Between two visits of a parent, a group of its list is taken once.
      let taken = new Map<string, Set<string>>();
      for (const effect of effects) {
        if (effect.type !== 'processed') continue;
        const { path } = effect.rule;
        taken = new Map([...taken].filter(([list]) => !list.startsWith(`${path}.`)));
        if (!grouped.has(path) || effect.rule.kind !== 'check') continue;
        const list = `${path.slice(0, path.lastIndexOf('['))}`;
        const groups = taken.get(list) ?? new Set();
        const group = String(effect.rule.group);
        assert.ok(!groups.has(group), `group ${group} of ${list} processed two rules`);
        taken.set(list, groups.add(group));
      }
    }),
    { numRuns: 200 },
  );
});

it('a list of a thousand checks costs what one costs: only those that are met are looked at', () => {
  const many: RuleDefinition[] = Array.from({ length: 1_000 }, (_, at) => ({
    check: { equal: `word ${at}` },
    group: 1,
  }));
  const { all } = compileTree([{ receive: null, rules: many }]);
  const children = all[0]?.children;
  assert.equal(children?.tried.length, 0);
  assert.deepEqual(drive([{ receive: null, rules: many }], ['word 777']).processed, [
    'Receive',
    "Check (/1) : Equal 'word 777'",
  ]);
});
