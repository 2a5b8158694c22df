/**
 * Messages a second and CPU a message from this process through Mosquitto to one subscriber: our bus beside a relay
 * that writes the bytes of MQTT by hand, in turns, in one run. The broker is the bottleneck; the CPU figure is ours.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { type BusAdapter, embeddedBroker, externalBroker } from '../packages/bus/src/index.ts';
import { startMosquitto } from '../packages/testkit/src/index.ts';

const MESSAGES = 200_000;
const BATCH = 100;
const ROUNDS = 3;
const TOPICS = Array.from({ length: 100 }, (_, i) => `devices/sensor-${i}/attributes`);
const PAYLOADS = Array.from({ length: 61 }, (_, i) =>
  Buffer.from(`{"temperature":21.5,"pad":"${'x'.repeat(12 + i)}"}`),
);

interface Result {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Publishes batch after batch; resolves when all have been handed over. */
type Publisher = (batches: number) => Promise<void>;

export async function run(): Promise<void> {
  await using mosquitto = await startMosquitto({ config: ['max_queued_messages 0'] });
  await using bus = await externalBroker({ url: mosquitto.url });
  await using confirmed = await externalBroker({ url: mosquitto.url, qos: 1 });
  await using embedded = await embeddedBroker({ listen: '127.0.0.1:0' });
  await Promise.all([bus.ready(), confirmed.ready()]);
  const relay = await handWritten(mosquitto.port);
  const cases: readonly (readonly [string, number, Publisher, number])[] = [
    ['hand-written relay', mosquitto.port, relay.publish, MESSAGES],
    ['external, QoS 0', mosquitto.port, through(bus), MESSAGES],
    ['external, QoS 1', mosquitto.port, through(confirmed), MESSAGES / 2],
    ['embedded', embedded.port as number, through(embedded), MESSAGES / 2],
  ];
  const best = new Map<string, Result>();
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, port, publish, messages] of cases) {
      const result = await measure(port, publish, messages);
      // The first round warms up.
      if (round > 0 && result.perSecond > (best.get(name)?.perSecond ?? 0)) best.set(name, result);
    }
  relay.close();
  const base = best.get('hand-written relay') as Result;
  console.log(
    `${'bus, 40 to 100 bytes'.padEnd(22)}${'messages/s'.padStart(12)}${'ratio'.padStart(7)}${'CPU µs each'.padStart(13)}${'ratio'.padStart(7)}`,
  );
  for (const [name, { perSecond, cpuMicros }] of best)
    console.log(
      name.padEnd(22) +
        Math.round(perSecond).toLocaleString('en').padStart(12) +
        (perSecond / base.perSecond).toFixed(2).padStart(7) +
        cpuMicros.toFixed(2).padStart(13) +
        (cpuMicros / base.cpuMicros).toFixed(2).padStart(7),
    );
}

function through(bus: BusAdapter): Publisher {
  return async (batches) => {
    for (let n = 0; n < batches; n++) {
      if (!bus.publish(batchOf(n))) await bus.drained();
      // As in a gateway, where other sockets have their turn between two batches.
      if (n % 8 === 7) await new Promise(setImmediate);
    }
    await bus.flushed();
  };
}

function batchOf(n: number): { topic: string; payload: Buffer }[] {
  const topic = TOPICS[n % TOPICS.length] as string;
  return Array.from({ length: BATCH }, (_, i) => ({
    topic,
    payload: PAYLOADS[i % PAYLOADS.length] as Buffer,
  }));
}

async function measure(port: number, publish: Publisher, messages: number): Promise<Result> {
  const counter = fork(import.meta.filename, [String(port), String(messages)]);
  await once(counter, 'message');
  const done = once(counter, 'message');
  const cpu = process.cpuUsage();
  const start = performance.now();
  await publish(messages / BATCH);
  const { user, system } = process.cpuUsage(cpu);
  await done;
  const seconds = (performance.now() - start) / 1_000;
  if (counter.exitCode === null) await once(counter, 'exit');
  return { perSecond: messages / seconds, cpuMicros: (user + system) / messages };
}

/** The least that a relay can do: one buffer a batch, filled by hand, and no more than the socket takes. */
async function handWritten(port: number): Promise<{ publish: Publisher; close(): void }> {
  const socket = await dial(port, 'relay');
  const publish: Publisher = async (batches) => {
    for (let n = 0; n < batches; n++) {
      const messages = batchOf(n);
      const target = Buffer.allocUnsafe(BATCH * 160);
      let at = 0;
      for (const { topic, payload } of messages) {
        const rest = 2 + topic.length + payload.length;
        target[at++] = 0x30;
        if (rest >= 0x80) {
          target[at++] = (rest & 0x7f) | 0x80;
          target[at++] = rest >> 7;
        } else target[at++] = rest;
        target[at++] = 0;
        target[at++] = topic.length;
        at += target.write(topic, at, 'latin1');
        at += payload.copy(target, at);
      }
      if (!socket.write(target.subarray(0, at))) await once(socket, 'drain');
      if (n % 8 === 7) await new Promise(setImmediate);
    }
  };
  return { publish, close: () => socket.destroy() };
}

/** A client of MQTT 3.1.1 with a clean session and no keep-alive. */
async function dial(port: number, id: string): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const name = Buffer.from(id);
  const head = [0x10, 12 + name.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, name.length];
  socket.write(Buffer.concat([Buffer.from(head), name]));
  await once(socket, 'data');
  return socket;
}

/** The subscriber, a process of its own: counts PUBLISH packets and says when all have come. */
async function count(port: number, messages: number): Promise<void> {
  const socket = await dial(port, 'counter');
  socket.write(Buffer.from([0x82, 6, 0, 1, 0, 1, 0x23, 0]));
  let left = messages;
  let rest: Buffer = Buffer.alloc(0);
  let subscribed = false;
  socket.on('data', (chunk: Buffer) => {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const second = bytes[at + 1] as number;
      const size = second < 0x80 ? 2 + second : 3 + (second & 0x7f) + ((bytes[at + 2] as number) << 7);
      if (at + size > bytes.length) break;
      if (((bytes[at] as number) & 0xf0) === 0x30) left--;
      else if (!subscribed) {
        subscribed = true;
        process.send?.('ready');
      }
      at += size;
    }
    rest = bytes.subarray(at);
    if (left > 0) return;
    process.send?.('done');
    socket.destroy();
    process.disconnect?.();
  });
}

if (import.meta.main) {
  const [port, messages] = process.argv.slice(2).map(Number);
  if (port !== undefined && messages !== undefined) await count(port, messages);
  else await run();
}
