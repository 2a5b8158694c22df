import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { JsonKeySets } from '@fairlead/core';
import { storeLimits, type Uplink } from '@fairlead/store';
import fc from 'fast-check';
import { freshStore, uplink } from '../helpers.ts';

const limits = storeLimits.values;

test('the latest value of each key, with the time of its message', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const observer = store.observer();
  observer.uplinks([
    uplink(device, { temperature: 1, humidity: 5 }, { time: 10 }),
    uplink(device, { temperature: 2, humidity: 6 }, { time: 20 }),
    uplink(device, { temperature: 3 }, { time: 30 }),
    uplink(device, { method: 'warning', params: {} }, { kind: 'events' }),
    uplink(device, { x: 1 }, { kind: 'raw' }),
  ]);
  assert.deepEqual(store.values.get('a'), {
    values: { humidity: { value: 6, time: 20 }, temperature: { value: 3, time: 30 } },
  });
  assert.equal(store.values.get('b'), undefined);
});

test('what comes last is the latest, also when its time is earlier', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store
    .observer()
    .uplinks([uplink(device, { k: 'ahead' }, { time: 9e12 }), uplink(device, { k: 'now' }, { time: 5 })]);
  assert.deepEqual(store.values.get('a')?.values.k, { value: 'now', time: 5 });
});

test('values are written within a second and are there after a restart', async (t) => {
  const { store, clock, reopen } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.observer().uplinks([uplink(device, { '7': 'seven', a: [1, { b: null }], é: true }, { time: 10 })]);
  assert.equal(store.stats().values.waiting, 1);
  await clock.advance(limits.flushInterval);
  assert.equal(store.stats().values.waiting, 0);
  assert.equal(clock.pending, 0, 'with nothing to write there is no timer');
  const after = await reopen();
  after.values.merge(device.id, { a: 2 }, 20);
  assert.deepEqual(after.values.get('a'), {
    values: { '7': { value: 'seven', time: 10 }, é: { value: true, time: 10 }, a: { value: 2, time: 20 } },
  });
});

test('closing writes what waits', async (t) => {
  const { store, reopen } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.observer().uplinks([uplink(device, { k: 1 })]);
  const after = await reopen();
  assert.equal(after.values.get('a')?.values.k?.value, 1);
});

test('one key too many, and the one updated longest ago leaves', async (t) => {
  const { store, reopen } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const keys = Array.from({ length: limits.valueKeys }, (_, i) => `k${i}`);
  store.values.merge(device.id, Object.fromEntries(keys.map((key) => [key, 0])), 1);
  store.values.merge(device.id, { k0: 1 }, 2);
  const after = await reopen();
  after.observer().uplinks([uplink(device, { new: 1 }), uplink(device, { newer: 1 })]);
  const kept = Object.keys(after.values.get('a')?.values ?? {});
  assert.equal(kept.length, limits.valueKeys);
  assert.deepEqual(
    [...keys, 'new', 'newer'].filter((key) => !kept.includes(key)),
    ['k1', 'k2'],
  );
});

test('a value or a key that is too large is left out, and the rest of its message kept', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const observer = store.observer();
  observer.uplinks([
    uplink(device, { big: 'small at first', n: 1 }),
    uplink(device, { big: 'x'.repeat(limits.valueSize), n: 2, ['k'.repeat(limits.valueKeyLength + 1)]: 3 }),
  ]);
  assert.deepEqual(store.values.get('a'), {
    values: { big: { value: 'small at first', time: 1_000 }, n: { value: 2, time: 1_000 } },
  });
});

test('what is no JSON object counts for nothing', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store
    .observer()
    .uplinks([
      uplink(device, { k: 1 }),
      ...['[1]', '7', 'null', '{"k":', '', '\xff'].map((text) =>
        uplink(device, undefined, { payload: Buffer.from(text, 'latin1') }),
      ),
    ]);
  assert.deepEqual(store.values.get('a'), { values: { k: { value: 1, time: 1_000 } } });
});

test('keys that objects have of themselves are keys like others', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store
    .observer()
    .uplinks([uplink(device, undefined, { payload: Buffer.from('{"__proto__":1,"constructor":2}') })]);
  const values = store.values.get('a')?.values ?? {};
  assert.deepEqual(Object.keys(values), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(values), Object.prototype);
});

test('waiting unparsed gives the same as parsing each message at once', (t) => {
  const { store } = freshStore(t);
  const key = fc.constantFrom('a', 'b', 'c', 'd', '1', '2', '__proto__');
  const value = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.string(),
    fc.constant(null),
    fc.array(fc.integer()),
  );
  const message = fc.record({ values: fc.array(fc.tuple(key, value), { maxLength: 4 }), time: fc.nat() });
  const step = fc.oneof(
    { weight: 20, arbitrary: message },
    { weight: 2, arbitrary: fc.constant('flush' as const) },
    { weight: 1, arbitrary: fc.constant('get' as const) },
  );
  let run = 0;
  const whetherKnown = fc.boolean();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), whetherKnown, (steps, known) => {
      const sets = new JsonKeySets();
      const name = `d${run++}`;
      const { device } = store.devices.add({ name });
      const expected = new Map<string, { value: unknown; time: number }>();
      const waiting: Uplink[] = [];
      const hand = () => store.observer().uplinks(waiting.splice(0));
      for (const each of steps) {
        if (typeof each === 'string') hand();
        if (each === 'flush') store.flush();
        else if (each === 'get') store.values.get(name);
        else {
          const text = JSON.stringify(Object.fromEntries(each.values));
          const payload = Buffer.from(text);
          sets.isObject(payload);
          const keys = known ? sets.keys : undefined;
          waiting.push({ ...uplink(device, undefined, { payload, time: each.time }), keys });
          if (waiting.length === 3) hand();
          for (const [k, v] of Object.entries(JSON.parse(text)))
            expected.set(k, { value: v, time: each.time });
        }
      }
      hand();
      assert.deepEqual(store.values.get(name), { values: Object.fromEntries(expected) });
    }),
    { numRuns: 150 },
  );
});

test('of the messages with the same keys only the newest is parsed', (t) => {
  const { store } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const sets = new JsonKeySets();
  const message = (n: number, known: boolean) => {
    const values = [{ a: n, b: n }, { b: n, c: n }, { d: n }][n % 3];
    const payload = Buffer.from(JSON.stringify(values));
    sets.isObject(payload);
    return { ...uplink(device, values, { time: n }), keys: known ? sets.keys : undefined };
  };
  for (const known of [true, false]) {
    const parse = t.mock.method(JSON, 'parse');
    for (let n = 0; n < 300; n += 6)
      store.observer().uplinks(Array.from({ length: 6 }, (_, i) => message(n + i, known)));
    assert.equal(parse.mock.callCount(), 0);
    store.flush();
    assert.equal(parse.mock.callCount(), 3);
    parse.mock.restore();
    assert.deepEqual(store.values.get('a')?.values, {
      a: { value: 297, time: 297 },
      b: { value: 298, time: 298 },
      c: { value: 298, time: 298 },
      d: { value: 299, time: 299 },
    });
  }
});

test('messages of many shapes are parsed before they are too many', async (t) => {
  const { store, clock } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  const count = limits.valuesPending * 3;
  for (let i = 0; i < count; i++) store.observer().uplinks([uplink(device, { [`k${i}`]: i })]);
  await clock.advance(limits.flushInterval);
  assert.equal(Object.keys(store.values.get('a')?.values ?? {}).length, count);
});

test('beyond the bound of devices in memory written ones leave; where none is written, the one that waits longest', (t) => {
  const { store } = freshStore(t, { messages: { keep: 0 } });
  const payload = Buffer.from('{"k":1}');
  const push = (id: string) =>
    store.observer().uplinks([{ device: { id, name: id }, kind: 'attributes', time: 1, payload }]);
  for (let i = 0; i < limits.valuesDevices + 3; i++) push(`id${i}`);
  const full = { devicesInMemory: limits.valuesDevices, waiting: limits.valuesDevices, dropped: 3 };
  assert.deepEqual(store.stats().values, full);
  store.flush();
  push('one more');
  assert.deepEqual(store.stats().values, { ...full, waiting: 1 });
});

test('a row that is not as this program writes it costs nothing but what cannot be understood', async (t) => {
  const { store, dir, clock, reopen } = freshStore(t);
  const { device } = store.devices.add({ name: 'a' });
  store.observer().uplinks([uplink(device, { k: 1 }, { time: 10 })]);
  await clock.advance(limits.flushInterval);
  let current = store;
  for (const [entries, expected] of [
    ['not JSON', {}],
    ['{"k":1}', {}],
    ['null', {}],
    [`[["k",[${'['.repeat(50_000)}${']'.repeat(50_000)},1]]]`, {}],
    ['[["k",[1,null]],["x"],5,["good",[2,20]]]', { good: { value: 2, time: 20 } }],
  ] as const) {
    await current.close();
    const database = new DatabaseSync(join(dir, 'fairlead.db'));
    database.prepare('UPDATE latest_values SET entries = ?').run(entries);
    database.close();
    current = await reopen();
    assert.deepEqual(current.values.get('a'), { values: expected }, entries.slice(0, 40));
  }
});
