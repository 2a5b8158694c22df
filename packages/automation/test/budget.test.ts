import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { codePage } from '@fairlead/tcp';
import { eventually } from '@fairlead/testkit';
import { Budget, bytesOf, Share } from '../src/budget.ts';
import { parseConnection } from '../src/connection/schema.ts';
import { Results } from '../src/engine/results.ts';
import { compileTree } from '../src/rules/compile.ts';
import type { Rule } from '../src/rules/tree.ts';
import { Output } from '../src/run/output.ts';
import type { RunRecord } from '../src/run/record.ts';
import { runTask } from '../src/task/run-task.ts';
import { startTrigger } from '../src/trigger/trigger.ts';
import { open, results } from './house.ts';
import { Caller, listenPeer } from './live/peer.ts';

const code = (error: unknown) => isFairleadError(error) && error.code;
const keeping = [{ receive: 0, iterations: 'forever', key: 'K0', keyFormat: true } as const];
const [keeper] = compileTree(keeping).all as [Rule];

describe('the memory of all runs', () => {
  it('is refused to who needs more than is left, and given back by who ends', () => {
    const budget = new Budget(10_000);
    const [a, b] = [new Share(budget), new Share(budget)];
    a.hold(9_000);
    assert.throws(
      () => b.hold(1_001),
      (error) => code(error) === 'RUNS_FULL',
    );
    b.hold(1_000);
    a.end();
    a.end();
    assert.equal(budget.used, 1_000);
    b.hold(9_000);
    b.end();
    assert.equal(budget.used, 0);
  });

  it('counts the result lists of all runs; one that is cleared gives its part back', () => {
    const budget = new Budget(100_000);
    const lists = Array.from({ length: 10 }, () => new Results(new Share(budget)));
    const text = 'x'.repeat(4_000);
    for (const list of lists) list.add(keeper, text);
    assert.throws(
      () => {
        for (const list of lists) list.add(keeper, text);
      },
      (error) => code(error) === 'RUNS_FULL',
    );
    for (const list of lists) list.clear();
    assert.equal(budget.used, 0);
  });

  it('counts a result that is replaced once', () => {
    const budget = new Budget(100_000);
    const list = new Results(new Share(budget));
    const [rule] = compileTree([{ receive: 0, key: 'same' }]).all as [Rule];
    for (let n = 0; n < 100; n++) list.add(rule, 'x'.repeat(n * 10));
    assert.equal(budget.used, bytesOf('same', 'x'.repeat(990)));
  });

  it('loses lines of output before it refuses what runs need', () => {
    const budget = new Budget(100_000);
    const output = new Output(undefined, 1_000, budget);
    for (let time = 0; time < 100; time++)
      output.add({ time, type: 'info', peer: 'p', text: 'x'.repeat(1_000) });
    const { entries, dropped } = output.list();
    assert.equal(entries.length + dropped, 100);
    assert.equal(entries.at(-1)?.time, 99);
    assert.ok(budget.used <= 50_000 && entries.length > 20, `${budget.used} bytes, ${entries.length} lines`);
    const other = new Output(undefined, 1_000, budget);
    other.add({ time: 0, type: 'info', peer: 'p', text: 'x'.repeat(1_000) });
    assert.deepEqual(other.list(), { entries: [], dropped: 1 });
    output.release();
    assert.equal(budget.used, 0);
  });

  it('fails the client that needs more; the others go on, and what ends gives back', async () => {
    const budget = new Budget(2_000_000);
    const records: RunRecord[] = [];
    await using trigger = await startTrigger({
      name: 'door',
      tree: compileTree(
        [{ ...keeping[0], rules: [{ check: { endsWith: '?' }, rules: [{ send: 'yes' }] }] }],
        'trigger',
      ),
      connection: parseConnection({ port: 0, logReceived: false, logSent: false }),
      codePages: codePage,
      budget,
      ended: (record) => records.push(record),
    });
    const port = Number(trigger.address.split(':').at(-1));
    await using modest = new Caller(port);
    modest.say('there?');
    await modest.hear('yes');
    await using greedy = new Caller(port);
    greedy.say('x'.repeat(2_000_000));
    await greedy.end();
    assert.deepEqual(
      records.map(({ result, code }) => [result, code]),
      [['failure', 'RUNS_FULL']],
    );
    modest.say('still there?');
    await modest.hear('yes');
    modest.socket.end();
    await eventually(() => records.length === 2, 'the other ends');
    assert.ok(budget.used < 5_000, `${budget.used} bytes are in use, of lines of output`);
  });

  it('refuses clients for which there is no room, and says why', async () => {
    const refused: string[] = [];
    await using trigger = await startTrigger({
      name: 'door',
      tree: compileTree(keeping, 'trigger'),
      connection: parseConnection({ port: 0, maxClients: 0 }),
      codePages: codePage,
      budget: new Budget(50_000),
      refused: (error) => void refused.push(error.code),
    });
    const port = Number(trigger.address.split(':').at(-1));
    const callers = Array.from({ length: 10 }, () => new Caller(port));
    await eventually(() => refused.length === 7, 'seven are refused');
    const { accepted, clients } = trigger.counters();
    assert.deepEqual([accepted, clients, new Set(refused)], [3, 3, new Set(['RUNS_FULL'])]);
    for (const caller of callers) await caller[Symbol.asyncDispose]();
  });

  it('counts messages that rules wait with', async () => {
    const tree = compileTree([{ receive: 0, rules: [{ receive: 0, rules: [{ receive: 0 }] }] }], 'trigger');
    const budget = new Budget(400_000);
    const records: RunRecord[] = [];
    await using trigger = await startTrigger({
      name: 'door',
      tree,
      connection: parseConnection({ port: 0, framing: 'line', logReceived: false }),
      codePages: codePage,
      budget,
      ended: (record) => records.push(record),
    });
    await using caller = new Caller(Number(trigger.address.split(':').at(-1)));
    caller.say(`${'x'.repeat(60_000)}\n${'x'.repeat(60_000)}\n${'x'.repeat(60_000)}\n`);
    await eventually(() => records.length === 1, 'it ends');
    assert.equal(records[0]?.code, 'RUNS_FULL');
  });

  it('fails a task whose peer sends more', async () => {
    await using peer = await listenPeer((socket) => socket.write('x'.repeat(1_000_000)));
    const budget = new Budget(500_000);
    const record = await runTask({
      tree: compileTree(keeping),
      connection: parseConnection({ port: peer.port }),
      codePages: codePage,
      budget,
    });
    assert.equal(record.code, 'RUNS_FULL');
    assert.equal(budget.used, 0);
  });

  it('refuses a job whose inputs do not fit, and counts those that wait', async () => {
    await using house = await open({ memory: 1_000_000 });
    const { automation } = house;
    await automation.put('job', 'job', { steps: [{ publish: { topic: 't', payload: '{{var.text}}' } }] });
    const started = Array.from({ length: 10 }, () =>
      automation.startJob('job', { variables: { text: 'x'.repeat(100_000) } }),
    );
    await Promise.all(started.map(({ ended }) => ended));
    const ends = results(automation);
    assert.deepEqual(new Set(ends), new Set(['success', 'RUNS_FULL']));
    const { ended } = automation.startJob('job', { variables: { text: 'x'.repeat(400_000) } });
    assert.equal(await ended, undefined);
  });
});

describe('a service with a small heap', () => {
  it('outlives clients that leave more than it has memory for', async () => {
    const file = new URL('./live/small-heap.ts', import.meta.url).pathname;
    const flags = ['--max-old-space-size=96', '--conditions=fairlead-source'];
    const child = spawn(process.execPath, [...flags, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = await once(child.stdout, 'data');
      const port = Number(String(line));
      const many = Array.from({ length: 30 }, () => new Caller(port));
      let lines = 0;
      const chunk = () => Array.from({ length: 64 }, () => `${lines++}`.padEnd(1_023, 'x')).join('\n');
      for (const { socket } of many) for (let n = 0; n < 128; n++) socket.write(`${chunk()}\n`);
      // Some are failed; the others hold what fits.
      await eventually(() => child.exitCode !== null || many.some(({ closed }) => closed), 'one is failed');
      for (const caller of many) {
        if (!caller.closed) caller.socket.end();
        await caller.end();
      }
      await using caller = new Caller(port);
      caller.say('ping\n');
      await caller.hear('pong');
      assert.equal(child.exitCode, null);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
