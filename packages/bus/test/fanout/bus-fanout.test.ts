import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import {
  type BusAdapter,
  type BusBranch,
  busFanout,
  embeddedBroker,
  mqttBus,
  stdoutBus,
} from '@fairlead/bus';
import { isFairleadError, silentLog } from '@fairlead/core';
import { busSuite, eventually, freePort, requirePeer, startMosquitto } from '@fairlead/testkit';
import { recordingLog } from '../recording-log.ts';

const QUICK = { min: '10ms', max: '50ms' } as const;
const main = (bus: BusAdapter): BusBranch => ({
  name: 'bus',
  bus,
  delivery: 'required',
  receives: true,
  fields: [],
});

busSuite('several buses as one', async () => {
  const limits = { queue: { highWater: '64KiB', limit: '1MiB' }, maxPayload: '64KiB' } as const;
  const first = main(await embeddedBroker(limits));
  const less = { ...limits, queue: { highWater: '32KiB', limit: '1MiB' } } as const;
  const second = { ...main(await embeddedBroker(less)), name: 'second', receives: false };
  const stream = new PassThrough();
  stream.resume();
  const third = { ...main(stdoutBus({ stream })), name: 'third', delivery: 'bestEffort' as const };
  return { bus: busFanout([first, second, third], silentLog) };
});

test('a required bus that is away holds everything back; nothing is accepted anywhere beyond its queue', async (t) => {
  if (!requirePeer(t, 'mosquitto')) return;
  const port = await freePort();
  const local = await embeddedBroker();
  const queue = { highWater: '1KiB', limit: '4KiB' } as const;
  const away = await mqttBus({ url: `mqtt://127.0.0.1:${port}`, qos: 1, queue, reconnect: QUICK });
  await using bus = busFanout([main(local), { ...main(away), name: 'away', receives: false }], silentLog);
  const got: string[] = [];
  await local.subscribe('#', (topic) => got.push(topic));
  const large = { topic: 'a', payload: 'x'.repeat(3_000) };
  assert.equal(bus.publish([large]), false);
  assert.notEqual(bus.state, 'connected');
  assert.throws(
    () => bus.publish([large]),
    (error) => isFairleadError(error, 'BUS_QUEUE_FULL'),
  );
  await assert.rejects(bus.drained(AbortSignal.timeout(50)), (error) => isFairleadError(error, 'ABORTED'));
  assert.deepEqual(got, ['a'], 'the refused one went to neither');
  await using _mosquitto = await startMosquitto({ port });
  await bus.drained(AbortSignal.timeout(10_000));
  await bus.flushed(AbortSignal.timeout(10_000));
  assert.equal(bus.state, 'connected');
  assert.equal(bus.publish([{ topic: 'b', payload: '' }]), true);
});

test('a best-effort bus that is away drops beyond its queue, says so once, and goes on afterwards', async (t) => {
  if (!requirePeer(t, 'mosquitto')) return;
  const port = await freePort();
  const log = recordingLog();
  const queue = { highWater: '1KiB', limit: '4KiB' } as const;
  const away = await mqttBus({ url: `mqtt://127.0.0.1:${port}`, qos: 1, queue, reconnect: QUICK });
  const branch = { ...main(away), name: 'away', delivery: 'bestEffort' as const, receives: false };
  await using bus = busFanout([main(await embeddedBroker()), branch], log);
  for (let n = 0; n < 10; n++) {
    assert.equal(bus.publish([{ topic: 'a', payload: 'x'.repeat(1_000) }]), true);
    await bus.flushed(AbortSignal.timeout(5_000));
  }
  assert.equal(bus.state, 'connected');
  const { dropped, queuedMessages } = bus.branches()[1] as { dropped: number; queuedMessages: number };
  assert.equal(dropped + queuedMessages, 10);
  assert.ok(dropped >= 6 && queuedMessages >= 3, `${dropped} dropped, ${queuedMessages} wait`);
  assert.deepEqual(log.codes, ['BUS_ROUTE_DROPPING']);
  await using _mosquitto = await startMosquitto({ port });
  await away.flushed(AbortSignal.timeout(10_000));
  bus.publish([{ topic: 'a', payload: 'fits again' }]);
  await away.flushed(AbortSignal.timeout(10_000));
  assert.equal(bus.branches()[1]?.dropped, dropped);
});

test('each bus gets its topics, with properties or with fields in the payload', async () => {
  const local = await embeddedBroker();
  const stream = new PassThrough();
  let lines = '';
  stream.on('data', (chunk) => {
    lines += chunk;
  });
  const second = {
    ...main(stdoutBus({ stream })),
    name: 'out',
    takes: (topic: string) => topic.startsWith('devices/a/'),
    fields: ['time' as const],
  };
  await using bus = busFanout([main(local), second], silentLog);
  assert.equal(bus.carriesProperties, true);
  const got: string[] = [];
  await bus.subscribe('#', (topic, payload) => got.push(`${topic} ${payload}`));
  const properties = { kind: 'attributes', time: '2026-01-01T00:00:00.000Z' };
  bus.publish(['a', 'b'].map((name) => ({ topic: `devices/${name}/x`, payload: '{"v":1}', properties })));
  await bus.flushed(AbortSignal.timeout(5_000));
  await eventually(() => got.length === 2, 'both came');
  assert.deepEqual(got, ['devices/a/x {"v":1}', 'devices/b/x {"v":1}']);
  const [line, rest] = lines.split('\n');
  assert.deepEqual([JSON.parse(line as string).json, rest], [{ _time: properties.time, v: 1 }, '']);
});
