import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Span, SpanKind, Tracer } from '@fairlead/core';
import { settled } from '@fairlead/testkit';
import { UplinkTraces } from '../../src/uplink/uplink-traces.ts';
import { attributes, auth, world } from '../harness.ts';

/** Keeps what was begun and ended. `sampled` says which traces there are. */
class TestTracer implements Tracer {
  readonly lines: string[] = [];
  begun = 0;
  sampled = true;

  begin(name: string, _kind: SpanKind, parent?: string): Span | undefined {
    this.begun++;
    return this.sampled ? this.span(parent === undefined ? name : `${name} of ${parent}`) : undefined;
  }

  span(name: string): Span {
    let ended = false;
    return {
      traceparent: name,
      set() {},
      child: (part) => this.span(`${name} > ${part}`),
      end: (error) => {
        if (!ended) this.lines.push(error === undefined ? name : `${name}: ${error}`);
        ended = true;
      },
    };
  }
}

test('uplinks with and without a script, and downlinks from the bus with their parent', async () => {
  const tracer = new TestTracer();
  const sensor = { name: 'sensor', token: 'secret' };
  const { official, bus } = await world([sensor], { tracer });
  bus.carriesProperties = true;
  const peer = await (await official()).send(auth('secret'));
  await peer.send(attributes({ n: 1 }));
  await settled();
  assert.deepEqual(tracer.lines, ['uplink > publish', 'uplink']);
  assert.equal(bus.published.at(-1)?.properties?.traceparent, 'uplink > publish');
  tracer.lines.length = 0;
  bus.deliver('devices/sensor/set', '{"n":1}', { properties: { traceparent: 'their-span' } });
  bus.deliver('devices/nobody/set', '{"n":1}', {});
  await settled();
  assert.deepEqual(tracer.lines.toSorted(), ['downlink of their-span', 'downlink: DOWNLINK_DEVICE_UNKNOWN']);
  tracer.lines.length = 0;
  tracer.sampled = false;
  await peer.send(attributes({ n: 2 }));
  await settled();
  assert.deepEqual(tracer.lines, []);
  assert.ok(!('traceparent' in (bus.published.at(-1)?.properties ?? {})));
  assert.equal(bus.lines.filter((line) => line.startsWith('devices/sensor/attributes')).length, 2);
});

test('what is journaled ends when the bus has it; what the bus does not take is given up', () => {
  const tracer = new TestTracer();
  const traces = new UplinkTraces(tracer);
  const session = { device: { name: 'a', profile: {} }, listener: 'official' } as never;
  const uplink = (seq: number) => ({ origin: { device: 'id', epoch: 7, seq } }) as never;
  const begin = (seq: number) => {
    const span = traces.begin(session, 1) as Span;
    traces.safe(span, [uplink(seq - 1), uplink(seq)], true, undefined)();
  };
  begin(2);
  assert.deepEqual(tracer.lines, ['uplink > journal']);
  assert.equal(traces.publishes({ device: 'id', epoch: 7, seq: 1 }), undefined);
  const published = traces.publishes({ device: 'id', epoch: 7, seq: 2 });
  assert.equal(published?.traceparent, 'uplink > publish');
  published.done();
  assert.deepEqual(tracer.lines.slice(1), ['uplink > publish', 'uplink']);
  assert.equal(traces.publishes({ device: 'id', epoch: 7, seq: 2 }), undefined);
  tracer.lines.length = 0;
  for (let i = 1; i <= 1_200; i++) begin(2 * i);
  assert.equal(tracer.lines.filter((line) => line === 'uplink').length, 200);
});
