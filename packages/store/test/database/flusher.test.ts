import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { storeLimits } from '@fairlead/store';
import { fault } from '@fairlead/testkit';
import { code, freshStore, recordingLog, uplink } from '../helpers.ts';

const limits = storeLimits.values;
/** Room for the tables and little more: what stands for a full disk. */
const SMALL = 316 * 1_024;

fault(
  {
    name: 'The disk of the database is full',
    where: 'disk',
    happens:
      'It is logged once and shown by readiness. Messages flow on; values and history wait in bounded memory until there is room.',
    code: 'STORE_FAILED',
  },
  async (t) => {
    const log = recordingLog();
    const { store, clock } = freshStore(t, { maxSize: SMALL, log });
    const { device } = store.devices.add({ name: 'a' });
    store.devices.add({ name: 'big', uplink: 'x'.repeat(65_536), downlink: 'y'.repeat(10_000) });
    const failedAt = clock.now() + limits.flushInterval;
    const observer = store.observer();
    const payload = Buffer.alloc(4_096, 'x');
    observer.uplinks(
      Array.from({ length: 15 }, (_, n) => ({ device, kind: 'raw' as const, time: n, payload })),
    );
    await clock.advance(limits.flushInterval);
    const health = store.health();
    assert.ok(!health.ok);
    assert.equal(health.error.code, 'STORE_FAILED');
    assert.equal(health.since, failedAt);
    // Meanwhile everything that can go on goes on.
    observer.uplinks([uplink(device, { t: 7 })]);
    observer.status({ device, status: 'online', since: 1 });
    await clock.advance(60_000);
    assert.equal(store.values.get('a')?.values.t?.value, 7);
    assert.equal(store.presence.get('a')?.status, 'online');
    assert.equal(store.devices.get('a')?.name, 'a');
    assert.equal(store.stats().messages.waiting, 16);
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['error'],
    );
    // Room: the device with the large script leaves. The next attempt comes by itself.
    store.devices.remove('big');
    await clock.advance(limits.retryMax);
    assert.deepEqual(store.health(), { ok: true });
    assert.deepEqual([store.stats().messages.waiting, store.stats().messages.written], [0, 16]);
    assert.deepEqual(store.stats().presence, { waiting: 0, dropped: 0 });
    assert.equal(store.stats().values.waiting, 0);
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['error', 'info'],
    );
    assert.equal(clock.pending, 0);
  },
);

test('attempts come in longer and longer steps, up to the longest', async (t) => {
  const { store, clock } = freshStore(t, { maxSize: SMALL });
  const { device } = store.devices.add({ name: 'a' });
  const payload = Buffer.alloc(limits.messagePayload, 'x');
  store
    .observer()
    .uplinks(Array.from({ length: 40 }, () => ({ device, kind: 'raw' as const, time: 1, payload })));
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const wait = clock.next as number;
    waits.push(wait);
    await clock.advance(wait);
  }
  assert.deepEqual(waits, [1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('a failure of a change that a person made is thrown, and health recovers without more traffic', async (t) => {
  const log = recordingLog();
  const { store, clock } = freshStore(t, { maxSize: SMALL, log });
  let at = 0;
  assert.throws(() => {
    for (;;) store.devices.add({ name: `d${at++}`, uplink: `${at}${'x'.repeat(20_000)}` });
  }, code('STORE_FAILED'));
  assert.equal(store.health().ok, false);
  assert.equal(store.devices.get(`d${at - 1}`), undefined);
  store.devices.remove('d0');
  await clock.advance(limits.flushInterval);
  assert.equal(store.health().ok, true);
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['error', 'info'],
  );
  assert.equal(clock.pending, 0);
});

test('closing while writing fails says what is lost and closes all the same', async (t) => {
  const log = recordingLog();
  const { store, reopen } = freshStore(t, { maxSize: SMALL, log });
  const { device } = store.devices.add({ name: 'a' });
  const payload = Buffer.alloc(limits.messagePayload, 'x');
  store
    .observer()
    .uplinks(Array.from({ length: 40 }, () => ({ device, kind: 'raw' as const, time: 1, payload })));
  await store.close();
  assert.equal(store.health().ok, false);
  const last = log.lines.at(-1);
  assert.equal(last?.level, 'error');
  assert.deepEqual((last?.fields as { lost?: object } | undefined)?.lost, { messages: 40, values: 0 });
  const after = await reopen();
  assert.equal(after.devices.get('a')?.id, device.id);
});

test('after closing, calls say so and the observer is deaf', async (t) => {
  const { store, clock } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  await store.close();
  await store.close();
  store.observer().uplinks([uplink(device, { k: 1 })]);
  store.observer().status({ device, status: 'online', since: 1 });
  assert.equal(clock.pending, 0);
  assert.throws(() => store.devices.add({ name: 'b' }), code('STORE_CLOSED'));
  assert.throws(() => store.devices.get('b'), code('STORE_CLOSED'));
  assert.throws(() => store.settings.set('k', 1), code('STORE_CLOSED'));
  const health = store.health();
  assert.ok(!health.ok && isFairleadError(health.error, 'STORE_CLOSED'));
});
