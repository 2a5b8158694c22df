import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freshStore } from '../helpers.ts';

const id = (text: string) => Buffer.from(text);
const run = (number: number, endedAt?: number) => ({
  id: number,
  kind: 'task' as const,
  subject: id(number % 2 === 0 ? 'even' : 'odd'),
  startedAt: number,
  endedAt,
  result: endedAt === undefined ? undefined : 'success',
  body: id(`run ${number}`),
});

describe('definitions', () => {
  it('are kept by kind and id, over a restart', async (t) => {
    const { store, reopen, clock } = freshStore(t);
    store.automation.putDefinition({ kind: 'task', id: id('a'), body: id('1') });
    store.automation.putDefinition({ kind: 'task', id: id('a'), body: id('2') });
    store.automation.putDefinition({ kind: 'job', id: id('a'), body: id('3') });
    const { automation } = await reopen();
    assert.deepEqual(
      automation.definitions('task').map(({ body, changedAt }) => [Buffer.from(body).toString(), changedAt]),
      [['2', clock.now()]],
    );
    assert.equal(Buffer.from(automation.definition('job', id('a'))?.body ?? []).toString(), '3');
    assert.ok(automation.removeDefinition('job', id('a')));
    assert.ok(!automation.removeDefinition('job', id('a')));
    assert.equal(automation.definition('job', id('a')), undefined);
  });

  it('when a schedule last ran goes with its job', (t) => {
    const { store } = freshStore(t);
    const { automation } = store;
    automation.putDefinition({ kind: 'job', id: id('a'), body: id('1') });
    automation.setScheduledAt(id('a'), 5);
    automation.setScheduledAt(id('a'), 7);
    assert.equal(automation.scheduledAt(id('a')), 7);
    automation.removeDefinition('job', id('a'));
    assert.equal(automation.scheduledAt(id('a')), undefined);
  });
});

describe('runs', () => {
  it('begin and end, and are listed newest first', async (t) => {
    const { store, reopen } = freshStore(t);
    store.automation.putRuns([run(1), run(2), run(3, 9)], 10);
    store.automation.putRuns([run(2, 8)], 10);
    const { automation } = await reopen();
    const ids = (query: Parameters<typeof automation.runs>[0]) => automation.runs(query).map((one) => one.id);
    assert.deepEqual(ids({ limit: 10 }), [3, 2, 1]);
    assert.deepEqual(ids({ limit: 1 }), [3]);
    assert.deepEqual(ids({ limit: 10, before: 3 }), [2, 1]);
    assert.deepEqual(ids({ limit: 10, kind: 'job' }), []);
    const started = automation.run(2)?.startedAt ?? 0;
    assert.deepEqual(ids({ limit: 10, since: started }), [3, 2]);
    assert.deepEqual(ids({ limit: 10, until: started }), [1]);
    assert.deepEqual(ids({ limit: 10, kind: 'task', since: started, until: started }), []);
    assert.deepEqual(ids({ limit: 10, kind: 'task', subject: id('odd') }), [3, 1]);
    assert.deepEqual(
      automation.openRuns().map((one) => one.id),
      [1],
    );
    assert.deepEqual([automation.run(2)?.endedAt, automation.run(2)?.result], [8, 'success']);
    assert.equal(automation.run(4), undefined);
  });

  it('what they did is read of one alone, never of a list', async (t) => {
    const { store, reopen } = freshStore(t);
    store.automation.putRuns([{ ...run(1), detail: id('begun') }, run(2, 9)], 10);
    store.automation.putRuns([{ ...run(1, 9), detail: id('done') }], 10);
    const { automation } = await reopen();
    assert.equal(Buffer.from(automation.run(1)?.detail ?? []).toString(), 'done');
    assert.ok(!('detail' in (automation.run(2) ?? {})));
    for (const query of [{}, { kind: 'task' as const }, { kind: 'task' as const, subject: id('odd') }])
      for (const one of automation.runs({ limit: 10, ...query })) assert.ok(!('detail' in one));
  });

  it('of each kind so many are kept, whatever the others do', (t) => {
    const { automation } = freshStore(t).store;
    automation.putRuns([{ ...run(1, 9), kind: 'job' }], 2);
    for (let number = 2; number < 9; number++)
      automation.putRuns([{ ...run(number, 9), kind: 'trigger' }], 2);
    assert.deepEqual(
      automation.runs({ limit: 10 }).map((one) => one.id),
      [8, 7, 1],
    );
  });

  it('a hundredth more may stay for a while', (t) => {
    const { automation } = freshStore(t).store;
    const count = () => automation.runs({ limit: 1_000 }).length;
    for (let number = 1; number <= 502; number++) automation.putRuns([run(number, 9)], 500);
    assert.ok(count() >= 500 && count() <= 505, String(count()));
    for (let number = 503; number <= 520; number++) automation.putRuns([run(number, 9)], 500);
    assert.ok(count() >= 500 && count() <= 505, String(count()));
  });

  it('the oldest leave, those that go on stay, and ids are never used again', async (t) => {
    const { store, reopen } = freshStore(t);
    store.automation.putRuns([run(1), ...[2, 3, 4, 5].map((number) => run(number, 9))], 2);
    assert.deepEqual(
      store.automation.runs({ limit: 10 }).map((one) => one.id),
      [5, 4, 1],
    );
    store.automation.putRuns([run(6, 9)], 0);
    const { automation } = await reopen();
    assert.deepEqual(
      automation.runs({ limit: 10 }).map((one) => one.id),
      [1],
    );
    assert.equal(automation.lastRunId(), 6);
  });
});

it('starts that wait are kept in their order, over a restart, until they are removed', async (t) => {
  const { store, reopen } = freshStore(t);
  for (const number of [3, 1, 2]) store.automation.putWaiting(number, id(`start ${number}`));
  store.automation.putWaiting(1, id('start one'));
  store.automation.removeWaiting(2);
  const { automation } = await reopen();
  assert.deepEqual(automation.waitingRuns(), [1, 3]);
  assert.equal(Buffer.from(automation.waiting(1) ?? []).toString(), 'start one');
  assert.equal(automation.waiting(2), undefined);
});
