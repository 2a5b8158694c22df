/** The pure parts of the device's page: charts, forms, the list of devices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceDetail, DeviceView, HistoryBucketView } from '@fairlead/api';
import { patched } from '../page/data/device-list.ts';
import { seriesOf } from '../page/data/series.ts';
import { readAs, typedOf } from '../page/pages/device/command-values.ts';
import { changesOf, draftOf } from '../page/pages/device/settings-draft.ts';
import { drawn } from '../page/parts/sparkline-path.ts';

const bucket = (field: string, minute: number, mean?: number): HistoryBucketView => ({
  field,
  time: new Date(minute * 60_000).toISOString(),
  count: 1,
  last: mean,
  ...(mean !== undefined && { mean, min: mean - 1, max: mean + 1 }),
});

test('a series has a gap where nothing came, and texts are no numbers', () => {
  const all = seriesOf([bucket('a', 1, 5), bucket('b', 1), bucket('a', 2, 6), bucket('a', 5, 7)], 60_000);
  assert.deepEqual([...all.keys()], ['a']);
  assert.deepEqual(all.get('a')?.means, [5, 6, null, 7]);
  assert.deepEqual(all.get('a')?.times, [60_000, 120_000, 180_000, 300_000]);
});

test('a small chart has a line for each stretch, and says its lowest, highest and last value', () => {
  const series = { times: [0, 10, 20, 30], means: [1, 3, null, 2] };
  const { path, low, high, last } = drawn(series, 0, 30);
  assert.deepEqual([low, high, last], [1, 3, 2]);
  assert.equal(path.match(/M/g)?.length, 2);
  assert.equal(path.match(/L/g)?.length, 1);
  assert.equal(
    drawn({ times: [1], means: [4] }, 0, 2).path.includes('NaN'),
    false,
    'a constant has no height',
  );
  assert.equal(drawn({ times: [], means: [] }, 0, 2).last, undefined);
});

test('a command is sent with the types of its example', () => {
  const params = { on: true, seconds: 10, text: 'a', list: [1] };
  const typed = typedOf(params);
  assert.deepEqual(typed, { on: true, seconds: '10', text: 'a', list: '[1]' });
  assert.deepEqual(readAs(params, typed), { params, wrong: [] });
  assert.deepEqual(readAs(params, { ...typed, seconds: '"10"', list: '[', text: '5' }), {
    params: { on: true, text: '5' },
    wrong: ['seconds', 'list'],
  });
  assert.deepEqual(readAs(params, { ...typed, seconds: ' ', text: '' }).params, { on: true, list: [1] });
});

test('only what was typed is changed; what is left empty goes back to the default', () => {
  const device = { label: 'Old', profile: 'gt06', parameters: { interval: 30 } } as unknown as DeviceDetail;
  const declared = { interval: { type: 'number', about: '' }, zone: { type: 'string', about: '' } };
  const draft = draftOf(device);
  assert.deepEqual(changesOf(device, draft, declared), { changes: {}, wrong: [] });
  assert.deepEqual(
    changesOf(device, { ...draft, label: '', parameters: { interval: '', zone: 'UTC' } }, declared).changes,
    { label: null, parameters: { interval: null, zone: 'UTC' } },
  );
  assert.deepEqual(changesOf(device, { ...draft, parameters: { interval: 'x' } }, declared).wrong, [
    'interval',
  ]);
});

test('changes of presence reach their rows alone; an unknown device is told', () => {
  const devices = Array.from(
    { length: 1_000 },
    (_, i) => ({ name: `d${String(i).padStart(4, '0')}`, status: 'offline', state: 'dead' }) as DeviceView,
  );
  const change = { time: 't', device: 'd0500', status: 'online' } as const;
  const after = patched(devices, [change, { ...change, device: 'd0999', state: 'suspect' }]) ?? [];
  assert.deepEqual(after[500], { name: 'd0500', status: 'online', since: 't' });
  assert.deepEqual(after[999]?.state, 'suspect');
  assert.equal(after.filter((device, i) => device !== devices[i]).length, 2);
  assert.equal(patched(devices, [{ ...change, device: 'e' }]), undefined);
});
