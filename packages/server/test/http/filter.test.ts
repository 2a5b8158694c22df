import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverLimits } from '../../src/index.ts';
import { startApi } from './harness.ts';

test('a filter selects from the whole list, page by page', async () => {
  await using api = await startApi();
  const count = serverLimits.values.filterSlice + 20;
  for (let i = 0; i < count; i++)
    api.store.devices.add({
      name: `d-${String(i).padStart(4, '0')}`,
      label: i % 10 === 0 ? 'tenth' : 'other',
    });
  const names = async (query: string) => {
    const { status, json } = await api.call('GET', `/api/v1/devices?${query}`);
    assert.equal(status, 200, JSON.stringify(json));
    return json.map(({ name }: { name: string }) => name);
  };
  const all = await names('filter=label:tenth&limit=1000');
  assert.equal(all.length, count / 10);
  const first = await names('filter=label:tenth&limit=50');
  const second = await names(`filter=label:tenth&limit=50&after=${first.at(-1)}`);
  assert.deepEqual([...first, ...second], all);
  assert.deepEqual(await names('filter=-label:tenth,other'), []);
  assert.deepEqual(await names('names=d-0010,d-0011,nosuch&filter=label:tenth'), ['d-0010']);
});

test('every list refuses a wrong filter with its place, and live topics too', async () => {
  await using api = await startApi();
  api.store.devices.add({ name: 'a' });
  for (const path of ['devices', 'links', 'devices/a/messages', 'runs', 'inbox', 'downlinks']) {
    const { status, json } = await api.call(
      'GET',
      `/api/v1/${path}?filter=${encodeURIComponent('x nosuch:1')}`,
    );
    assert.deepEqual([status, json.code, json.details.at], [400, 'FILTER_SYNTAX', 3], path);
    const fine = await api.call('GET', `/api/v1/${path}?filter=x`);
    assert.deepEqual([fine.status, fine.json], [200, []], path);
  }
  const topic = await api.call('GET', `/api/v1/live?topic=${encodeURIComponent('devices?filter=nosuch:1')}`);
  assert.deepEqual([topic.status, topic.json.code], [400, 'FILTER_SYNTAX']);
});
