import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeLimits } from '@fairlead/store';
import { freshStore, recordingLog, uplink } from '../helpers.ts';

const limits = storeLimits.values;

test('messages are listed newest first, by device, by kind and in pages', (t) => {
  const { store } = freshStore(t);
  const a = store.devices.add({ name: 'a' }).device;
  const b = store.devices.add({ name: 'b' }).device;
  store
    .observer()
    .uplinks([
      uplink(a, { n: 1 }, { time: 10 }),
      uplink(b, { n: 2 }, { time: 20 }),
      uplink(a, { n: 3 }, { time: 30, kind: 'events' }),
      { device: a, kind: 'raw', time: 40, payload: Uint8Array.of(0, 255) },
    ]);
  const all = store.messages.list();
  assert.deepEqual(
    all.map(({ device, kind, time, size }) => [device, kind, time, size]),
    [
      ['a', 'raw', 40, 2],
      ['a', 'events', 30, 7],
      ['b', 'attributes', 20, 7],
      ['a', 'attributes', 10, 7],
    ],
  );
  assert.deepEqual(all[0]?.payload, Uint8Array.of(0, 255));
  assert.equal(Buffer.from(all[1]?.payload ?? []).toString(), '{"n":3}');
  const times = (page: Parameters<typeof store.messages.list>[0]) =>
    store.messages.list(page).map(({ time }) => time);
  assert.deepEqual(times({ device: 'a' }), [40, 30, 10]);
  assert.deepEqual(times({ device: 'a', kind: 'events' }), [30]);
  assert.deepEqual(times({ kind: 'attributes' }), [20, 10]);
  assert.deepEqual(times({ limit: 2 }), [40, 30]);
  assert.deepEqual(times({ limit: 2, before: all[1]?.id }), [20, 10]);
  assert.deepEqual(times({ device: 'nobody' }), []);
});

test('the log is a ring: the oldest leave', async (t) => {
  const { store, reopen } = freshStore(t, { messages: { keep: 10 } });
  const { device } = store.devices.add({ name: 'a' });
  for (let n = 0; n < 25; n++) store.observer().uplinks([uplink(device, { n }, { time: n })]);
  const times = () => store.messages.list().map(({ time }) => time);
  assert.deepEqual(times(), [24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
  const after = await reopen({ messages: { keep: 3 } });
  after.observer().uplinks([uplink(device, {}, { time: 25 })]);
  assert.deepEqual(
    after.messages.list().map(({ time }) => time),
    [25, 24, 23],
  );
});

test('turned off, nothing is kept and what was kept is removed', async (t) => {
  const { store, reopen, clock } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.observer().uplinks([uplink(device, {}, { kind: 'raw' })]);
  const after = await reopen({ messages: { keep: 0 } });
  after.observer().uplinks([uplink(device, {}, { kind: 'raw' })]);
  assert.equal(clock.pending, 0);
  assert.deepEqual(after.messages.list(), []);
  assert.equal(after.stats().messages.enabled, false);
});

test('messages are written within a second, and many at once before that', async (t) => {
  const { store, clock } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const observer = store.observer();
  observer.uplinks([uplink(device, {})]);
  await clock.advance(limits.flushInterval - 1);
  assert.deepEqual([store.stats().messages.waiting, store.stats().messages.written], [1, 0]);
  await clock.advance(1);
  assert.deepEqual([store.stats().messages.waiting, store.stats().messages.written], [0, 1]);
  observer.uplinks(Array.from({ length: limits.messagesBatch }, () => uplink(device, {})));
  assert.equal(store.stats().messages.written, 1, 'never in the call that hands them over');
  await clock.advance(0);
  assert.equal(store.stats().messages.written, 1 + limits.messagesBatch);
});

test('beyond the bound of what may wait the oldest are dropped and counted', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const observer = store.observer();
  for (let n = 0; n < limits.messagesPending + 5; n++) observer.uplinks([uplink(device, { n }, { time: n })]);
  assert.deepEqual(
    [store.stats().messages.waiting, store.stats().messages.dropped],
    [limits.messagesPending, 5],
  );
  store.flush();
  const { messages } = store.stats();
  assert.deepEqual([messages.waiting, messages.written], [0, limits.messagesPending]);
  assert.equal(store.messages.list({ before: 2 })[0]?.time, 5);
});

test('what may wait is bounded in bytes too', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const payload = new Uint8Array(2 ** 20);
  const fits = limits.messagesPendingBytes / payload.length;
  for (let n = 0; n < fits + 3; n++) store.observer().uplinks([{ device, kind: 'raw', time: n, payload }]);
  assert.deepEqual([store.stats().messages.waiting, store.stats().messages.dropped], [fits, 3]);
});

test('a long message is kept cut, with its size', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const payload = Buffer.alloc(limits.messagePayload + 7, 'x');
  store.observer().uplinks([{ device, kind: 'raw', time: 1, payload }]);
  const [message] = store.messages.list();
  assert.equal(message?.size, limits.messagePayload + 7);
  assert.equal(message?.payload.length, limits.messagePayload);
});

test('a time that no date can have does not hold up the others', (t) => {
  const { store, clock } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const times = [Number.NaN, Number.POSITIVE_INFINITY, 1e300, 1.7, -5];
  store.observer().uplinks(times.map((time) => uplink(device, {}, { time })));
  assert.deepEqual(
    store.messages.list().map(({ time }) => time),
    [-5, 1, clock.now(), clock.now(), clock.now()],
  );
});

test('while writing fails the log shows what it has', (t) => {
  const log = recordingLog();
  const { store } = freshStore(t, { maxSize: 256 * 1_024, log });
  const { device } = store.devices.add({ name: 'a' });
  const observer = store.observer();
  observer.uplinks([uplink(device, {}, { time: 1 })]);
  assert.equal(store.messages.list().length, 1);
  const payload = new Uint8Array(limits.messagePayload);
  observer.uplinks(
    Array.from({ length: 50 }, (_, n) => ({ device, kind: 'raw' as const, time: n, payload })),
  );
  assert.equal(store.messages.list().length, 1);
  assert.equal(store.health().ok, false);
  assert.equal(log.lines.length, 1);
});
