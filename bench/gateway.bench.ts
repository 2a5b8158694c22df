/**
 * 100 devices write as fast as they can to a subscriber on Mosquitto: through the gateway (QoS 0, the message log off), and
 * through a minimal relay. The broker is the limit, so the benchmark compares how much of it each uses, and the CPU time.
 * Every message must arrive, and memory must stay bounded although the devices send more than the broker accepts.
 */
import { startMosquitto } from '@fairlead/testkit';
import { BLOCK, type Fleet, fleet } from './fleet.ts';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';
import { type RivalOptions, relay } from './rival.ts';
import { type Subscription, subscriber } from './subscriber.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const DEVICES = 100;

async function run(): Promise<Report> {
  const messages = DEVICES * BLOCK * (quick() ? 10 : 40);
  // By default, Mosquitto drops messages that a subscriber does not read in time.
  await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'set_tcp_nodelay true'] });
  await using heard = new Part(import.meta.filename, 'subscriber');
  await heard.ask('subscribe', { port: broker.port, filter: 'devices/+/attributes' } satisfies Subscription);
  await using ours = await contestant('system', async (part) => {
    return part.ask<Started>('start', { url: broker.url, devices: DEVICES } satisfies SystemOptions);
  });
  await using rival = await contestant('relay', async (part) => {
    const { tokens } = ours;
    const port = await part.ask<number>('start', { tokens, mqtt: broker.port } satisfies RivalOptions);
    return { port, tokens };
  });

  /** Memory in use. Both are asked: a collection that is forced makes the next rounds slower. */
  const inUse = async () => {
    const [{ heap }] = await Promise.all([ours.part.memory(), rival.part.memory()]);
    return heap;
  };
  /** @param load messages of a write: 100, or one */
  const measure = (load: 'send' | 'sendMessages') =>
    inTurns([ours, rival], { rounds: quick() ? 3 : 5 }, async ({ part, devices }) => {
      const cpu = await part.cpu();
      const started = performance.now();
      const arrived = heard.ask('reach', messages);
      await devices.ask(load, messages / DEVICES / (load === 'send' ? BLOCK : 1));
      await arrived;
      const seconds = (performance.now() - started) / 1_000;
      const used = (await part.cpu()) - cpu;
      return { perSecond: messages / seconds, cpu: used / messages };
    });
  const middle = (results: Awaited<ReturnType<typeof measure>>, who: Contestant, of: 'perSecond' | 'cpu') =>
    median((results.get(who) ?? []).map((result) => result[of]));
  await measure('send');
  const before = await inUse();
  const [blocks, each] = [await measure('send'), await measure('sendMessages')];
  const growth = ((await inUse()) - before) / 2 ** 20;
  const surplus = await heard.ask<number>('surplus');
  if (surplus !== 0) throw new Error(`${surplus} messages arrived more than once`);
  const mebibytes = async ({ part }: Contestant) => (await part.peak()) / 2 ** 20;
  const compared = (results: typeof blocks, of: 'perSecond' | 'cpu') =>
    [
      middle(results, ours, of),
      of === 'cpu' ? 'µs/message' : 'a second',
      middle(results, rival, of),
    ] as const;
  return {
    name: 'gateway',
    rows: [
      row('messages, all arrived, one a write', ...compared(each, 'perSecond'), { atLeast: 0.95 }),
      row('processor, one message a write', ...compared(each, 'cpu'), { atMost: 1.5 }),
      row('messages, all arrived, 100 a write', ...compared(blocks, 'perSecond'), { atLeast: 0.95 }),
      row('processor, 100 messages a write', ...compared(blocks, 'cpu')),
      row('memory in use, growth from the first round to the last', growth, 'MiB', undefined, { atMost: 16 }),
      row('most memory', await mebibytes(ours), 'MiB', await mebibytes(rival), { atMost: 2 }),
    ],
  };
}

/** A contestant that forwards messages, and the devices that are connected to it. */
interface Contestant extends Started, AsyncDisposable {
  readonly part: Part;
  readonly devices: Part;
}

async function contestant(role: string, start: (part: Part) => Promise<Started>): Promise<Contestant> {
  await using parts = new AsyncDisposableStack();
  const part = parts.use(new Part(import.meta.filename, role));
  const devices = parts.use(new Part(import.meta.filename, 'fleet'));
  const started = await start(part);
  await devices.ask('connect', { ...started, atOnce: 10 } satisfies Fleet);
  const moved = parts.move();
  return { ...started, part, devices, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

if (import.meta.main) await main(run, { system, relay, fleet, subscriber });
