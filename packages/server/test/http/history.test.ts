import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Harness, startApi } from './harness.ts';

const MINUTE = 60_000;

/** A device with a value a minute of the last ten minutes. */
async function withValues(api: Harness): Promise<number> {
  const { device } = api.store.devices.add({ name: 'pump' });
  const now = Date.now();
  const uplinks = Array.from({ length: 10 }, (_, n) => ({
    device,
    kind: 'attributes' as const,
    time: now - n * MINUTE,
    payload: Buffer.from(JSON.stringify({ n, text: 'x' })),
  }));
  api.store.observer().uplinks(uplinks);
  return now;
}

test('values over time, in a relative or an absolute range, page by page', async () => {
  await using api = await startApi({ history: {} });
  const now = await withValues(api);
  const get = async (query: string) => (await api.call('GET', `/api/v1/devices/pump/history${query}`)).json;
  const all = await get('');
  assert.deepEqual(
    all.items.map(({ values }: { values: { n: number } }) => values.n),
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  );
  assert.equal(all.items[9].time, new Date(now).toISOString());
  const some = await get('?from=-150s&field=n');
  assert.deepEqual(
    some.items.map(({ values }: { values: object }) => values),
    [{ n: 2 }, { n: 1 }, { n: 0 }],
  );
  const to = new Date(now - 8 * MINUTE).toISOString();
  assert.equal((await get(`?to=${to}`)).items.length, 1, 'the end is not part of it');
  const first = await get('?limit=4');
  const second = await get(`?limit=10&after=${first.next}`);
  assert.deepEqual([...first.items, ...second.items], all.items);
});

test('values over intervals', async () => {
  await using api = await startApi({ history: {} });
  await withValues(api);
  const { json } = await api.call('GET', '/api/v1/devices/pump/history/buckets?every=7d&from=-1d');
  const n = json.items.filter(({ field }: { field: string }) => field === 'n');
  const total = n.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
  assert.equal(total, 10);
  assert.equal(n.at(-1).last, 0);
  assert.ok(json.items.every((item: object) => !('text' in item)));
});

test('wrong ranges, cursors and intervals are named, and without a history it says so', async () => {
  await using api = await startApi({ history: {} });
  await withValues(api);
  const path = '/api/v1/devices/pump/history';
  for (const query of [
    '?from=yesterday',
    '?to=soon',
    '?after=x',
    '?after=1.2.3',
    '/buckets?every=90s',
    '/buckets?every=8d',
  ]) {
    const { status, json } = await api.call('GET', path + query);
    assert.deepEqual([status, json.code], [400, 'OPTION_INVALID'], query);
  }
  assert.equal((await api.call('GET', '/api/v1/devices/none/history')).json.code, 'DEVICE_UNKNOWN');
  await using off = await startApi();
  await withValues(off);
  const { status, json } = await off.call('GET', path);
  assert.deepEqual([status, json.code], [409, 'HISTORY_OFF']);
});
