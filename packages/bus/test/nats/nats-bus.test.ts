import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type BusDelivery, type NatsBusOptions, natsBus } from '@fairlead/bus';
import { isFairleadError } from '@fairlead/core';
import { eventually, freePort, requirePeer, startNats } from '@fairlead/testkit';
import { connect } from '@nats-io/transport-node';
import { recordingLog } from '../recording-log.ts';

const QUICK = { min: '10ms', max: '50ms' } as const;

test('comes back and subscribes again after the server was killed; sends nothing meanwhile', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using nats = await startNats();
  const log = recordingLog();
  await using bus = await natsBus({ url: nats.url, reconnect: QUICK, log });
  await bus.ready();
  const got: string[] = [];
  await bus.subscribe('devices/+/set', (topic, payload) => got.push(`${topic} ${payload}`));
  bus.publish([{ topic: 'devices/a/set', payload: 'before' }]);
  await eventually(() => got.length === 1, 'the first message came');
  await nats.kill();
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.publish([{ topic: 'devices/a/set', payload: 'while away' }]), false);
  await bus.subscribe('late', (topic, payload) => got.push(`${topic} ${payload}`));
  bus.publish([{ topic: 'late', payload: 'too' }]);
  assert.equal(bus.stats().queuedMessages, 2);
  await nats.restart();
  await bus.flushed(AbortSignal.timeout(10_000));
  await eventually(() => got.length === 3, 'what was taken over while away came');
  assert.deepEqual(got, ['devices/a/set before', 'devices/a/set while away', 'late too']);
  assert.equal(bus.stats().reconnects, 1);
  assert.equal(new Set(log.codes).size, log.codes.length, `no reason is logged twice: ${log.codes}`);
});

test('a server that stands still is given up, and what it may not have read is sent again', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using nats = await startNats();
  await using bus = await natsBus({ url: nats.url, keepalive: '1s', reconnect: QUICK });
  await bus.ready();
  nats.pause();
  const message = { topic: 't', payload: Buffer.alloc(10_000) };
  let published = 0;
  while (bus.publish([message])) {
    published++;
    await new Promise(setImmediate);
    assert.ok(published < 10_000, 'publish() answers false in the end');
  }
  assert.ok(bus.stats().queuedBytes <= 2 ** 20 + 20_000, 'memory is bounded');
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'BUS_BROKER_SILENT');
  nats.resume();
  await bus.flushed(AbortSignal.timeout(20_000));
  assert.equal(bus.stats().queuedMessages, 0);
});

const API = '$JS.API.STREAM';

test('a full stream: the bus is down for this reason, keeps the messages, and goes on when there is room', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using nats = await startNats({ args: ['-js'] });
  const log = recordingLog();
  const stream = { name: 'FULL', subjects: ['devices.>'], maxBytes: '20KiB' } as const;
  await using bus = await natsBus({ url: nats.url, stream, reconnect: QUICK, log });
  await bus.ready();
  for (let n = 0; n < 40; n++)
    bus.publish([{ topic: `devices/a/${n}`, payload: 'x'.repeat(1_000), properties: { seq: String(n) } }]);
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'BUS_STREAM_UNAVAILABLE');
  const { queuedMessages } = bus.stats();
  assert.ok(queuedMessages > 0 && queuedMessages < 40, `${queuedMessages} wait`);
  const admin = await connect({ servers: nats.url });
  const seen = new Set<string>();
  const drain = async () => {
    const info = (await admin.request(`${API}.INFO.FULL`)).json<{
      state: { first_seq: number; last_seq: number };
    }>();
    for (let seq = info.state.first_seq; seq <= info.state.last_seq; seq++) {
      const answer = (await admin.request(`${API}.MSG.GET.FULL`, JSON.stringify({ seq }))).json<{
        message?: { subject: string };
      }>();
      if (answer.message) seen.add(answer.message.subject);
    }
    // What came meanwhile stays.
    await admin.request(`${API}.PURGE.FULL`, JSON.stringify({ seq: info.state.last_seq + 1 }));
  };
  await eventually(async () => {
    await drain();
    return seen.size === 40;
  }, 'every message was stored');
  await bus.flushed(AbortSignal.timeout(10_000));
  await eventually(() => bus.state === 'connected', 'the bus is connected');
  assert.deepEqual([bus.stats().refused, bus.stats().queuedMessages], [0, 0]);
  assert.deepEqual([...new Set(log.codes)], ['BUS_STREAM_UNAVAILABLE']);
  await admin.close();
});

test('a server without JetStream, and a stream that is not there', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using plain = await startNats();
  await using without = await natsBus({ url: plain.url, stream: { name: 'X' }, reconnect: QUICK });
  await eventually(() => without.state === 'down', 'the bus is down');
  assert.equal(without.cause?.code, 'BUS_BROKER_REFUSED');
  await using nats = await startNats({ args: ['-js'] });
  await using bus = await natsBus({ url: nats.url, stream: { name: 'X' }, reconnect: QUICK });
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'BUS_STREAM_UNAVAILABLE');
  assert.match(bus.cause?.message ?? '', /stream not found/);
});

test('a stream that is deleted while messages are on their way', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using nats = await startNats({ args: ['-js'] });
  const stream = { name: 'GONE', subjects: ['devices.>'] };
  await using bus = await natsBus({ url: nats.url, stream, reconnect: QUICK });
  await bus.ready();
  const admin = await connect({ servers: nats.url });
  await admin.request(`${API}.DELETE.GONE`);
  bus.publish([{ topic: 'devices/a/attributes', payload: '{}' }]);
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'BUS_STREAM_UNAVAILABLE');
  await admin.request(`${API}.CREATE.GONE`, JSON.stringify({ name: 'GONE', subjects: ['devices.>'] }));
  await bus.flushed(AbortSignal.timeout(10_000));
  await admin.close();
});

test('the server drops the copy of an uplink that it has stored', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using nats = await startNats({ args: ['-js'] });
  const stream = { name: 'ONCE', subjects: ['devices.>'] };
  await using bus = await natsBus({ url: nats.url, stream });
  const properties = { device: 'a', epoch: '7', seq: '1', kind: 'attributes' };
  const message = { topic: 'devices/a/attributes', payload: '{}', properties };
  bus.publish([message, message, { ...message, properties: { ...properties, seq: '2' } }]);
  await bus.flushed(AbortSignal.timeout(10_000));
  const admin = await connect({ servers: nats.url });
  const info = (await admin.request(`${API}.INFO.ONCE`)).json<{ state: { messages: number } }>();
  assert.equal(info.state.messages, 2);
  await admin.close();
});

test('credentials that are wrong, and a topic that the user may not publish on', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-nats-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'nats.conf');
  await writeFile(
    config,
    'authorization { users = [ { user: gate, password: right, permissions: { publish: { deny: "secret.>" } } } ] }',
  );
  await using nats = await startNats({ args: ['-c', config] });
  const options: NatsBusOptions = { url: nats.url, user: 'gate', reconnect: QUICK };
  const log = recordingLog();
  await using wrong = await natsBus({ ...options, password: 'wrong', log });
  await eventually(() => wrong.state === 'down', 'the bus is down');
  assert.equal(wrong.cause?.code, 'BUS_CREDENTIALS_REFUSED');
  assert.ok(!log.lines.join().includes('wrong'));
  await using bus = await natsBus({ ...options, password: 'right' });
  await bus.ready();
  bus.publish([{ topic: 'secret/a', payload: '' }]);
  await bus.flushed(AbortSignal.timeout(10_000));
  await eventually(() => bus.stats().refused === 1, 'the message is counted as refused');
  assert.equal(bus.state, 'connected');
});

test('a message that is larger than the server takes is refused, the others go on', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using nats = await startNats();
  await using bus = await natsBus({ url: nats.url, maxPayload: '8MiB' });
  await bus.ready();
  const got: number[] = [];
  await bus.subscribe('t', (_topic, payload) => got.push(payload.length));
  bus.publish([1, 2 ** 21, 2].map((size) => ({ topic: 't', payload: Buffer.alloc(size) })));
  await bus.flushed(AbortSignal.timeout(10_000));
  await eventually(() => got.length === 2, 'the others came');
  assert.deepEqual(got, [1, 2]);
  assert.equal(bus.stats().refused, 1);
});

test('answers a request of a NATS client, and shares messages in a queue group', async (t) => {
  if (!requirePeer(t, 'nats-server')) return;
  await using nats = await startNats();
  await using one = await natsBus({ url: nats.url, prefix: 'plant.' });
  await using two = await natsBus({ url: nats.url, prefix: 'plant.' });
  await Promise.all([one.ready(), two.ready()]);
  const client = await connect({ servers: nats.url });
  const deliveries: BusDelivery[] = [];
  await one.subscribe('devices/+/command', (_topic, _payload, delivery) => {
    deliveries.push(delivery);
    one.publish([{ topic: delivery.responseTopic as string, payload: 'done' }]);
  });
  const answer = await client.request('plant.devices.a.command', '{}', { timeout: 5_000 });
  assert.equal(answer.string(), 'done');
  const counts = [0, 0];
  await one.subscribe('$share/work/jobs/#', () => (counts[0] as number)++);
  await two.subscribe('$share/work/jobs/#', () => (counts[1] as number)++);
  for (let n = 0; n < 200; n++) client.publish(`plant.jobs.${n}`, '');
  await eventually(() => (counts[0] as number) + (counts[1] as number) >= 200, 'all jobs came');
  assert.equal((counts[0] as number) + (counts[1] as number), 200);
  assert.ok(
    counts.every((count) => count > 0),
    `${counts}`,
  );
  await client.close();
});

test('a peer that is no NATS server, and one that is not there', async () => {
  const port = await freePort();
  await using bus = await natsBus({ url: `nats://127.0.0.1:${port}`, reconnect: QUICK });
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'CONNECT_REFUSED');
});

test('refuses options that cannot be right', async () => {
  const flawed: Partial<NatsBusOptions>[] = [
    { url: 'mqtt://host' },
    { url: 'nats://user:secret@host' },
    { url: 'nats://a,tls://b' },
    { url: 'nats://host/path' },
    { password: 'x' },
    { token: 'a', user: 'b' },
    { prefix: 'a' },
    { prefix: 'a.*.' },
    { stream: { name: 'a.b' } },
    { stream: { name: 'a', subjects: ['a..b'] } },
    { tls: { ca: 'x' } },
    { urll: '' } as never,
  ];
  for (const options of flawed)
    await assert.rejects(
      natsBus({ url: 'nats://127.0.0.1:1', ...options }),
      (error) => isFairleadError(error) && !error.message.includes('secret'),
      JSON.stringify(options),
    );
});
