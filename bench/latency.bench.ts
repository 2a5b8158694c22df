/**
 * How long a message is under way at 5,000 messages a second, from the write of one of 100 devices to a subscriber on Mosquitto:
 * through the gateway, and through a minimal relay.
 */
import { startMosquitto } from '@fairlead/testkit';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Delays, type Pace, type PacedFleet, paced, stopwatch } from './paced.ts';
import { type Report, row } from './report.ts';
import { type RivalOptions, relay } from './rival.ts';
import type { Subscription } from './subscriber.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const DEVICES = 100;
const PER_SECOND = 5_000;

async function run(): Promise<Report> {
  const pace: Pace = { perSecond: PER_SECOND, messages: PER_SECOND * (quick() ? 1 : 5) };
  await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'set_tcp_nodelay true'] });
  await using parts = new AsyncDisposableStack();
  const start = (role: string) => parts.use(new Part(import.meta.filename, role));
  const heard = start('stopwatch');
  await heard.ask('subscribe', { port: broker.port, filter: 'devices/+/attributes' } satisfies Subscription);
  const { port, tokens } = await start('system').ask<Started>('start', {
    url: broker.url,
    devices: DEVICES,
  } satisfies SystemOptions);
  const options: RivalOptions = { tokens, mqtt: broker.port };
  const relayPort = await start('relay').ask<number>('start', options);
  const [ours, rival] = [start('paced'), start('paced')];
  await ours.ask('connect', { port, tokens } satisfies PacedFleet);
  await rival.ask('connect', { port: relayPort, tokens } satisfies PacedFleet);
  const results = await inTurns([ours, rival], { rounds: quick() ? 3 : 7, warmUp: 2 }, async (devices) => {
    const delays = heard.ask<Delays>('delays', pace.messages);
    await devices.ask('send', pace);
    return delays;
  });
  const middle = (who: Part, of: keyof Delays) =>
    median((results.get(who) ?? []).map((delays) => delays[of]));
  const compared = (of: keyof Delays) => [middle(ours, of), 'ms', middle(rival, of)] as const;
  return {
    name: 'latency',
    rows: [
      row('median', ...compared('p50')),
      row('95th percentile', ...compared('p95'), { atMost: 1.5 }),
      row('99th percentile', ...compared('p99'), { atMost: 1.5 }),
      row('worst', ...compared('worst')),
    ],
  };
}

if (import.meta.main) await main(run, { system, relay, paced, stopwatch });
