import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type TapEventView } from '@fairlead/api';
import { eventually } from '../running.ts';
import { startApi } from './harness.ts';

const TIME = 1_700_000_000_000;

test('a tap on a link sends what is seen there, and ends with the link', async () => {
  await using api = await startApi();
  const client = createClient({ url: api.url, token: api.token });
  const seen: TapEventView[] = [];
  const reading = (async () => {
    for await (const event of client.tap('L1')) seen.push(event);
  })();
  const observe = await eventually(() => api.gateway.taps.get('L1'));
  observe({ time: TIME, link: 'L1', what: 'received', size: 2, hex: '01ff' });
  observe({
    time: TIME,
    link: 'L1',
    device: 'a',
    what: 'message',
    of: 'a',
    kind: 'attributes',
    values: { t: 1 },
  });
  observe({ time: TIME, link: 'L2', what: 'closed', code: 'PEER_CLOSED' });
  observe({ time: TIME, link: 'L1', what: 'closed', code: 'PEER_CLOSED', reason: 'The peer closed.' });
  await reading;
  const time = '2023-11-14T22:13:20.000Z';
  assert.deepEqual(seen, [
    { time, link: 'L1', what: 'received', size: 2, hex: '01ff' },
    { time, link: 'L1', device: 'a', what: 'message', of: 'a', kind: 'attributes', values: { t: 1 } },
    { time, link: 'L2', what: 'closed', code: 'PEER_CLOSED' },
    { time, link: 'L1', what: 'closed', code: 'PEER_CLOSED', reason: 'The peer closed.' },
  ]);
  await eventually(() => api.gateway.taps.size === 0);
});

test('a tap on a device goes on when its link ends, until the reader leaves', async () => {
  await using api = await startApi();
  const client = createClient({ url: api.url, token: api.token });
  const end = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { what } of client.tap('meter', { signal: end.signal })) seen.push(what);
  })();
  const observe = await eventually(() => api.gateway.taps.get('meter'));
  observe({ time: TIME, link: 'L1', what: 'closed' });
  observe({ time: TIME, link: 'L2', what: 'received' });
  await eventually(() => seen.length === 2);
  end.abort();
  await reading;
  await eventually(() => api.gateway.taps.size === 0);
});

test('a target that does not exist is a refusal', async () => {
  await using api = await startApi();
  const { status, json } = await api.call('GET', '/api/v1/tap?target=none');
  assert.deepEqual([status, json.code], [404, 'TAP_TARGET_UNKNOWN']);
  assert.equal((await api.call('GET', '/api/v1/tap')).status, 400);
});
