import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFairleadError, systemClock } from '@fairlead/core';
import { codePage } from '@fairlead/tcp';
import { FakeClock } from '@fairlead/testkit';
import { parseConnection } from '../../src/connection/schema.ts';
import { Exchange } from '../../src/engine/exchange.ts';
import { condition } from '../../src/match/condition.ts';
import { ConditionEvaluator } from '../../src/match/condition-evaluator.ts';
import { compileTree } from '../../src/rules/compile.ts';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import { startTrigger } from '../../src/trigger/trigger.ts';
import { message } from '../drive.ts';
import { open, runJob, stepsOf } from '../house.ts';
import { Caller } from '../live/peer.ts';

/** Of a list of words: a program of 353 instructions, and all of them are live at each letter. */
const words = '^(\\pL+[\\s,]*){1,50}$';
const costly = condition({ matches: words, ignoreCase: true });
const long = 'x'.repeat(1_000_000);

describe('a regular expression on a long message', () => {
  it('is decided while other work goes on', async () => {
    await using evaluator = new ConditionEvaluator(systemClock);
    let turns = 0;
    let decided: boolean | undefined;
    evaluator.evaluate(costly, message(long)).then((met) => {
      decided = met;
    });
    while (decided === undefined) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(decided, true);
    assert.ok(turns > 100, `${turns} turns of the loop`);
    assert.equal(await evaluator.evaluate(costly, message(`${long}!`)), false);
    assert.equal(await evaluator.evaluate(condition({ notMatches: words }), message(`${long}!`)), true);
    assert.equal(await evaluator.evaluate(costly, message('x')), true);
  });

  it('is given up after a time, and the next one is decided all the same', async () => {
    const clock = new FakeClock();
    await using evaluator = new ConditionEvaluator(clock);
    // A thousand states at each character, in a million ways: the thread would take minutes.
    const endless = condition({ matches: '(.*.*.*[ab]*a[ab]{900}c)' });
    const text = Array.from({ length: 500_000 }, (_, at) => 'ab'[((at * at) % 7) & 1]).join('');
    const asked = evaluator.evaluate(endless, message(`${text}c`));
    asked.catch(() => {});
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(2_000);
    await assert.rejects(asked, (error) => isFairleadError(error, 'PATTERN_TIMEOUT'));
    assert.equal(await evaluator.evaluate(costly, message(long)), true);
  });

  it('a trigger answers others meanwhile', async () => {
    await using trigger = await startTrigger({
      name: 'door',
      tree: compileTree(
        [
          {
            receive: 0,
            iterations: 'forever',
            rules: [
              { check: { matches: words, ignoreCase: true }, rules: [{ send: 'words' }] },
              { check: { equal: 'ping' }, rules: [{ send: 'pong' }] },
            ],
          },
        ],
        'trigger',
      ),
      connection: parseConnection({ port: 0, framing: 'line', logReceived: false }),
      codePages: codePage,
    });
    const port = Number(trigger.address.split(':').at(-1));
    await using slow = new Caller(port);
    await using quick = new Caller(port);
    slow.say(`${long}\n`);
    quick.say('ping\n');
    await quick.hear('words');
    await slow.hear('words');
  });

  it('decides a step of a job', async () => {
    await using house = await open();
    const view = await runJob(house.automation, {
      variables: { text: 'x'.repeat(60_000) },
      steps: [
        { publish: { topic: 't' }, when: { value: '{{var.text}}', matches: words } },
        { publish: { topic: 't' }, when: { value: '{{var.text}}', notMatches: words } },
      ],
    });
    assert.deepEqual(stepsOf(view), ['step 1 success', 'step 2 skipped']);
  });
});

describe('a list of checks', () => {
  const many: RuleDefinition[] = Array.from({ length: 100 }, (_, at) => ({
    check: { contains: `word ${at}` },
  }));

  it('gives way to other work when it has taken many steps', () => {
    const exchange = new Exchange(
      compileTree([{ receive: null, rules: [...many, { check: { contains: 'x' } }] }]),
      {
        role: 'task',
      },
    );
    exchange.step({ type: 'started' });
    let effects = exchange.step({ type: 'received', message: message('x'.repeat(100_000)) });
    let rests = 0;
    for (; effects.at(-1)?.type === 'evaluate'; rests++)
      effects = exchange.step({ type: 'evaluated', met: false });
    assert.equal(rests, Math.floor(101 / 6));
    assert.equal(exchange.outcome?.reason, 'completed');
  });

  it('goes on below a check that was evaluated elsewhere', () => {
    const rules: RuleDefinition[] = [
      { check: { matches: words }, group: 1, key: 'K', rules: [{ send: 'yes' }] },
      { check: 'otherwise', group: 1, exit: 'failure' },
    ];
    for (const [met, outcome] of [
      [true, 'completed'],
      [false, 'exit'],
    ] as const) {
      const exchange = new Exchange(compileTree([{ receive: null, rules }]), { role: 'task' });
      exchange.step({ type: 'started' });
      const [, evaluator] = exchange.step({ type: 'received', message: message(long) });
      assert.equal(evaluator?.type, 'evaluate');
      const [first] = exchange.step({ type: 'evaluated', met });
      assert.equal(first?.type, 'processed');
      exchange.step({ type: 'sent', message: message('yes', 'sent') });
      assert.equal(exchange.outcome?.reason, outcome);
      assert.equal(exchange.results.size, met ? 1 : 0);
    }
  });
});
