import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import type { Device, Uplink, UplinkKind } from '@fairlead/gateway';
import { serverLimits } from '../../src/index.ts';
import { type Harness, startApi } from './harness.ts';

const device = (name: string): Device => ({
  id: name,
  name,
  type: 'standard',
  protocol: 'official',
  profile: { id: 'p' },
  inboundBuffer: 1024,
  outboundBuffer: 1024,
});

const uplink = (name: string, text: string, kind: UplinkKind = 'attributes'): Uplink => ({
  device: device(name),
  kind,
  time: 1_700_000_000_000,
  payload: Buffer.from(text),
  origin: { device: name, epoch: 1, seq: 1 },
});

async function open(api: Harness, query = '', after?: string): Promise<IncomingMessage> {
  const before = api.live.readers;
  const request = get(`${api.url}/api/v1/stream${query}`, {
    agent: false,
    headers: {
      authorization: `Bearer ${api.token}`,
      ...(after !== undefined && { 'last-event-id': after }),
    },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.deepEqual([response.statusCode, response.headers['content-type']], [200, 'text/event-stream']);
  assert.equal(api.live.readers, before + 1);
  return response;
}

/** Reads until `count` events have come. */
async function events(response: IncomingMessage, count: number): Promise<string[]> {
  let text = '';
  const found = () =>
    text
      .split('\n\n')
      .slice(0, -1)
      .filter((event) => !event.startsWith(':'));
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (found().length >= count) return found();
  }
  throw new Error(`The stream ended after ${found().length} events`);
}

/** Reads until `count` messages have come or are told to be missed. */
async function readAll(response: IncomingMessage, count: number): Promise<{ got: number; missed: number }> {
  let [text, got, missed] = ['', 0, 0];
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    const parts = (text + chunk).split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const told = /^id: .*\nevent: missed\ndata: (.*)$/.exec(part)?.[1];
      if (told !== undefined) missed += Number(told);
      else if (part.includes('\ndata: ')) got++;
    }
    if (got + missed >= count) break;
  }
  return { got, missed };
}

const data = (event: string) => JSON.parse(event.replace(/^id: .*\ndata: /, ''));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the live stream', () => {
  test('carries what is published, by kind', async () => {
    await using api = await startApi();
    const response = await open(api);
    api.live.uplinks([
      uplink('a', '{"t": 1,\r\n "u": "x\\ny"}'),
      uplink('b', '{"method":"warning","params":{}}', 'events'),
      uplink('a', '\x00\xff', 'raw'),
    ]);
    api.live.status({
      device: device('a'),
      status: 'offline',
      since: 1_700_000_001_000,
      code: 'PEER_CLOSED',
    });
    const time = '2023-11-14T22:13:20.000Z';
    assert.deepEqual((await events(response, 4)).map(data), [
      { time, device: 'a', kind: 'attributes', values: { t: 1, u: 'x\ny' } },
      { time, device: 'b', kind: 'events', values: { method: 'warning', params: {} } },
      { time, device: 'a', kind: 'raw', values: { hex: '00c3bf' } },
      {
        time: '2023-11-14T22:13:21.000Z',
        device: 'a',
        kind: 'status',
        values: { status: 'offline', code: 'PEER_CLOSED' },
      },
    ]);
    response.destroy();
    await until(() => api.live.readers === 0);
  });

  test('of one device', async () => {
    await using api = await startApi();
    api.store.devices.add({ name: 'b' });
    const response = await open(api, '?device=b');
    api.live.uplinks([uplink('a', '{"n":1}'), uplink('b', '{"n":2}'), uplink('a', '{"n":3}')]);
    api.live.uplinks([uplink('b', '{"n":4}')]);
    assert.deepEqual(
      (await events(response, 2)).map((event) => data(event).values.n),
      [2, 4],
    );
    response.destroy();
  });

  test('goes on after the event that the reader names', async () => {
    await using api = await startApi();
    const first = await open(api);
    api.live.uplinks([uplink('a', '{"n":1}')]);
    const [event] = await events(first, 1);
    const id = /^id: (.*)$/m.exec(event as string)?.[1];
    first.destroy();
    await until(() => api.live.readers === 0);
    api.live.uplinks([uplink('a', '{"n":2}'), uplink('a', '{"n":3}')]);
    const second = await open(api, '', id);
    assert.deepEqual(
      (await events(second, 2)).map((each) => data(each).values.n),
      [2, 3],
    );
    second.destroy();
    await until(() => api.live.readers === 0);
    const third = await open(api, '', 'another-start-5');
    assert.match((await events(third, 1))[0] as string, /event: reset/);
    third.destroy();
  });

  test('of a device that is not there is refused, as silence would tell nobody', async () => {
    await using api = await startApi();
    const { status, json } = await api.call('GET', '/api/v1/stream?device=nosuch');
    assert.deepEqual([status, json.code], [404, 'DEVICE_UNKNOWN']);
  });

  test('a reader that is too slow is told how much it missed', async () => {
    await using api = await startApi({ streamBuffer: 100_000, streamRing: 500_000 });
    const slow = await open(api);
    const count = 200;
    const payload = JSON.stringify({ filler: 'x'.repeat(50_000) });
    for (let i = 0; i < count; i++) {
      api.live.uplinks([uplink('a', payload)]);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { got, missed } = await readAll(slow, count);
    assert.ok(missed > 0, 'nothing was missed');
    assert.equal(got + missed, count);
    slow.destroy();
  });

  test('there is a bound on readers', async () => {
    await using api = await startApi();
    const readers = Array.from({ length: serverLimits.values.streams }, () =>
      api.live.open({ waiting: 0, write() {} }),
    );
    const answer = await api.call('GET', '/api/v1/stream');
    assert.deepEqual([answer.status, answer.json.code], [503, 'TOO_MANY_STREAMS']);
    for (const reader of readers) reader.close();
    (await open(api)).destroy();
  });

  test('an open stream does not keep the service from ending', async () => {
    const api = await startApi();
    const response = await open(api);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    response
      .on('error', () => {})
      .on('close', resolve)
      .resume();
    await api[Symbol.asyncDispose]();
    await ended;
    assert.equal(api.live.readers, 0);
  });
});
