import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type KeptDownlink, type Store, storeLimits } from '@fairlead/store';
import { FakeClock } from '@fairlead/testkit';
import { freshStore } from '../helpers.ts';

const NOW = new FakeClock().now();
const limits = storeLimits.values;

function deviceOf(store: Store, name: string) {
  return store.devices.get(name) ?? store.devices.add({ name }).device;
}

function entry(store: Store, name: string, more: Partial<KeptDownlink> = {}): Omit<KeptDownlink, 'id'> {
  const { id } = deviceOf(store, name);
  return {
    device: name,
    deviceId: id,
    owner: id,
    kind: 'attributes',
    json: '{"a":1}',
    delivery: 'at-most-once',
    state: 'queued',
    createdAt: NOW,
    expiresAt: NOW + 1_000,
    attempts: 0,
    answerable: false,
    ...more,
  };
}

const finished = (downlink: KeptDownlink, at = NOW): KeptDownlink => ({
  ...downlink,
  state: 'written',
  finishedAt: at,
});

describe('the ledger', () => {
  test('keeps what it was given over a restart, in its order', async (t) => {
    const { store, reopen } = freshStore(t);
    const puts = await Promise.all(
      [1, 2, 3].map((n) => store.downlinks.put(entry(store, 'a', { json: `{"n":${n}}` }))),
    );
    const [first, second] = puts.map(({ downlink }) => downlink) as [KeptDownlink, KeptDownlink];
    assert.equal(await store.downlinks.save({ ...first, state: 'attempted', attempts: 1 }, 'queued'), true);
    const after = await reopen();
    assert.deepEqual(await after.downlinks.next(first.owner), second);
    assert.deepEqual(await after.downlinks.begun(), [{ ...first, state: 'attempted', attempts: 1 }]);
    assert.deepEqual(after.downlinks.stats(), { unfinished: 3, finished: 0 });
    assert.equal(await after.downlinks.next('nobody'), undefined);
  });

  test('changes an entry only from the state that the caller knows', async (t) => {
    const { store } = freshStore(t);
    const { downlink } = await store.downlinks.put(entry(store, 'a'));
    const both = await Promise.all([
      store.downlinks.save({ ...downlink, state: 'cancelled', finishedAt: NOW }, 'queued'),
      store.downlinks.save({ ...downlink, state: 'attempted' }, 'queued'),
    ]);
    assert.deepEqual(both, [true, false]);
    assert.equal((await store.downlinks.get(downlink.id))?.state, 'cancelled');
    assert.deepEqual(store.downlinks.stats(), { unfinished: 0, finished: 1 });
  });

  test('has one entry for a key of a device, also when both come at once', async (t) => {
    const { store } = freshStore(t);
    const put = (name: string) => store.downlinks.put(entry(store, name, { key: 'k' }));
    const [one, two, other] = await Promise.all([put('a'), put('a'), put('b')]);
    assert.deepEqual([one.added, two.added, other.added], [true, false, true]);
    assert.equal(one.downlink.id, two.downlink.id);
    await store.downlinks.save(finished(one.downlink), 'queued');
    assert.equal((await put('a')).added, false);
  });

  test('is bounded for a device; what does not fit leaves the others of its group alone', async (t) => {
    const { store } = freshStore(t);
    const all = await Promise.allSettled(
      Array.from({ length: limits.downlinksPerDevice + 1 }, () => store.downlinks.put(entry(store, 'a'))),
    );
    const refused = all.filter((each) => each.status === 'rejected');
    assert.deepEqual(
      refused.map(({ reason }) => reason.code),
      ['DOWNLINKS_FULL'],
    );
    assert.equal((await store.downlinks.put(entry(store, 'b'))).added, true);
    assert.equal(store.downlinks.stats().unfinished, limits.downlinksPerDevice + 1);
  });

  test('tells what has expired, and when the next one does', async (t) => {
    const { store } = freshStore(t);
    assert.equal(await store.downlinks.nextExpiry(), undefined);
    const { downlink } = await store.downlinks.put(entry(store, 'a'));
    await store.downlinks.put(entry(store, 'a', { expiresAt: NOW + 2_000 }));
    assert.equal(await store.downlinks.nextExpiry(), NOW + 1_000);
    assert.deepEqual(await store.downlinks.expired(NOW + 999), []);
    assert.deepEqual(await store.downlinks.expired(NOW + 1_000), [downlink]);
  });

  test('is looked through by device, state and time, page by page', async (t) => {
    const { store } = freshStore(t);
    for (const n of [0, 1, 2, 3])
      await store.downlinks.put(entry(store, n % 2 === 0 ? 'a' : 'b', { createdAt: NOW + n, json: `${n}` }));
    const found = async (query: object) =>
      (await store.downlinks.list({ limit: 10, ...query })).map(({ json }) => Number(json));
    assert.deepEqual(await found({}), [3, 2, 1, 0]);
    assert.deepEqual(await found({ device: 'a' }), [2, 0]);
    assert.deepEqual(await found({ state: 'failed' }), []);
    assert.deepEqual(await found({ since: NOW + 1, until: NOW + 3 }), [2, 1]);
    const [first] = await store.downlinks.list({ limit: 1 });
    assert.deepEqual(await found({ before: first?.id, limit: 2 }), [2, 1]);
  });

  test('loses what was for a device that is removed', async (t) => {
    const { store } = freshStore(t);
    const { downlink } = await store.downlinks.put(entry(store, 'a'));
    store.devices.remove('a');
    assert.deepEqual(store.downlinks.stats(), { unfinished: 0, finished: 0 });
    assert.equal(await store.downlinks.save({ ...downlink, state: 'attempted' }, 'queued'), false);
    assert.equal(await store.downlinks.next(downlink.owner), undefined);
    await assert.rejects(store.downlinks.put({ ...downlink }), { code: 'STORE_FAILED' });
  });

  test('forgets what is finished, by its age', async (t) => {
    const { store, clock } = freshStore(t);
    const old = await store.downlinks.put(entry(store, 'a'));
    await store.downlinks.save(finished(old.downlink, clock.now()), 'queued');
    await clock.advance(limits.downlinksFinishedAge + limits.downlinksPrune);
    const young = await store.downlinks.put(entry(store, 'a'));
    await store.downlinks.save(finished(young.downlink, clock.now()), 'queued');
    assert.deepEqual(
      (await store.downlinks.list({ limit: 9 })).map(({ id }) => id),
      [young.downlink.id],
    );
    assert.equal(store.downlinks.stats().finished, 1);
  });
});

test('the order stays when the clock is set back and the service starts again', async (t) => {
  const { store, reopen } = freshStore(t);
  for (const n of [1, 2]) await store.downlinks.put(entry(store, 'a', { json: `{"n":${n}}` }));
  const back = new FakeClock();
  await back.advance(-86_400_000);
  const again = await reopen({ clock: back });
  await again.downlinks.put(entry(again, 'a', { json: '{"n":3}' }));
  const listed = await again.downlinks.list({ device: 'a', limit: 10 });
  assert.deepEqual(
    listed.map(({ json }) => json),
    ['{"n":3}', '{"n":2}', '{"n":1}'],
  );
});
