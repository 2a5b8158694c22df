import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@fairlead/core';
import { FakeClock } from '@fairlead/testkit';
import { RunHistory } from '../../src/history/run-history.ts';
import { automationLimits } from '../../src/limits.ts';
import { Vault } from '../../src/secret/vault.ts';
import { MemoryStore } from '../memory-store.ts';

function make(store = new MemoryStore(), keep?: number) {
  const clock = new FakeClock();
  const logged: string[] = [];
  const warned: object[] = [];
  const log = {
    ...silentLog,
    warn: (fields: object) => void warned.push(fields),
    error: (_: object, text: string) => void logged.push(text),
  };
  return {
    warned,
    clock,
    store,
    logged,
    history: new RunHistory(store, new Vault(Buffer.alloc(32, 7)), { clock, log, keep }),
  };
}

describe('the history', () => {
  it('writes runs of clients in batches, ten a second', async () => {
    const { clock, store, history } = make();
    for (const peer of ['a', 'b', 'c'])
      history.end(history.begin('trigger', 'door', peer, false), { result: 'success' });
    assert.equal(store.runRows.size, 0);
    assert.equal(history.get(3)?.cause, 'c', 'and knows them before');
    await clock.advance(100);
    assert.equal(store.runRows.size, 3);
    assert.deepEqual([clock.pending, history.get(3)?.result], [0, 'success']);
  });

  it('writes the begin of tasks and jobs at once, so that a crash leaves a trace', () => {
    const { store, history } = make();
    history.begin('job', 'nightly', 'manual', true);
    assert.equal(store.openRuns().length, 1);
  });

  it('a crash in the middle of a client: its record says so, with what was known', async () => {
    const { clock, store, history } = make();
    const id = history.begin('trigger', 'door', '127.0.0.1:5', false);
    await clock.advance(100);
    const { history: later } = make(store);
    assert.equal(later.recover(), 1);
    const { result, code, cause, endedAt } = later.get(id) ?? {};
    assert.deepEqual([result, code, cause], ['interrupted', 'RUN_INTERRUPTED', '127.0.0.1:5']);
    assert.notEqual(endedAt, undefined);
    assert.deepEqual([...later.ended], [['trigger interrupted RUN_INTERRUPTED', 1]]);
    assert.equal(later.recover(), 0);
  });

  it('keeps what the store cannot take, within bounds, tries again, and says so once', async () => {
    class Broken extends MemoryStore {
      broken = true;
      tried = 0;
      override putRuns(...given: Parameters<MemoryStore['putRuns']>): void {
        this.tried++;
        if (this.broken) throw new Error('disk full');
        super.putRuns(...given);
      }
    }
    const store = new Broken();
    const { clock, history, logged, warned } = make(store);
    const { historyPending } = automationLimits.values;
    for (let n = 0; n < historyPending + 10; n++)
      history.end(history.begin('trigger', 'door', 'a', false), { result: 'success' });
    await clock.advance(3_000);
    assert.deepEqual([store.tried, logged.length], [4, 1], 'not for each run that begins');
    store.broken = false;
    await clock.advance(1_000);
    assert.deepEqual(warned, [{ lost: 10 }]);
    assert.equal(store.runRows.size, historyPending, 'the oldest gave way');
    assert.equal(Math.max(...store.runRows.keys()), historyPending + 10);
  });

  it('what runs did that waits to be written takes a bounded part of memory', async () => {
    class Broken extends MemoryStore {
      broken = false;
      override putRuns(...given: Parameters<MemoryStore['putRuns']>): void {
        if (this.broken) throw new Error('disk full');
        super.putRuns(...given);
      }
    }
    const store = new Broken();
    const { clock, history, warned } = make(store);
    const messages = [{ key: 'K', text: 'x'.repeat(100_000) }];
    const run = () =>
      history.end(history.begin('trigger', 'door', 'a', false), { result: 'success', detail: { messages } });
    for (let n = 0; n < 50; n++) run();
    assert.ok(store.runRows.size > 0, 'much is written before its time');
    store.broken = true;
    for (let n = 0; n < 100; n++) run();
    store.broken = false;
    await clock.advance(1_000);
    const { historyPendingBytes } = automationLimits.values;
    const [{ lost = 0 } = {}] = warned as { lost: number }[];
    assert.ok(lost >= 100 - historyPendingBytes / 200_000, `${lost} gave way`);
    assert.equal(store.runRows.size, 150 - lost);
  });

  it('keeps so many runs, and those that go on', () => {
    const { store, history } = make(new MemoryStore(), 3);
    for (let n = 0; n < 5; n++)
      history.end(history.begin('task', 't', 'manual', true), { result: 'success' });
    assert.deepEqual(
      history.list({ limit: 10 }).map(({ id }) => id),
      [5, 4, 3],
    );
    assert.equal(store.runRows.size, 3);
  });

  it('counts on from the last run of an earlier process', () => {
    const store = new MemoryStore();
    make(store).history.begin('task', 't', 'manual', true);
    assert.equal(make(store).history.begin('task', 't', 'manual', true), 2);
  });

  it('lists are without what runs did; a run of an earlier format has it in its body', () => {
    const { store, history } = make();
    const id = history.begin('task', 't', 'manual', true);
    history.end(id, { result: 'success', detail: { output: [], outputDropped: 0 } });
    assert.deepEqual(
      history.list({ limit: 1 }).map((view) => 'detail' in view),
      [false],
    );
    assert.deepEqual(make(store).history.get(id)?.detail, { output: [], outputDropped: 0 });
    const body = new Vault(Buffer.alloc(32, 7)).seal(
      { name: 't', cause: 'manual', detail: { old: true } },
      'run\x009',
    );
    store.putRuns([{ id: 9, kind: 'task', subject: Buffer.alloc(16), startedAt: 0, endedAt: 1, body }], 10);
    assert.deepEqual(make(store).history.get(9)?.detail, { old: true });
  });

  it('a run that another key has sealed stays as it is, and is told', () => {
    const store = new MemoryStore();
    const clock = new FakeClock();
    new RunHistory(store, new Vault(Buffer.alloc(32, 8)), { clock, log: silentLog }).begin(
      'task',
      't',
      'manual',
      true,
    );
    const { history, logged } = make(store);
    assert.equal(history.recover(), 0);
    assert.deepEqual(logged, ['A run of the history cannot be read']);
    const [listed] = history.list({ limit: 1 });
    assert.deepEqual([listed?.id, listed?.name], [1, '(unreadable)']);
    assert.throws(() => history.get(1), { code: 'SECRET_UNREADABLE' });
  });
});
