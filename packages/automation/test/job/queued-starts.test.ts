import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors } from '@fairlead/core';
import { eventually, freePort, settled } from '@fairlead/testkit';
import { open, results } from '../house.ts';
import { Caller } from '../live/peer.ts';
import { MemoryStore } from '../memory-store.ts';

const secret = 'a text that nobody should read';
const definition = {
  steps: [{ publish: { topic: 't', payload: '{{var.order}} {{result.K | none}}' } }],
};

/** A publication that does not end before its service does. */
const endless = (_topic: string, _payload: string, _retain: boolean, signal: AbortSignal) =>
  new Promise<void>((_, reject) => {
    signal.addEventListener('abort', () => reject(coreErrors.error('ABORTED')), { once: true });
  });

/** A house with one run that does not end, and three that wait. */
async function stuck(store: MemoryStore) {
  const house = await open({ store, publish: endless });
  await house.automation.put('job', 'job', definition);
  const ids = ['1', '2', '3', '4'].map(
    (order) => house.automation.startJob('job', { variables: { order: `${order} ${secret}` } }).id,
  );
  await settled();
  return { house, ids };
}

const orders = (published: string[]) => published.map((line) => line.slice(2, 3));

describe('starts of a job that wait for their turn', () => {
  it('survive that the service is stopped: in order, with what they were given', async () => {
    const store = new MemoryStore();
    const { house, ids } = await stuck(store);
    await house.automation.close();
    assert.equal(store.waitingRows.size, 3);
    for (const row of store.waitingRows.values()) assert.ok(!Buffer.from(row).includes(secret));
    await using after = await open({ store });
    await eventually(() => after.published.length === 3, 'they run');
    await settled();
    assert.deepEqual(orders(after.published), ['2', '3', '4']);
    assert.ok(after.published.every((line) => line.includes(secret)));
    assert.deepEqual(
      ids.map((id) => after.automation.run(id)?.result),
      ['stopped', 'success', 'success', 'success'],
    );
    assert.equal(store.waitingRows.size, 0);
    await after.automation.close();
    await using again = await open({ store });
    await settled();
    assert.deepEqual(again.published, [], 'and run once');
  });

  it('survive that it dies; what ran is marked as interrupted', async () => {
    const store = new MemoryStore();
    const { house, ids } = await stuck(store);
    await using after = await open({ store });
    await eventually(() => after.published.length === 3, 'they run');
    await settled();
    assert.deepEqual(orders(after.published), ['2', '3', '4']);
    assert.deepEqual(
      ids.map((id) => after.automation.run(id)?.code),
      ['RUN_INTERRUPTED', undefined, undefined, undefined],
    );
    await house.automation.close();
  });

  it('survive two restarts, and are listed as waiting meanwhile', async () => {
    const store = new MemoryStore();
    const { house, ids } = await stuck(store);
    await house.automation.close();
    const second = await open({ store, publish: endless });
    await settled();
    const [, , third] = ids as [number, number, number];
    assert.deepEqual(
      second.automation.runs({ kind: 'job', limit: 10 }).map(({ waiting = false }) => waiting),
      [true, true, false, false],
    );
    assert.ok(second.automation.stopRun(third));
    await settled();
    second.automation.runs({ limit: 1 }); // what ended is written
    // The process dies.
    await using after = await open({ store });
    await eventually(() => after.published.length === 1, 'the last one runs');
    await settled();
    assert.deepEqual(orders(after.published), ['4'], 'and the one that a person stopped does not');
    assert.deepEqual(
      ids.map((id) => after.automation.run(id)?.result),
      ['stopped', 'interrupted', 'stopped', 'success'],
    );
    await second.automation.close();
  });

  it('of a job that was removed fail with a reason', async () => {
    const store = new MemoryStore();
    const { house } = await stuck(store);
    await house.automation.remove('job', 'job');
    await house.automation.close();
    await using after = await open({ store });
    await settled();
    assert.deepEqual(results(after.automation), [
      'DEFINITION_UNKNOWN',
      'DEFINITION_UNKNOWN',
      'DEFINITION_UNKNOWN',
      'RUN_STOPPED',
    ]);
    assert.equal(store.waitingRows.size, 0);
  });

  it('of a job that skips or has a shorter queue by now run all the same: they were accepted', async () => {
    for (const change of [{ concurrency: 'skip' }, { queue: 1 }, { concurrency: 'parallel', parallel: 2 }]) {
      const store = new MemoryStore();
      const { house } = await stuck(store);
      await house.automation.put('job', 'job', { ...definition, ...change });
      await house.automation.close();
      await using after = await open({ store });
      await eventually(() => after.published.length === 3, 'they run');
    }
  });

  it('come before what a trigger fires first', async () => {
    const store = new MemoryStore();
    const port = await freePort();
    const { house } = await stuck(store);
    await house.automation.put('trigger', 'door', {
      connection: { port },
      rules: [{ receive: 0, key: 'K', fire: true }],
    });
    await house.automation.put('job', 'job', {
      ...definition,
      on: [{ trigger: 'door' }],
      variables: { order: 'fired' },
    });
    await house.automation.close();
    await using after = await open({ store });
    await using caller = new Caller(port);
    caller.say('hello');
    await eventually(() => after.published.length === 4, 'all run');
    assert.match(after.published[3] as string, /^t fired hello/);
  });

  it('keep the messages of what fired', async () => {
    const store = new MemoryStore();
    const port = await freePort();
    const { house } = await stuck(store);
    const { automation } = house;
    await automation.put('trigger', 'door', {
      connection: { port },
      rules: [{ receive: 0, key: 'K', fire: true }],
    });
    await automation.put('job', 'job', {
      ...definition,
      on: [{ trigger: 'door' }],
      variables: { order: 'f' },
    });
    await using caller = new Caller(port);
    caller.say('hello');
    await eventually(() => store.waitingRows.size === 4, 'it waits');
    await automation.close();
    await using after = await open({ store });
    await eventually(() => after.published.length === 4, 'all run');
    assert.match(after.published[3] as string, /^t f hello/);
  });

  it('that a step of another job waits for end with that job', async () => {
    const store = new MemoryStore();
    const { house } = await stuck(store);
    await house.automation.put('job', 'outer', { steps: [{ job: 'job' }] });
    house.automation.startJob('outer');
    await settled();
    assert.equal(store.waitingRows.size, 3);
    await house.automation.close();
    await using after = await open({ store });
    await eventually(() => after.published.length === 3, 'they run');
    assert.deepEqual(results(after.automation, 'outer'), ['RUN_STOPPED']);
  });
});
