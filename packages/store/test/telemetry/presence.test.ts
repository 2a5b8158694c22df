import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeLimits } from '@fairlead/store';
import { freshStore } from '../helpers.ts';

test('the last that was heard', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  assert.equal(store.presence.get('a'), undefined);
  assert.equal(store.presence.get('b'), undefined);
  store.observer().status({ device, status: 'online', since: 10 });
  assert.deepEqual(store.presence.get('a'), { status: 'online', since: 10, code: undefined });
  store.observer().status({ device, status: 'offline', since: 20, code: 'IDLE_TIMEOUT' });
  store.flush();
  assert.deepEqual(store.presence.get('a'), { status: 'offline', since: 20, code: 'IDLE_TIMEOUT' });
  assert.deepEqual(store.presence.stale(), []);
});

test('how many are in which state is counted by the code of why', (t) => {
  const { store } = freshStore(t);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => store.devices.add({ name }).device);
  store.devices.add({ name: 'never' });
  assert.ok(a && b && c);
  const observer = store.observer();
  for (const device of [a, b, c]) observer.status({ device, status: 'online', since: 10 });
  for (const device of [b, c])
    observer.status({ device, status: 'offline', since: 20, code: 'IDLE_TIMEOUT' });
  store.flush();
  const counts = store.presence.counts().sort((one, two) => one.n - two.n);
  assert.deepEqual(counts, [
    { status: 'online', code: undefined, n: 1 },
    { status: 'offline', code: 'IDLE_TIMEOUT', n: 2 },
  ]);
});

test('a change is written within a second', async (t) => {
  const { store, clock } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.observer().status({ device, status: 'online', since: 10 });
  assert.equal(store.stats().presence.waiting, 1);
  await clock.advance(storeLimits.values.flushInterval);
  assert.equal(store.stats().presence.waiting, 0);
});

test('what an earlier process left as online is offline, and is told until it was announced', async (t) => {
  const { store, reopen, clock } = freshStore(t);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => store.devices.add({ name }).device);
  assert.ok(a && b && c && d);
  const first = store.observer();
  for (const device of [a, b, c, d]) first.status({ device, status: 'online', since: 10 });
  first.status({ device: b, status: 'offline', since: 20 });
  await clock.advance(5_000);
  const second = await reopen();
  const offline = { status: 'offline', since: clock.now(), code: 'PRESENCE_STALE' } as const;
  assert.deepEqual(second.presence.get('a'), offline);
  second.devices.remove('d');
  assert.deepEqual(second.presence.stale(), [
    { device: a, ...offline },
    { device: c, ...offline },
  ]);
  // Not announced: the process dies before. The next one tells it again.
  const third = await reopen();
  assert.equal(third.presence.stale().length, 2);
  // One comes back before the correction, the other is announced.
  third.observer().status({ device: c, status: 'online', since: clock.now() });
  for (const change of third.presence.stale()) third.observer().status(change);
  assert.deepEqual(third.presence.stale(), []);
  assert.deepEqual(third.presence.get('a'), offline);
  assert.equal(third.presence.get('c')?.status, 'online');
  const fourth = await reopen();
  assert.deepEqual(
    fourth.presence.stale().map(({ device }) => device.name),
    ['c'],
  );
});

test('beyond the bound of what may wait the change that waits longest is dropped and counted', (t) => {
  const { store } = freshStore(t);
  const bound = storeLimits.values.presencePending;
  for (let i = 0; i < bound + 2; i++)
    store.observer().status({ device: { id: `id${i}`, name: `d${i}` }, status: 'online', since: i });
  assert.deepEqual(store.stats().presence, { waiting: bound, dropped: 2 });
});
