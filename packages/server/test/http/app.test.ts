import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { operations } from '@fairlead/api';
import type { LinkInfo } from '@fairlead/gateway';
import { serverLimits } from '../../src/index.ts';
import { startApi } from './harness.ts';

const link = (id: string, more: Partial<LinkInfo> = {}): LinkInfo => ({
  id,
  listener: 'official',
  remote: '10.0.0.1:1234',
  state: 'open',
  openedAt: 1_700_000_000_000,
  bytesIn: 1,
  bytesOut: 2,
  framesIn: 3,
  framesOut: 4,
  refusals: { ATTRIBUTES_INVALID: 2 },
  refusedFrames: [
    { time: 1_700_000_000_500, code: 'ATTRIBUTES_INVALID', reason: 'no', size: 70, hex: '00ff' },
  ],
  ...more,
});

describe('links', () => {
  test('are listed, shown and closed', async () => {
    await using api = await startApi();
    api.gateway.known = [
      link('1', { device: 'a' }),
      link('2', { state: 'closed', closedAt: 1_700_000_001_000, code: 'PEER_CLOSED' }),
    ];
    const ids = async (query: string) =>
      (await api.call('GET', `/api/v1/links${query}`)).json.map(({ id }: LinkInfo) => id);
    assert.deepEqual(await ids(''), ['1', '2']);
    assert.deepEqual(await ids('?device=a'), ['1']);
    assert.deepEqual(await ids('?state=closed'), ['2']);
    const shown = (await api.call('GET', '/api/v1/links/2')).json;
    assert.deepEqual(
      [shown.openedAt, shown.closedAt, shown.code, shown.refusals],
      ['2023-11-14T22:13:20.000Z', '2023-11-14T22:13:21.000Z', 'PEER_CLOSED', { ATTRIBUTES_INVALID: 2 }],
    );
    assert.deepEqual(shown.refusedFrames, [
      { time: '2023-11-14T22:13:20.500Z', code: 'ATTRIBUTES_INVALID', reason: 'no', size: 70, hex: '00ff' },
    ]);
    assert.equal((await api.call('DELETE', '/api/v1/links/1')).status, 204);
    assert.equal((await api.call('DELETE', '/api/v1/links/2')).json.code, 'LINK_NOT_OPEN');
    assert.equal((await api.call('DELETE', '/api/v1/links/3')).json.code, 'LINK_UNKNOWN');
    assert.equal((await api.call('GET', '/api/v1/links/3')).status, 404);
  });
});

describe('the service', () => {
  test('says whether it is ready, and what stands in the way', async () => {
    await using api = await startApi();
    assert.equal((await api.call('GET', '/readyz')).status, 200);
    api.ready = false;
    const answer = await api.call('GET', '/readyz');
    assert.equal(answer.status, 503);
    assert.deepEqual(answer.json.checks.store, { ok: false, detail: 'the disk is full' });
    assert.equal((await api.call('GET', '/healthz')).status, 200);
  });

  test('says what runs', async () => {
    await using api = await startApi();
    const { json } = await api.call('GET', '/api/v1/status');
    assert.equal(json.version, '1.2.3');
    const none = { suspect: 0, dead: 0, never: 0, flapping: 0, streams: 0 };
    assert.deepEqual(json.counts, { devices: 0, online: 1, sessions: 2, ...none });
    assert.deepEqual(json.traffic, { messages: 7, bytesIn: 90, bytesOut: 12 });
    assert.ok(json.process.memory > 1_000_000 && json.process.diskFree <= json.process.diskSize);
    assert.ok(json.process.loopDelay >= 0);
    assert.equal(json.bus.state, 'connected');
    assert.deepEqual((await api.call('GET', '/api/v1/listeners')).json, json.listeners);
  });

  test('counts', async () => {
    await using api = await startApi();
    const scrape = async () => (await api.call('GET', '/metrics')).text;
    await scrape();
    const text = await scrape();
    for (const line of [
      'fairlead_links_opened_total{listener="official"} 3',
      'fairlead_links_closed_total{listener="official",code="PEER_CLOSED"} 2',
      'fairlead_refusals_total{listener="custom",code="SCRIPT_FAILED"} 1',
      'fairlead_uplinks_total{kind="attributes"} 7',
      'fairlead_downlinks_total{outcome="written"} 1',
      'fairlead_links_open{listener="official"} 1',
      'fairlead_link_bytes_total{listener="official",direction="in"} 90',
      'fairlead_link_frames_total{listener="official",direction="out"} 2',
      'fairlead_profile_devices_online{profile="gt06"} 1',
      'fairlead_profile_script_seconds_total{profile="gt06"} 1.5',
      'fairlead_profile_links_closed_total{profile="gt06",code="PEER_CLOSED"} 2',
      'fairlead_profile_refusals_total{profile="(own)",code="SCRIPT_FAILED"} 1',
      'fairlead_devices 0',
      'fairlead_ledger_downlinks_unfinished 0',
      'fairlead_devices_online 1',
      'fairlead_bus_queue_messages 1',
      'fairlead_bus_reconnects_total 3',
      'fairlead_sandbox_kills_total 3',
    ])
      assert.ok(text.includes(`\n${line}\n`), `${line} is missing in\n${text}`);
    assert.match(text, /process_resident_memory_bytes \d+/);
  });
});

describe('the documentation', () => {
  test('describes every route, with its refusals', async () => {
    await using api = await startApi();
    const { json } = await api.call('GET', '/api/docs/json');
    assert.equal(json.openapi, '3.1.0');
    const paths = Object.keys(json.paths);
    for (const path of [
      '/healthz',
      '/metrics',
      '/api/v1/devices',
      '/api/v1/devices/{name}',
      '/api/v1/devices/import',
      '/api/v1/stream',
    ])
      assert.ok(paths.includes(path), path);
    assert.ok(!paths.some((path) => path.startsWith('/api/docs')));
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(
      json.paths as Record<string, Record<string, { summary?: string; operationId?: string }>>,
    ))
      for (const [method, { summary, operationId = '' }] of Object.entries(methods)) {
        assert.ok(summary, `${method} ${path} has no summary`);
        assert.match(operationId, /^[a-z]+([A-Z][a-z]+)+$/, `${method} ${path} has no id`);
        assert.ok(!ids.has(operationId), `${operationId} stands twice`);
        ids.add(operationId);
      }
    const described = Object.values(operations).flatMap((resource) =>
      Object.values(resource).map(({ id }) => id),
    );
    assert.deepEqual([...ids].sort(), described.sort());
    assert.deepEqual(json.servers, [{ url: '/', description: 'The service that sent this document' }]);
    assert.ok(!Object.keys(json.components.schemas).some((name) => name.endsWith('Input')));
    assert.deepEqual(json.paths['/healthz'].get.security, []);
    const add = json.paths['/api/v1/devices'].post;
    assert.ok(add.responses[409].content['application/problem+json']);
    const { $ref } = add.requestBody.content['application/json'].schema;
    assert.equal($ref, '#/components/schemas/NewDevice');
    assert.ok(json.components.schemas.NewDevice.properties.framing.description);
  });

  test('needs nothing from elsewhere', async () => {
    await using api = await startApi();
    const page = await api.call('GET', '/api/docs/');
    assert.match(page.type ?? '', /^text\/html/);
    const assets = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path as string);
    assert.ok(assets.length > 3);
    for (const path of assets) {
      assert.ok(!/^(https?:)?\/\//.test(path), path);
      assert.equal((await api.call('GET', new URL(path, `${api.url}/api/docs/`).pathname)).status, 200, path);
    }
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/);
  });
});

describe('bad requests', () => {
  test('end in a code', async () => {
    await using api = await startApi();
    const nowhere = await api.call('GET', '/api/v1/nowhere?secret=1');
    assert.deepEqual([nowhere.status, nowhere.json.code], [404, 'ROUTE_UNKNOWN']);
    assert.ok(!nowhere.text.includes('secret'));
    assert.equal((await api.call('PUT', '/api/v1/devices')).json.code, 'ROUTE_UNKNOWN');
    const large = await api.call('POST', '/api/v1/devices', { name: 'a', label: 'x'.repeat(2 ** 20) });
    assert.deepEqual([large.status, large.json.code], [413, 'BODY_TOO_LARGE']);
    assert.equal(large.json.details.limit, serverLimits.values.body);
    // A route may take more; the error names the limit of this one.
    const files = { 'README.md': 'x'.repeat(serverLimits.values.profileBody) };
    const profile = await api.call('PUT', '/api/v1/profiles/p', { files });
    assert.deepEqual([profile.status, profile.json.details?.limit], [413, serverLimits.values.profileBody]);
    const text = await api.call('POST', '/api/v1/devices', 'name=a', { 'content-type': 'text/plain' });
    assert.deepEqual([text.status, text.json.code], [415, 'MEDIA_TYPE_UNSUPPORTED']);
    assert.equal((await api.call('POST', '/api/v1/devices', '')).json.code, 'REQUEST_INVALID');
    assert.equal((await api.call('GET', '/api/v1/devices/%zz')).json.code, 'REQUEST_INVALID');
    assert.equal((await api.call('GET', `/api/v1/devices/${'x'.repeat(300)}`)).status, 404);
    const proto = await api.call('POST', '/api/v1/devices', '{"name":"a","__proto__":{"label":"x"}}');
    assert.equal(proto.status, 400);
  });

  test('an error that is none of the catalogue is told to the log, not to the caller', async () => {
    await using api = await startApi();
    api.gateway.links = () => {
      throw new Error('a detail of the inside');
    };
    const answer = await api.call('GET', '/api/v1/links');
    assert.deepEqual([answer.status, answer.json.code], [500, 'INTERNAL']);
    assert.ok(!answer.text.includes('inside'));
    assert.equal(api.logged.length, 1);
  });

  test('bytes that are no HTTP do no harm', async () => {
    await using api = await startApi();
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.end('TP\0\0\0\0\0\0');
    await socket.resume().toArray();
    assert.equal((await api.call('GET', '/healthz')).status, 200);
  });
});
