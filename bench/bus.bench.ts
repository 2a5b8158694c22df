/**
 * Messages per second and CPU time per message, from this process through Mosquitto to one subscriber. Our bus and a relay
 * that writes the bytes of MQTT by hand run in turns. The broker is the bottleneck; the CPU figure is ours.
 */
import { once } from 'node:events';
import { type BusAdapter, embeddedBroker, mqttBus } from '@fairlead/bus';
import { startMosquitto } from '@fairlead/testkit';
import { type Handlers, inTurns, main, Part, quick } from './harness.ts';
import { Counter, dialMqtt, writePublish } from './raw.ts';
import { type Report, row } from './report.ts';

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

/** Publishes batch after batch. Resolves when all messages were sent. */
type Publisher = (batches: number) => Promise<void>;

async function run(): Promise<Report> {
  await using mosquitto = await startMosquitto({ config: ['max_queued_messages 0'] });
  await using bus = await mqttBus({ url: mosquitto.url });
  await using confirmed = await mqttBus({ url: mosquitto.url, qos: 1 });
  await using embedded = await embeddedBroker({ listen: '127.0.0.1:0' });
  await Promise.all([bus.ready(), confirmed.ready()]);
  const relay = await handWritten(mosquitto.port);
  const messages = MESSAGES / (quick() ? 10 : 1);
  const byHand: Contestant = { port: mosquitto.port, publish: relay.publish, messages };
  const ours: Readonly<Record<string, Contestant>> = {
    'external, QoS 0': { port: mosquitto.port, publish: through(bus), messages },
    'external, QoS 1': { port: mosquitto.port, publish: through(confirmed), messages: messages / 2 },
    embedded: { port: embedded.port as number, publish: through(embedded), messages: messages / 2 },
  };
  const results = await inTurns([byHand, ...Object.values(ours)], { rounds: ROUNDS }, measure);
  relay.close();
  const best = (contestant: Contestant): Result =>
    (results.get(contestant) ?? []).reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
  const rival = best(byHand);
  const rows = Object.entries(ours).flatMap(([name, contestant]) => {
    const { perSecond, cpuMicros } = best(contestant);
    return [
      row(name, perSecond, 'messages/s', rival.perSecond),
      row(`${name}, processor`, cpuMicros, 'µs/message', rival.cpuMicros),
    ];
  });
  return { name: 'bus', rows };
}

interface Contestant {
  readonly port: number;
  readonly publish: Publisher;
  readonly messages: number;
}

function through(bus: BusAdapter): Publisher {
  return async (batches) => {
    for (let n = 0; n < batches; n++) {
      if (!bus.publish(batchOf(n))) await bus.drained();
      // As in a gateway, where other sockets are read between two batches.
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

async function measure({ port, publish, messages }: Contestant): Promise<Result> {
  await using counter = new Part(import.meta.filename, 'counter');
  await counter.ask('subscribe', port);
  const done = counter.ask('reach', messages);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await publish(messages / BATCH);
  const { user, system } = process.cpuUsage(cpu);
  await done;
  const seconds = (performance.now() - start) / 1_000;
  return { perSecond: messages / seconds, cpuMicros: (user + system) / messages };
}

/** The minimal work of a relay: one hand-filled buffer per batch, and no more than the socket accepts. */
async function handWritten(port: number): Promise<{ publish: Publisher; close(): void }> {
  const socket = await dialMqtt(port, 'relay');
  const publish: Publisher = async (batches) => {
    for (let n = 0; n < batches; n++) {
      const messages = batchOf(n);
      const target = Buffer.allocUnsafe(BATCH * 160);
      let at = 0;
      for (const { topic, payload } of messages) at = writePublish(target, at, topic, payload);
      if (!socket.write(target.subarray(0, at))) await once(socket, 'drain');
      if (n % 8 === 7) await new Promise(setImmediate);
    }
  };
  return { publish, close: () => socket.destroy() };
}

/** The subscriber, in a separate process. */
function counter(): Handlers {
  let counting: Counter | undefined;
  return {
    subscribe: async (port: number) => {
      counting = await Counter.subscribe(port, '#');
    },
    reach: (messages: number) => counting?.reach(messages),
    stop: () => counting?.close(),
  };
}

if (import.meta.main) await main(run, { counter });
