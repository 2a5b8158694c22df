/** Traces of a service, as a collector gets them. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { silentLog, systemClock } from '@fairlead/core';
import { SpanExporter } from '../../src/tracing/exporter.ts';
import { SamplingTracer } from '../../src/tracing/tracer.ts';
import { dial, eventually, type Json, packet, scratch, start } from '../running.ts';

interface Seen {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly status?: { readonly code: number; readonly message: string };
}

/** A collector that keeps what it gets. */
class Collector implements AsyncDisposable {
  readonly spans: Seen[] = [];
  readonly resources: Json[] = [];
  /** 0: it does not answer. */
  status = 200;
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      assert.equal(request.headers['content-type'], 'application/json');
      if (this.status === 200) this.#take(JSON.parse(body));
      if (this.status === 0) return;
      response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`;
  }

  named(name: string): Seen[] {
    return this.spans.filter((span) => span.name === name);
  }

  childrenOf({ spanId, traceId }: Seen): Seen[] {
    return this.spans.filter((span) => span.parentSpanId === spanId && span.traceId === traceId);
  }

  #take({ resourceSpans }: Json): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resources.push(resource);
      for (const { spans } of scopeSpans)
        for (const { attributes, ...span } of spans)
          this.spans.push({
            ...span,
            values: Object.fromEntries(
              attributes.map(({ key, value }: Json) => [key, Object.values(value)[0]] as const),
            ),
          });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test('a message, a downlink, a request and a run, each with its parts', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  await using collector = new Collector();
  const endpoint = await collector.listen();
  await using running = await start(dir, {
    FAIRLEAD_TRACING__ENDPOINT: endpoint,
    FAIRLEAD_TRACING__SAMPLE: '1',
    FAIRLEAD_LISTENERS__OFFICIAL__DURABILITY: 'journal',
  });
  const { listeners } = running.service.addresses;
  const meter = await running.call('POST', '/api/v1/devices', {
    name: 'meter-1',
    protocol: 'custom',
    framing: 'line',
    uplink: `export function uplink(bytes) {
      if (bytes.length > 3) throw new Error('long');
      return { values: { n: bytes.length } };
    }`,
  });
  const custom = await dial(listeners.custom as string);
  t.after(() => custom.destroy());
  custom.write(`${meter.json.token}\nab\n`);
  await eventually(() => collector.named('uplink').length === 1);
  const [uplink] = collector.named('uplink') as [Seen];
  assert.partialDeepStrictEqual(uplink.values, {
    'fairlead.device': 'meter-1',
    'fairlead.listener': 'custom',
    'fairlead.frames': '1',
    'fairlead.messages': '1',
  });
  await eventually(() => collector.childrenOf(uplink).length === 2);
  const parts = collector
    .childrenOf(uplink)
    .sort((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));
  assert.deepEqual(
    parts.map(({ name }) => name),
    ['script', 'publish'],
  );
  for (const { startTimeUnixNano, endTimeUnixNano } of [uplink, ...parts]) {
    assert.ok(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano));
    assert.ok(Math.abs(Number(BigInt(startTimeUnixNano) / 1_000_000n) - Date.now()) < 60_000);
  }
  custom.write('too long\n');
  await eventually(() =>
    collector.named('uplink').some(({ values }) => values['fairlead.code'] === 'SCRIPT_FAILED'),
  );

  const boiler = await running.call('POST', '/api/v1/devices', { name: 'boiler-1' });
  const official = await dial(listeners.official as string);
  t.after(() => official.destroy());
  official.write(Buffer.concat([packet(0, 0, boiler.json.token), packet(0, 1, '{"t":1}')]));
  const ofBoiler = () =>
    collector.named('uplink').find(({ values }) => values['fairlead.device'] === 'boiler-1');
  await eventually(() => ofBoiler() !== undefined && collector.childrenOf(ofBoiler() as Seen).length === 2);
  assert.deepEqual(
    collector
      .childrenOf(ofBoiler() as Seen)
      .map(({ name }) => name)
      .sort(),
    ['journal', 'publish'],
  );

  const answer = await fetch(`${running.url}/api/v1/devices/boiler-1/downlinks`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${running.token}`,
      'content-type': 'application/json',
      traceparent: `00-${TRACE}-${PARENT}-01`,
    },
    body: JSON.stringify({ values: { on: true }, wait: '2s' }),
  });
  assert.equal(answer.status, 200);
  const request = () => collector.spans.find(({ traceId, kind }) => traceId === TRACE && kind === 2);
  await eventually(() => request() !== undefined && collector.childrenOf(request() as Seen).length === 1);
  assert.equal(request()?.parentSpanId, PARENT);
  assert.equal(request()?.name, 'POST /api/v1/devices/:name/downlinks');
  assert.equal(request()?.values['http.response.status_code'], '200');
  const [downlink] = collector.childrenOf(request() as Seen);
  assert.deepEqual([downlink?.name, downlink?.values['fairlead.status']], ['downlink', 'written']);

  const job = { name: 'nightly', steps: [{ name: 'tell', publish: { topic: 'a/b', payload: 'x' } }] };
  const made = await running.call('POST', '/api/v1/jobs', job);
  if (made.status < 300) {
    await running.call('POST', '/api/v1/jobs/nightly/run', {});
    await eventually(() => collector.named('job nightly').length === 1);
  } else assert.fail(JSON.stringify(made.json));
  assert.equal(collector.childrenOf(collector.named('job nightly')[0] as Seen)[0]?.name, 'step tell');
  assert.ok(JSON.stringify(collector.resources).includes('"service.name"'));
  assert.ok(!JSON.stringify(collector.spans).includes(running.token));
});

test('what is sampled: by chance, or as the parent says', async () => {
  const numbers = [0.05, 0.5];
  const random = () => numbers.shift() as number;
  await using tracer = new SamplingTracer({
    endpoint: 'http://127.0.0.1:9/',
    sample: 0.1,
    service: 'x',
    version: '1',
    clock: systemClock,
    log: silentLog,
    random,
  });
  assert.match(tracer.begin('a', 'internal')?.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(tracer.begin('a', 'internal'), undefined);
  const parent = (flags: string) => `00-${TRACE}-${PARENT}-${flags}`;
  assert.match(tracer.begin('a', 'internal', parent('01'))?.traceparent ?? '', new RegExp(TRACE));
  assert.equal(tracer.begin('a', 'internal', parent('00')), undefined);
});

test('a collector that is away, refuses or is slow: spans are dropped and counted, once told', async () => {
  await using collector = new Collector();
  const endpoint = await collector.listen();
  const told: string[] = [];
  const log = { ...silentLog, warn: (_: object, text: string) => void told.push(text) };
  const exporter = new SpanExporter({ endpoint, resource: {}, version: '1', clock: systemClock, log });
  const span = {
    trace: TRACE,
    span: PARENT,
    parent: undefined,
    name: 'a',
    kind: 'internal',
    start: 1,
    end: 2,
    values: new Map(),
    error: undefined,
  } as const;
  collector.status = 503;
  for (let i = 0; i < 512; i++) exporter.add(span);
  await eventually(() => exporter.dropped === 512);
  collector.status = 200;
  for (let i = 0; i < 6_000; i++) exporter.add(span); // more than the queue holds, in one turn
  await exporter.close();
  assert.equal(exporter.exported + exporter.dropped, 6_512);
  assert.ok(exporter.exported >= 4_096, String(exporter.exported));
  assert.equal(collector.spans.length, exporter.exported);
  assert.deepEqual(told, [`The spans do not reach ${endpoint}: HTTP status 503. They are dropped.`]);
  exporter.add(span);
  assert.equal(exporter.exported + exporter.dropped, 6_513);

  collector.status = 0;
  const silent = new SpanExporter({ endpoint, resource: {}, version: '1', clock: systemClock, log });
  for (let i = 0; i < 1_000; i++) silent.add(span);
  const begun = performance.now();
  await silent.close();
  assert.ok(performance.now() - begun < 4_000);
  assert.deepEqual([silent.exported, silent.dropped], [0, 1_000]);
});
