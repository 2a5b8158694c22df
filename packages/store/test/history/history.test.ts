import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type HistoryOptions, type HistoryRange, type Store, storeLimits } from '@fairlead/store';
import { FakeClock } from '@fairlead/testkit';
import { code, folder, freshStore, recordingLog, uplink } from '../helpers.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Where the clock of the tests begins, a whole hour. */
const BEGIN = Date.UTC(2030, 0, 1);
const ALL = { from: 0, to: BEGIN + 1_000 * DAY, limit: 1_000 };
const limits = storeLimits.values;

function withHistory(t: TestContext, history: HistoryOptions = {}, more = {}) {
  const clock = new FakeClock(BEGIN);
  const made = freshStore(t, { clock, history, ...more });
  const { device } = made.store.devices.add({ name: 'a' });
  return { ...made, clock, device };
}

const raw = (store: Store, id: string, range: Partial<HistoryRange> = {}) =>
  store.history?.messages(id, { ...ALL, ...range }).items.map(({ time, values }) => [time, values]);

test('messages are kept as they came, by time, and read in pages that meet', (t) => {
  const { store, device } = withHistory(t);
  const times = [3_000, 1_000, 2_000, 2_000];
  for (const [i, time] of times.entries())
    store.observer().uplinks([uplink(device, i === 3 ? { other: i } : { i, text: 'x' }, { time })]);
  store.observer().uplinks([uplink(device, { event: 1 }, { time: 2_500, kind: 'events' })]);
  const whole = raw(store, device.id);
  assert.deepEqual(whole, [
    [1_000, { i: 1, text: 'x' }],
    [2_000, { i: 2, text: 'x' }],
    [2_000, { other: 3 }],
    [3_000, { i: 0, text: 'x' }],
  ]);
  assert.deepEqual(raw(store, device.id, { field: 'other' }), [[2_000, { other: 3 }]]);
  assert.deepEqual(raw(store, device.id, { from: 2_000, to: 3_000 })?.length, 2);
  const paged: unknown[] = [];
  let after: string | undefined;
  do {
    const page = store.history?.messages(device.id, { ...ALL, limit: 1, after });
    paged.push(...(page?.items ?? []).map(({ time, values }) => [time, values]));
    after = page?.next;
  } while (after !== undefined);
  assert.deepEqual(paged, whole);
  assert.deepEqual(raw(store, 'nobody'), []);
});

test('buckets are what a plain computation over all values finds, for every interval and page size', async (t) => {
  const { store, device, clock } = withHistory(t);
  const samples: { time: number; field: string; value: number }[] = [];
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  await clock.advance(3 * HOUR);
  for (let i = 0; i < 400; i++) {
    const time = BEGIN + Math.floor(random() * 3 * HOUR);
    const field = random() < 0.5 ? 'u' : 'v';
    const value = Math.round(random() * 1_000) / 10 - 50;
    samples.push({ time, field, value });
    store.observer().uplinks([uplink(device, { [field]: value }, { time })]);
    // Some are rolled up before others come, which may be of earlier times.
    if (i % 100 === 50) await clock.advance(2 * limits.historyRound);
  }
  for (const every of [MINUTE, 5 * MINUTE, HOUR, 2 * HOUR])
    for (const limit of [3, 1_000]) {
      const found: unknown[] = [];
      let after: string | undefined;
      do {
        const page = store.history?.buckets(device.id, every, { ...ALL, limit, after });
        found.push(...(page?.items ?? []));
        after = page?.next;
      } while (after !== undefined);
      assert.deepEqual(rounded(found), rounded(expected(samples, every)), `every ${every}, limit ${limit}`);
    }
  const one = store.history?.buckets(device.id, HOUR, { ...ALL, field: 'v' }).items ?? [];
  assert.equal(one.length, 3);
  assert.ok(one.every(({ field }) => field === 'v'));
});

interface Bucket {
  field: string;
  time: number;
  count: number;
  min: number;
  max: number;
  mean: number;
  last: number;
}

function expected(samples: readonly { time: number; field: string; value: number }[], every: number) {
  const found = new Map<string, { field: string; time: number; values: { time: number; value: number }[] }>();
  for (const { time, field, value } of samples) {
    const start = Math.floor(time / every) * every;
    const bucket = found.get(`${start} ${field}`) ?? { field, time: start, values: [] };
    bucket.values.push({ time, value });
    found.set(`${start} ${field}`, bucket);
  }
  const first = samples[0]?.field;
  return [...found.values()]
    .sort((a, b) => a.time - b.time || (a.field === first ? -1 : 1))
    .map(({ field, time, values }): Bucket => {
      const numbers = values.map(({ value }) => value);
      return {
        field,
        time,
        count: numbers.length,
        min: Math.min(...numbers),
        max: Math.max(...numbers),
        mean: numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
        last: values.reduce((last, value) => (value.time >= last.time ? value : last)).value,
      };
    });
}

const rounded = (buckets: readonly unknown[]) =>
  (buckets as Bucket[]).map((bucket) => ({ ...bucket, mean: Math.round(bucket.mean * 1e6) / 1e6 }));

test('values that are no numbers have a count and a last value', (t) => {
  const { store, device } = withHistory(t);
  const odd = { text: 'on', flag: true, place: { lat: 1 }, none: null, huge: 'x'.repeat(300) };
  store.observer().uplinks([uplink(device, odd, { time: 5 })]);
  store
    .observer()
    .uplinks([uplink(device, null, { time: 200, payload: Buffer.from('{"text":1e999,"n":2}') })]);
  store.observer().uplinks([uplink(device, null, { time: 400, payload: Buffer.from('no JSON') })]);
  const found = store.history?.buckets(device.id, MINUTE, ALL).items ?? [];
  const of = (name: string) => found.find(({ field }) => field === name);
  assert.deepEqual(of('flag'), {
    field: 'flag',
    time: 0,
    count: 1,
    min: undefined,
    max: undefined,
    mean: undefined,
    last: true,
  });
  assert.deepEqual(of('place')?.last, { lat: 1 });
  assert.equal(of('huge')?.last, undefined);
  assert.deepEqual([of('text')?.count, of('text')?.max], [2, undefined]);
  assert.equal(of('n')?.mean, 2);
});

test('messages wait at most a second, and a crash keeps buckets exact', async (t) => {
  const { store, device, clock, dir } = withHistory(t);
  store.observer().uplinks([uplink(device, { n: 1 }, { time: 0 })]);
  assert.equal(store.stats().history?.waiting, 1);
  await clock.advance(limits.flushInterval);
  assert.deepEqual([store.stats().history?.waiting, store.stats().history?.written], [0, 1]);
  store.history?.buckets(device.id, MINUTE, ALL);
  store.observer().uplinks([uplink(device, { n: 3 }, { time: 500 })]);
  store.flush();
  await store.close(); // without the round that rolls up
  const again = freshStore(t, { dir, history: {} });
  const [bucket] = again.store.history?.buckets(device.id, MINUTE, ALL).items ?? [];
  assert.deepEqual([bucket?.count, bucket?.mean], [2, 2]);
});

test('of a flood of one device, one message in each interval is kept, and another device loses nothing', (t) => {
  const { store, device } = withHistory(t);
  const other = store.devices.add({ name: 'b' }).device;
  const observer = store.observer();
  for (let n = 0; n < 5_000; n++)
    observer.uplinks([uplink(device, { n, b: 1 }, { time: Math.trunc(n / 10) })]);
  observer.uplinks([uplink(device, { other: 1 }, { time: 499 })]);
  observer.uplinks([uplink(other, { n: 1 }, { time: 400 })]);
  assert.deepEqual(
    raw(store, device.id)?.map(([, values]) => values),
    [
      { n: 999, b: 1 },
      { n: 1_999, b: 1 },
      { n: 2_999, b: 1 },
      { n: 3_999, b: 1 },
      { n: 4_999, b: 1 },
      { other: 1 },
    ],
  );
  assert.equal(raw(store, other.id)?.length, 1);
});

test('what waits is bounded, by device and over all', (t) => {
  const { store, device } = withHistory(t);
  const observer = store.observer();
  for (let n = 0; n < limits.historyPerDevice + 5; n++)
    observer.uplinks([uplink(device, { n }, { time: n * 1_000 })]);
  assert.deepEqual(
    [store.stats().history?.waiting, store.stats().history?.dropped],
    [limits.historyPerDevice, 5],
  );
  observer.uplinks([uplink(device, { text: 'x'.repeat(limits.historyPayload) })]);
  assert.equal(store.stats().history?.dropped, 6);
});

test('each part is removed at its age, and a clock that is ahead does not outlive it', async (t) => {
  const { store, device, clock } = withHistory(t, { raw: HOUR, minutes: 3 * HOUR, hours: DAY });
  const start = clock.now();
  store
    .observer()
    .uplinks([
      uplink(device, { n: 1 }, { time: start }),
      uplink(device, { n: 2 }, { time: start + 400 * DAY }),
    ]);
  assert.deepEqual(
    raw(store, device.id, { to: Number.MAX_SAFE_INTEGER })?.map(([time]) => time),
    [start, start],
  );
  const counts = () => ({
    raw: raw(store, device.id)?.length,
    minutes: store.history?.buckets(device.id, MINUTE, ALL).items.length,
    hours: store.history?.buckets(device.id, HOUR, ALL).items.length,
  });
  const round = 31 * limits.historyRound;
  await clock.advance(round);
  assert.deepEqual(counts(), { raw: 2, minutes: 1, hours: 1 });
  await clock.advance(HOUR + round);
  assert.deepEqual(counts(), { raw: 0, minutes: 1, hours: 1 });
  await clock.advance(3 * HOUR);
  assert.deepEqual(counts(), { raw: 0, minutes: 0, hours: 1 });
  await clock.advance(DAY);
  assert.deepEqual(counts(), { raw: 0, minutes: 0, hours: 0 });
});

test('beyond its size ages are shortened until it fits', async (t) => {
  const size = 2 ** 20;
  const { store, device, clock } = withHistory(t, { size, raw: DAY });
  const text = 'x'.repeat(1_000);
  for (let n = 0; n < 30; n++) {
    for (let i = 0; i < 100; i++)
      store.observer().uplinks([uplink(device, { text, n }, { time: clock.now() + i * 100 })]);
    await clock.advance(limits.historyRound);
    assert.ok((store.stats().history?.size ?? 0) < 1.25 * size + 65_536);
  }
  assert.ok((store.stats().history?.size ?? 0) < 1.1 * size);
  assert.equal(store.stats().history?.dropped, 0);
  assert.ok((raw(store, device.id)?.length ?? 0) > 100, 'not all of it went');
  assert.deepEqual(store.health(), { ok: true });
});

test('the history of a removed device goes, and a new device of its name begins anew', async (t) => {
  const { store, device, clock, dir } = withHistory(t);
  store.observer().uplinks([uplink(device, { n: 1 })]);
  store.flush();
  store.devices.remove('a');
  assert.deepEqual(raw(store, device.id), []);
  store.observer().uplinks([uplink(device, { n: 2 })]); // it was on its way
  await clock.advance(limits.historyRound);
  const again = store.devices.add({ name: 'a' }).device;
  assert.deepEqual(raw(store, again.id), []);
  await store.close();
  const { DatabaseSync } = await import('node:sqlite');
  using database = new DatabaseSync(join(dir, 'history.db'));
  const left = ['devices', 'raw', 'fields', 'buckets'].map(
    (table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n,
  );
  assert.deepEqual(left, [0, 0, 0, 0]);
});

test('a damaged history is set aside, and one of a newer version is refused', async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'history.db'), 'this is no database'.repeat(500));
  const log = recordingLog();
  const { store, reopen } = freshStore(t, { dir, log, history: {} });
  const { device } = store.devices.add({ name: 'a' });
  store.observer().uplinks([uplink(device, { n: 1 })]);
  assert.equal(raw(store, device.id)?.length, 1);
  assert.ok(existsSync(join(dir, 'history.db.damaged')));
  assert.equal(log.lines.filter(({ level }) => level === 'error').length, 1);
  await store.close();
  const { DatabaseSync } = await import('node:sqlite');
  {
    using database = new DatabaseSync(join(dir, 'history.db'));
    database.exec('PRAGMA user_version=99');
  }
  await assert.rejects(reopen(), code('STORE_NEWER'));
});

test('turned off, nothing is kept and what was kept is removed', async (t) => {
  const { store, device, reopen, dir } = withHistory(t);
  store.observer().uplinks([uplink(device, { n: 1 })]);
  const off = await reopen({ history: 'off' });
  assert.equal(off.history, undefined);
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith('history')),
    [],
  );
});
