import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@fairlead/core';
import { type ImportItem, type ImportResult, storeErrors } from '@fairlead/store';
import { code, freshStore } from '../helpers.ts';

async function all(results: AsyncIterable<ImportResult>): Promise<ImportResult[]> {
  return Array.fromAsync(results);
}

test('every line is answered, good lines are kept, and later lines may build on earlier ones', async (t) => {
  const { store } = freshStore(t, { clock: systemClock });
  const unreadable = storeErrors.error('DEVICE_INVALID', { field: 'definition', reason: 'not JSON' });
  const results = await all(
    store.devices.importMany([
      { name: 'gw', type: 'gateway' },
      { name: 'bad name' },
      { name: 's', parent: 'gw', address: '1' },
      unreadable,
      { name: 't', parent: 'gw', address: '1' },
      { name: 'gw' },
      { name: 'a', token: 'imported' },
      { name: 'b', token: 'imported' },
      null as never,
    ]),
  );
  assert.deepEqual(
    results.map(({ line, name, error }) => [line, name, error?.code]),
    [
      [1, 'gw', undefined],
      [2, 'bad name', 'DEVICE_NAME_INVALID'],
      [3, 's', undefined],
      [4, undefined, 'DEVICE_INVALID'],
      [5, 't', 'ADDRESS_TAKEN'],
      [6, 'gw', 'DEVICE_EXISTS'],
      [7, 'a', undefined],
      [8, 'b', 'TOKEN_TAKEN'],
      [9, undefined, 'DEVICE_INVALID'],
    ],
  );
  const [gateway, , sub] = results;
  assert.ok(gateway && gateway.error === undefined && gateway.token?.startsWith('fl_'));
  assert.ok(sub && sub.error === undefined && sub.token === undefined);
  assert.equal(store.devices.count(), 3);
});

test('ten thousand devices', async (t) => {
  const { store } = freshStore(t, { clock: systemClock });
  async function* lines(): AsyncGenerator<ImportItem> {
    for (let i = 0; i < 10_000; i++) yield { name: `device-${i}`, framing: 'line' };
  }
  const began = performance.now();
  const tokens = new Set<string>();
  for await (const result of store.devices.importMany(lines())) {
    assert.equal(result.error, undefined);
    tokens.add(result.token as string);
  }
  assert.equal(tokens.size, 10_000);
  assert.equal(store.devices.count(), 10_000);
  // About 0.4 s on two cores; the bound only tells an accidental transaction a line.
  assert.ok(performance.now() - began < 10_000);
  assert.equal(store.devices.byToken([...tokens][9_999] as string)?.name, 'device-9999');
});

test('an import that is given up keeps what was answered', async (t) => {
  const { store } = freshStore(t, { clock: systemClock });
  const lines = Array.from({ length: 1_200 }, (_, i) => ({ name: `d${i}` }));
  for await (const { line } of store.devices.importMany(lines)) if (line === 500) break;
  assert.equal(store.devices.count(), 500);
  const stop = new AbortController();
  await assert.rejects(async () => {
    for await (const { line } of store.devices.importMany(lines, { signal: stop.signal }))
      if (line === 1_000) stop.abort();
  }, code('ABORTED'));
  assert.equal(store.devices.count(), 1_000);
});

test('when the database fails, the batch is undone and the import ends', async (t) => {
  const { store } = freshStore(t, { clock: systemClock, maxSize: 512 * 1_024 });
  const answered: string[] = [];
  await assert.rejects(async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => ({ name: `d${i}`, label: 'x'.repeat(200) }));
    for await (const { name } of store.devices.importMany(lines)) answered.push(name as string);
  }, code('STORE_FAILED'));
  assert.ok(answered.length > 0 && answered.length % 500 === 0);
  assert.equal(store.devices.count(), answered.length);
  assert.equal(store.devices.get(`d${answered.length}`), undefined);
  assert.equal(store.health().ok, false);
});
