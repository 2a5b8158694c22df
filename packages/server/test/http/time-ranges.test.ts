import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LinkInfo } from '@fairlead/gateway';
import { startApi } from './harness.ts';

const HOUR = 3_600_000;

const link = (id: string, openedAt: number, closedAt?: number): LinkInfo => ({
  id,
  listener: 'official',
  remote: '127.0.0.1:1',
  state: closedAt === undefined ? 'open' : 'closed',
  openedAt,
  closedAt,
  bytesIn: 0,
  bytesOut: 0,
  framesIn: 0,
  framesOut: 0,
  refusals: {},
  refusedFrames: [],
});

describe('time ranges', () => {
  test('of messages: when they were measured; ages count from the now of the service', async () => {
    await using api = await startApi();
    api.store.devices.add({ name: 'a' });
    const device = api.store.devices.byName('a');
    assert.ok(device !== undefined);
    const now = Date.now();
    const times = [now - 3 * HOUR, now - 2 * HOUR, now - HOUR];
    api.store.observer().uplinks(
      times.map((time, seq) => ({
        device: { ...device, profile: { id: 'p' } } as never,
        kind: 'attributes' as const,
        time,
        payload: Buffer.from(`{"n":${seq}}`),
        origin: { device: 'a', epoch: 1, seq },
      })),
    );
    const found = async (query: string) => {
      const { status, json } = await api.call('GET', `/api/v1/devices/a/messages?${query}`);
      assert.equal(status, 200, JSON.stringify(json));
      return json.map(({ values }: { values: { n: number } }) => values.n);
    };
    const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());
    assert.deepEqual(await found(''), [2, 1, 0]);
    assert.deepEqual(await found('since=150m'), [2, 1]);
    assert.deepEqual(await found('since=150m&until=90m'), [1]);
    assert.deepEqual(await found(`since=${iso(times[1] as number)}`), [2, 1]);
    assert.deepEqual(await found(`until=${iso(times[1] as number)}`), [0]);
    assert.deepEqual(await found('since=1970-01-01T00:00:00Z&until=1970-01-01T00:00:00Z'), []);
    assert.deepEqual(await found('since=90m&until=150m'), []);
  });

  test('of links: whenever they were open', async () => {
    await using api = await startApi();
    const now = Date.now();
    api.gateway.known = [link('open', now - 3 * HOUR), link('ended', now - 3 * HOUR, now - 2 * HOUR)];
    const ids = async (query: string) =>
      (await api.call('GET', `/api/v1/links?${query}`)).json.map(({ id }: { id: string }) => id);
    assert.deepEqual(await ids('since=1h'), ['open']);
    assert.deepEqual(await ids('since=150m'), ['open', 'ended']);
    assert.deepEqual(await ids('until=4h'), []);
  });

  test('what is no time is refused by its place', async () => {
    await using api = await startApi();
    api.store.devices.add({ name: 'a' });
    const paths = ['/api/v1/devices/a/messages', '/api/v1/runs', '/api/v1/links', '/api/v1/downlinks'];
    for (const path of paths)
      for (const text of [
        'yesterday',
        '',
        '1 hour',
        '2026-13-01T00:00:00Z',
        '2026-03-01T09:30',
        '9'.repeat(400),
        '99999999999d',
      ]) {
        const { status, json } = await api.call('GET', `${path}?since=${encodeURIComponent(text)}`);
        assert.deepEqual([status, json.code], [400, 'OPTION_INVALID'], `${path} ${text}`);
        assert.match(json.detail, /"?since"?.*expected a time such as/);
      }
    for (const path of paths.slice(1))
      assert.equal((await api.call('GET', `${path}?since=7d&until=0s`)).status, 200);
  });
});
