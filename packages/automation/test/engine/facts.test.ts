/** What rules mean, row by row. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileTree } from '../../src/rules/compile.ts';
import { demoTask, demoTrigger } from '../../src/rules/demo.ts';
import { parseRules } from '../../src/rules/parse.ts';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import { drive, message } from '../drive.ts';

const names = (rules: readonly (RuleDefinition | 'receive')[]) =>
  compileTree(rules).all.map(({ name }) => name);

describe('every rule', () => {
  it('name: is generated when absent', () => {
    const rules = names([
      { send: 'text' },
      { receive: null, rules: [{ check: { equal: 'x' }, group: 1 }, { check: { equal: 'x' } }] },
      { send: 'a', iterations: 'forever' },
      { receive: null, iterations: 3 },
      { send: 'a', name: 'Mine' },
    ]);
    assert.deepEqual(rules, [
      'Send : text',
      'Receive',
      "Check (/1) : Equal 'x'",
      "Check : Equal 'x'",
      'Send (*) : a',
      'Receive (x3)',
      'Mine',
    ]);
  });

  it('result message key: the message joins the list, a later one with the same key replaces it', () => {
    const rules: RuleDefinition[] = [
      { send: 'hello', key: 'OUT' },
      { receive: null, key: 'IN' },
      { receive: null, key: 'IN' },
      { receive: null },
    ];
    assert.deepEqual(drive(rules, ['a', 'b', 'c'], { role: 'task' }).results, { OUT: 'hello', IN: 'b' });
  });

  it('use key as format string: D2 gives 01, 02, ...; D, X and patterns of 0 and #', () => {
    const of = (key: string) =>
      drive([{ receive: null, key, keyFormat: true, iterations: 12 }], Array(12).fill('m'), { role: 'task' })
        .exchange.results.snapshot()
        .map((result) => result.key);
    assert.deepEqual(of('D2').slice(-4), ['09', '10', '11', '12']);
    assert.deepEqual(of('D')[11], '12');
    assert.deepEqual(of('X2').slice(-3), ['0A', '0B', '0C']);
    assert.deepEqual(of('000')[0], '001');
    assert.deepEqual(of('M#-')[11], 'M12-');
  });

  it('fire trigger: fires with the current message, and the result list is cleared after', () => {
    const { fires, results } = drive(
      [{ receive: null, key: 'A', iterations: 2, rules: [{ receive: null, key: 'B', fire: true }] }],
      ['1', '2', '3', '4'],
    );
    assert.deepEqual(fires, [
      { text: '2', results: { A: '1', B: '2' } },
      { text: '4', results: { A: '3', B: '4' } },
    ]);
    assert.deepEqual(results, {});
  });

  it('fire trigger: not in a task', () => {
    assert.throws(() => compileTree([{ receive: null, fire: true }], 'task'), { code: 'RULES_INVALID' });
    assert.deepEqual(drive([{ receive: null, fire: true }], ['x'], { role: 'task' }).fires, []);
  });

  it('force exit: ends the exchange after this rule and its children', () => {
    const { sent, outcome } = drive([
      { send: 'a', exit: 'success', rules: [{ send: 'b' }, { send: 'c' }] },
      { send: 'never' },
    ]);
    assert.deepEqual(sent, ['a', 'b', 'c']);
    assert.deepEqual(outcome, { result: 'success', reason: 'exit', rule: 'Send : a' });
  });

  it('force exit: Failure fails the run', () => {
    const { outcome } = drive([{ receive: null, exit: 'failure' }], ['x']);
    assert.equal(outcome?.result, 'failure');
    assert.equal(outcome?.error?.code, 'EXIT_FAILURE');
  });
});

describe('send', () => {
  it('iterations repeat the rule with all its children before the next rule of the level', () => {
    const rules: RuleDefinition[] = [{ send: 'a', iterations: 3, rules: [{ send: 'b' }] }, { send: 'c' }];
    assert.deepEqual(drive(rules).sent, ['a', 'b', 'a', 'b', 'a', 'b', 'c']);
  });

  it('iterations -1: for ever', () => {
    assert.equal(drive([{ send: 'a', iterations: -1 }], [], { steps: 500 }).sent.length, 500);
  });

  it('delay before and after, in milliseconds', () => {
    const { effects } = drive([{ send: 'a', delayBefore: 5, delayAfter: 7 }]);
    assert.deepEqual(
      effects.map((effect) => (effect.type === 'wait' ? effect.ms : effect.type)),
      [5, 'send', 'processed', 7, 'close'],
    );
  });
});

describe('receive', () => {
  it('timeout in seconds; -1: the connection; 0: until the socket closes', () => {
    const rules: (RuleDefinition | 'receive')[] = [
      { receive: 5 },
      { receive: -1 },
      'receive',
      { receive: 0 },
      { receive: '250ms' },
    ];
    assert.deepEqual(drive(rules, ['1', '2', '3', '4', '5']).timeouts, [
      5_000,
      undefined,
      undefined,
      Number.POSITIVE_INFINITY,
      250,
    ]);
  });

  it('iterations, -1: for ever', () => {
    const { processed } = drive([{ receive: null, iterations: 'forever' }], Array(50).fill('x'));
    assert.equal(processed.length, 50);
  });
});

describe('check', () => {
  it("judges its parent's message, incoming or outgoing", () => {
    const rules: RuleDefinition[] = [
      { send: 'out', rules: [{ check: { equal: 'out' }, rules: [{ send: 'saw out' }] }] },
      { receive: null, rules: [{ check: { equal: 'in' }, rules: [{ send: 'saw in' }] }] },
    ];
    assert.deepEqual(drive(rules, ['in']).sent, ['out', 'saw out', 'saw in']);
  });

  it('exclusive group: once one rule is processed the others are skipped; 0: none', () => {
    const rules: RuleDefinition[] = [
      {
        receive: null,
        rules: [
          { check: { contains: 'a' }, group: 1, rules: [{ send: 'first' }] },
          { check: { contains: 'b' }, group: 1, rules: [{ send: 'second' }] },
          { check: { contains: 'b' }, group: 2, rules: [{ send: 'other group' }] },
          { check: { contains: 'b' }, rules: [{ send: 'no group' }] },
          { check: 'otherwise', rules: [{ send: 'no group either' }] },
          { check: 'otherwise', group: 1, rules: [{ send: 'else' }] },
        ],
      },
    ];
    assert.deepEqual(drive(rules, ['ab']).sent, ['first', 'other group', 'no group', 'no group either']);
    assert.deepEqual(drive(rules, ['x']).sent, ['no group either', 'else']);
  });

  it('a group spans the same list of children, and begins anew with each message', () => {
    const inner: RuleDefinition[] = [{ check: 'otherwise', group: 1, rules: [{ send: 'inner' }] }];
    const rules: RuleDefinition[] = [
      {
        receive: null,
        iterations: 2,
        rules: [
          { check: 'otherwise', group: 1, rules: inner },
          { check: 'otherwise', group: 1 },
        ],
      },
    ];
    assert.deepEqual(drive(rules, ['1', '2']).sent, ['inner', 'inner']);
  });

  it('one that equality finds keeps its place among those that are tried', () => {
    const rules: RuleDefinition[] = [
      {
        receive: null,
        rules: [
          { check: { startsWith: 'X' }, group: 1, rules: [{ send: 'prefix' }] },
          { check: { equal: 'XY' }, group: 1, rules: [{ send: 'equal' }] },
          { check: { equal: 'xy', ignoreCase: true }, rules: [{ send: 'folded' }] },
          { send: 'between' },
          { check: { equal: 'XY' }, rules: [{ send: 'after' }] },
        ],
      },
    ];
    assert.deepEqual(drive(rules, ['XY']).sent, ['prefix', 'folded', 'between', 'after']);
  });
});

describe('what is left open elsewhere is defined', () => {
  it('without a match the children, key, fire and exit of a check are skipped', () => {
    const { sent, fires, results, outcome } = drive(
      [
        {
          receive: null,
          rules: [{ check: { equal: 'y' }, key: 'K', fire: true, exit: 'failure', rules: [{ send: 's' }] }],
        },
      ],
      ['x'],
    );
    assert.deepEqual({ sent, fires, results }, { sent: [], fires: [], results: {} });
    assert.equal(outcome?.reason, 'completed');
  });

  it('a check hands its message down', () => {
    const rules: RuleDefinition[] = [
      {
        receive: null,
        rules: [{ check: { startsWith: 'a' }, key: 'K', rules: [{ check: { endsWith: 'z' }, key: 'L' }] }],
      },
    ];
    assert.deepEqual(drive(rules, ['a-z'], { role: 'task' }).results, { K: 'a-z', L: 'a-z' });
  });

  it('a check at the root is a validation error', () => {
    assert.throws(() => compileTree([{ check: 'otherwise' }]), /at the root/);
  });

  it('D2 counts per result list, from 1, and starts again after a fire', () => {
    const rules: RuleDefinition[] = [
      {
        receive: null,
        key: 'D2',
        keyFormat: true,
        iterations: 'forever',
        rules: [{ check: { equal: 'go' }, fire: true }],
      },
    ];
    const { fires } = drive(rules, ['a', 'b', 'go', 'c', 'go']);
    assert.deepEqual(
      fires.map(({ results }) => results),
      [
        { '01': 'a', '02': 'b', '03': 'go' },
        { '01': 'c', '02': 'go' },
      ],
    );
  });

  it('a fire happens before the children, with a snapshot that includes the current message', () => {
    const { effects, fires } = drive(
      [{ receive: null, key: 'K', fire: true, rules: [{ send: 'child' }] }],
      ['m'],
    );
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['receive', 'processed', 'fire', 'send', 'processed', 'close'],
    );
    assert.deepEqual(fires, [{ text: 'm', results: { K: 'm' } }]);
  });

  it('unfired results are discarded and logged', () => {
    assert.equal(drive([{ receive: null, key: 'K' }], ['m']).discarded, 1);
    assert.equal(drive([{ receive: null, key: 'K' }], ['m'], { role: 'task' }).discarded, 0);
  });

  it('force exit ends remaining iterations at once', () => {
    assert.deepEqual(drive([{ send: 'a', iterations: 5, exit: 'success' }]).sent, ['a']);
    assert.deepEqual(
      drive([{ send: 'a', iterations: 5, rules: [{ send: 'b', iterations: 5, exit: 'success' }] }]).sent,
      ['a', 'b'],
    );
  });

  it('a receive that times out fails the run', () => {
    const { outcome } = drive([{ receive: 2, iterations: 'forever' }], ['x', 'TIMEOUT']);
    assert.equal(outcome?.result, 'failure');
    assert.equal(outcome?.reason, 'timeout');
    assert.deepEqual(outcome?.error?.details, { rule: 'Receive (*)', limit: 2_000 });
  });

  it("the peer's close is a clean end at an endless or timeout-0 receive, else a failure", () => {
    const end = (rule: RuleDefinition) => drive([rule], ['LEFT']).outcome?.result;
    assert.equal(end({ receive: null, iterations: 'forever' }), 'success');
    assert.equal(end({ receive: 0 }), 'success');
    assert.equal(end({ receive: null }), 'failure');
    assert.equal(end({ receive: 3, iterations: 2 }), 'failure');
  });

  it('iterations are -1 or at least 1', () => {
    for (const iterations of [0, -2, 1.5]) {
      assert.throws(() => compileTree([{ send: 'a', iterations }]), /whole number from 1/);
    }
  });

  it("the test console's maximum caps each rule", () => {
    const rules: RuleDefinition[] = [
      { send: 'a', iterations: 'forever', rules: [{ send: 'b', iterations: 9 }] },
      { send: 'c', iterations: 2 },
    ];
    assert.equal(drive(rules, [], { maxIterations: 3 }).sent.join(''), 'abbbabbbabbbcc');
  });
});

describe('the demo', () => {
  const task = parseRules(demoTask, 'task').rules;
  const trigger = parseRules(demoTrigger, 'trigger').rules;

  it('client: shakes hands until the heartbeat, then instructs', () => {
    const { sent, outcome, results } = drive(task, ['Wait', 'Wait', 'Heartbeat'], { role: 'task' });
    assert.deepEqual(sent, ['Handshake', 'Handshake', 'Handshake', 'Some instruction']);
    assert.equal(outcome?.result, 'success');
    assert.deepEqual(results, { INSTRUCTION: 'Some instruction' });
  });

  it('client: anything else is a failure', () => {
    assert.equal(drive(task, ['?'], { role: 'task' }).outcome?.result, 'failure');
  });

  it('server: answers and fires, again and again', () => {
    const { sent, fires, outcome } = drive(trigger, ['Handshake', 'Do', 'Handshake', 'This', 'LEFT']);
    assert.deepEqual(sent, ['Heartbeat', 'Heartbeat']);
    assert.deepEqual(fires, [
      { text: 'Do', results: { INSTRUCTION: 'Do' } },
      { text: 'This', results: { INSTRUCTION: 'This' } },
    ]);
    assert.deepEqual(outcome, { result: 'success', reason: 'left', rule: 'Receive (*)' });
  });

  it('server: anything but a handshake is a failure', () => {
    assert.equal(drive(trigger, ['Hello']).outcome?.error?.code, 'EXIT_FAILURE');
  });
});

describe('an exchange', () => {
  it('throws for an event that must not occur, and ignores those that come after its end', () => {
    const { exchange } = drive([{ receive: null }]);
    assert.throws(() => exchange.step({ type: 'elapsed' }), { code: 'EVENT_IMPOSSIBLE' });
    assert.throws(() => exchange.step({ type: 'started' }), { code: 'EVENT_IMPOSSIBLE' });
    assert.equal(exchange.step({ type: 'stop', reason: 'a person' }).at(-1)?.type, 'close');
    assert.deepEqual(exchange.step({ type: 'received', message: message('late') }), []);
  });
});

it('a defect of a rule ends its exchange, not the service', () => {
  const { exchange } = drive([{ receive: null, rules: [{ check: { equal: 'a' } }] }]);
  const broken = { direction: 'received', bytes: Buffer.alloc(0) } as unknown as ReturnType<typeof message>;
  Object.defineProperty(broken, 'text', {
    get() {
      throw new Error('defect');
    },
  });
  const effects = exchange.step({ type: 'received', message: broken });
  assert.equal(effects.at(-1)?.type, 'close');
  assert.equal(exchange.outcome?.error?.code, 'HANDLER_FAILED');
});
