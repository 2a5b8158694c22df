import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient, type LiveEvent } from '@fairlead/api';
import type { Device } from '@fairlead/gateway';
import { type Harness, startApi } from './harness.ts';

const uplink = (name: string, n: number) => ({
  device: {
    id: name,
    name,
    type: 'standard',
    protocol: 'official',
    profile: { id: 'p' },
    inboundBuffer: 1,
    outboundBuffer: 1,
  } as Device,
  kind: 'attributes' as const,
  time: 1_700_000_000_000,
  payload: Buffer.from(`{"n":${n}}`),
  origin: { device: name, epoch: 1, seq: n },
});

const clientOf = ({ url, token }: Harness) => createClient({ url, token });

/** Reads until an event is found. */
async function find<E extends LiveEvent>(
  events: AsyncIterator<LiveEvent>,
  isWanted: (event: LiveEvent) => event is E,
): Promise<E> {
  for (;;) {
    const { value, done } = await events.next();
    assert.ok(!done, 'the stream ended');
    if (isWanted(value)) return value;
  }
}

describe('the live topics', () => {
  test('carry values as they change and records as they come, to the typed client', async () => {
    await using api = await startApi();
    api.store.devices.add({ name: 'a' });
    const stop = new AbortController();
    const topics = ['overview', 'device/a', 'messages?device=a', 'log', 'devices?names=a,nosuch'];
    const follower = clientOf(api).watch({ topics, signal: stop.signal });
    const events = follower[Symbol.asyncIterator]();
    const hello = await find(events, (event) => event.event === 'hello');
    assert.equal(hello.version, '1.2.3');
    const overview = await find(events, (event) => event.event === 'state' && event.name === 'overview');
    assert.equal(overview.value.counts.devices, 1);
    const device = await find(events, (event) => event.event === 'state' && event.name === 'device');
    assert.deepEqual([device.value.name, device.value.status], ['a', 'offline']);
    const devices = await find(events, (event) => event.event === 'state' && event.name === 'devices');
    assert.deepEqual(
      devices.value.map(({ name }) => name),
      ['a'],
    );

    api.messages.uplinks([uplink('b', 1), uplink('a', 2)]);
    const messages = await find(events, (event) => event.event === 'records' && event.name === 'messages');
    assert.deepEqual([messages.from, messages.records.map(({ values }) => values)], [1, [{ n: 2 }]]);
    api.log.warn({ device: 'a', token: 'fl_secret', more: { password: 'x' }, code: 'X' }, 'something');
    const log = await find(events, (event) => event.event === 'records' && event.name === 'log');
    const { level, message, fields } = log.records.at(-1) ?? {};
    assert.deepEqual([level, message, fields], ['warn', 'something', { device: 'a', code: 'X' }]);

    await follower.setTopics(['inbox']);
    await find(events, (event) => event.event === 'state' && event.name === 'inbox');
    await assert.rejects(follower.load({ topic: 'log', from: 1, to: 2 }), { code: 'LIVE_RECORDS_GONE' });
    stop.abort();
    assert.equal((await events.next()).done, true);
  });

  test('skipped records are loaded by the client: shown and loaded are all that came', async () => {
    await using api = await startApi({ hub: { recordsPerSecond: 100 } });
    const stop = new AbortController();
    const follower = clientOf(api).watch({ topics: ['messages'], signal: stop.signal });
    const events = follower[Symbol.asyncIterator]();
    await find(events, (event) => event.event === 'hello');
    api.messages.uplinks(Array.from({ length: 60 }, (_, n) => uplink('a', n)));
    const shown = await find(events, (event) => event.event === 'records' && event.name === 'messages');
    const skipped = await find(events, (event) => event.event === 'skipped');
    const loaded = await follower.load(skipped);
    const numbers = [...shown.records, ...(loaded.records as typeof shown.records)].map(
      ({ values }) => (values as { n: number }).n,
    );
    assert.deepEqual(
      numbers,
      Array.from({ length: 60 }, (_, n) => n),
    );
    stop.abort();
    await events.return(undefined);
  });

  test('say of what is not there why, and go on with the rest', async () => {
    await using api = await startApi();
    api.store.devices.add({ name: 'a' });
    const stop = new AbortController();
    const topics = ['device/nosuch', 'run/99', 'wire/none', 'why/a', 'link/nosuch'];
    const events = clientOf(api).watch({ topics, signal: stop.signal })[Symbol.asyncIterator]();
    const codes = new Map<string, string>();
    while (codes.size < 4) {
      const { topic, code } = await find(events, (event) => event.event === 'gone');
      codes.set(topic, code);
    }
    assert.deepEqual(Object.fromEntries(codes), {
      'device/nosuch': 'DEVICE_UNKNOWN',
      'run/99': 'RUN_UNKNOWN',
      'wire/none': 'TAP_TARGET_UNKNOWN',
      'link/nosuch': 'LINK_UNKNOWN',
    });
    // What was not there may come.
    api.store.devices.add({ name: 'nosuch' });
    const device = await find(events, (event) => event.event === 'state' && event.name === 'device');
    assert.equal(device.value.name, 'nosuch');
    stop.abort();
    await events.return(undefined);
  });

  test('tell what requests change, by whom, and of what the service complains', async () => {
    await using api = await startApi();
    api.log.warn({ code: 'BUS_LOST', device: 'a', more: 1 }, 'The bus is away');
    api.log.info({}, 'nothing to mind');
    const stop = new AbortController();
    const topics = ['audit', 'objects', 'notices'];
    const events = clientOf(api).watch({ topics, signal: stop.signal })[Symbol.asyncIterator]();
    await find(events, (event) => event.event === 'hello');
    // Those of before are told, too.
    const notices = await find(events, (event) => event.event === 'records' && event.name === 'notices');
    assert.deepEqual(
      notices.records.map(({ time: _, ...notice }) => notice),
      [{ level: 'warn', message: 'The bus is away', code: 'BUS_LOST', device: 'a' }],
    );
    await api.call('POST', '/api/v1/devices', { name: 'pump' });
    await api.call('DELETE', '/api/v1/devices/nosuch');
    const entries = [];
    const objects = [];
    while (entries.length < 2 || objects.length < 1) {
      const event = await find(events, (one) => one.event === 'records');
      if (event.name === 'audit') entries.push(...event.records);
      if (event.name === 'objects') objects.push(...event.records);
    }
    assert.deepEqual(
      entries.map(({ action, target, status }) => [action, target, status]),
      [
        ['addDevice', 'pump', 201],
        ['removeDevice', 'nosuch', 404],
      ],
    );
    const [listed] = await clientOf(api).audit.list({ query: { target: 'pump' } });
    assert.deepEqual(entries[0], listed, 'as the request lists it');
    // What was refused has changed nothing.
    assert.deepEqual(
      objects.map(({ time: _, ...change }) => change),
      [{ kind: 'device', name: 'pump', action: 'added', who: 'administrator' }],
    );
    stop.abort();
    await events.return(undefined);
  });

  test('show the audit log only to those who may list it', async () => {
    await using api = await startApi();
    const { json: reader } = await api.call('POST', '/api/v1/tokens', { name: 'eye', scopes: ['read'] });
    const headers = { authorization: `Bearer ${reader.token}` };
    const opened = await api.call('GET', '/api/v1/live?topic=audit', undefined, headers);
    assert.deepEqual([opened.status, opened.json.code], [403, 'SCOPE_MISSING']);
    const set = await api.call('PUT', '/api/v1/live/x/topics', { topics: ['audit'] }, headers);
    assert.deepEqual([set.status, set.json.code], [403, 'SCOPE_MISSING']);
    const records = await api.call(
      'GET',
      '/api/v1/live/x/records?topic=audit&from=1&to=2',
      undefined,
      headers,
    );
    assert.deepEqual([records.status, records.json.code], [403, 'SCOPE_MISSING']);
  });

  test('refuse what is no topic before they begin', async () => {
    await using api = await startApi();
    const invalid = await api.call('GET', '/api/v1/live?topic=nosuch');
    assert.deepEqual([invalid.status, invalid.json.code], [400, 'LIVE_TOPIC_INVALID']);
    const many = await api.call('PUT', '/api/v1/live/none/topics', { topics: ['inbox'] });
    assert.deepEqual([many.status, many.json.code], [404, 'LIVE_STREAM_UNKNOWN']);
    const long = await api.call('PUT', '/api/v1/live/none/topics', { topics: Array(65).fill('inbox') });
    assert.equal(long.status, 400);
    assert.equal(api.hub.streams, 0);
  });
});
