/**
 * What a script costs in the whole gateway: 100 devices write frames of 40 bytes as fast as they are accepted, which a script
 * turns into five fields, or which are published as they are. They go to a subscriber on Mosquitto, or to a bus that only
 * counts: then nothing but the gateway and its sandbox is measured. Every frame must arrive once.
 */
import { startMosquitto } from '@fairlead/testkit';
import { BLOCK, type Fleet, fleet } from './fleet.ts';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Bounds, type Report, type Row, row } from './report.ts';
import { fiveFields } from './script.ts';
import { type Subscription, subscriber } from './subscriber.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const DEVICES = 100;
const FRAME = 40;

/** A gateway whose devices all have the script, or none of them, and what counts its messages. */
interface Contestant extends AsyncDisposable {
  readonly part: Part;
  readonly devices: Part;
  readonly counter: Part;
}

/** @param broker port of the broker; absent: the bus only counts */
async function contestant(scripted: boolean, broker: number | undefined): Promise<Contestant> {
  await using parts = new AsyncDisposableStack();
  const part = parts.use(new Part(import.meta.filename, 'system'));
  const devices = parts.use(new Part(import.meta.filename, 'fleet'));
  const custom = { framing: `fixed:${FRAME}`, ...(scripted && { uplink: fiveFields }) };
  const url = broker === undefined ? {} : { url: `mqtt://127.0.0.1:${broker}` };
  const started = await part.ask<Started>('start', {
    devices: DEVICES,
    custom,
    ...url,
  } satisfies SystemOptions);
  await devices.ask('connect', { ...started, atOnce: 10, custom: FRAME } satisfies Fleet);
  let counter = part;
  if (broker !== undefined) {
    counter = parts.use(new Part(import.meta.filename, 'subscriber'));
    const filter = scripted ? 'devices/+/attributes' : 'devices/+/raw';
    await counter.ask('subscribe', { port: broker, filter } satisfies Subscription);
  }
  const moved = parts.move();
  return { part, devices, counter, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** The rows of one bus. */
async function compared(
  to: string,
  messages: number,
  broker: number | undefined,
  bounds: Bounds,
): Promise<Row[]> {
  await using scripted = await contestant(true, broker);
  await using unscripted = await contestant(false, broker);
  const turns = { rounds: quick() ? 5 : 9, warmUp: 2 };
  const results = await inTurns([scripted, unscripted], turns, async ({ part, devices, counter }) => {
    const cpu = await part.cpu();
    const started = performance.now();
    const arrived = counter.ask('reach', messages);
    await devices.ask('send', messages / DEVICES / BLOCK);
    await arrived;
    const seconds = (performance.now() - started) / 1_000;
    return { perSecond: messages / seconds, cpu: ((await part.cpu()) - cpu) / messages };
  });
  for (const { counter } of [scripted, unscripted]) {
    const surplus = await counter.ask<number>('surplus');
    if (surplus !== 0) throw new Error(`${surplus} messages came more than once`);
  }
  const middle = (who: Contestant, of: 'perSecond' | 'cpu') =>
    median((results.get(who) ?? []).map((result) => result[of]));
  const [speed, rival] = [middle(scripted, 'perSecond'), middle(unscripted, 'perSecond')];
  return [
    row(`frames with a script, to ${to}`, speed, 'a second', rival, bounds),
    row('processor of the gateway', middle(scripted, 'cpu'), 'µs/frame', middle(unscripted, 'cpu')),
  ];
}

async function run(): Promise<Report> {
  const scale = DEVICES * BLOCK * (quick() ? 1 : 4);
  // By default, Mosquitto drops messages that a subscriber does not read in time.
  await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'set_tcp_nodelay true'] });
  return {
    name: 'profiles',
    rows: [
      ...(await compared('Mosquitto', 10 * scale, Number(new URL(broker.url).port), { atLeast: 0.5 })),
      ...(await compared('a bus that counts', 20 * scale, undefined, {})),
    ],
  };
}

if (import.meta.main) await main(run, { system, fleet, subscriber });
