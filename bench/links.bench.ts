/**
 * The same number of messages over 10, 100, 1,000 and 10,000 links, one message a write, to a subscriber on Mosquitto: through the
 * gateway, and through a minimal relay. More links must not make it slower.
 */
import { startMosquitto } from '@fairlead/testkit';
import { type Arrival, BLOCK, type Fleet, fleet } from './fleet.ts';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';
import { type RivalOptions, relay } from './rival.ts';
import { type Subscription, subscriber } from './subscriber.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const LINKS = [10, 100, 1_000, 10_000];
const MOST = Math.max(...LINKS);

async function run(): Promise<Report> {
  const messages = MOST * BLOCK * (quick() ? 0.1 : 0.4);
  await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'set_tcp_nodelay true'] });
  await using parts = new AsyncDisposableStack();
  const start = (role: string) => parts.use(new Part(import.meta.filename, role));
  const heard = start('subscriber');
  await heard.ask('subscribe', { port: broker.port, filter: 'devices/+/attributes' } satisfies Subscription);
  const { port, tokens } = await start('system').ask<Started>('start', {
    url: broker.url,
    devices: MOST,
  } satisfies SystemOptions);
  const relayPort = await start('relay').ask<number>('start', {
    tokens,
    mqtt: broker.port,
  } satisfies RivalOptions);
  const ours = { port, devices: start('fleet') };
  const rival = { port: relayPort, devices: start('fleet') };

  const rows: Row[] = [];
  for (const links of LINKS) {
    for (const { port, devices } of [ours, rival]) {
      const some = { port, tokens: tokens.slice(0, links), atOnce: 100 } satisfies Fleet;
      const { refused } = await devices.ask<Arrival>('connect', some);
      if (refused > 0) throw new Error(`${refused} of ${links} devices were refused`);
    }
    const results = await inTurns([ours, rival], { rounds: quick() ? 3 : 5 }, async ({ devices }) => {
      const begun = performance.now();
      const arrived = heard.ask('reach', messages);
      await devices.ask('sendMessages', messages / links);
      await arrived;
      return (messages * 1_000) / (performance.now() - begun);
    });
    for (const { devices } of [ours, rival]) await devices.ask('close');
    const middle = (who: typeof ours) => median(results.get(who) ?? []);
    rows.push(row(`${links.toLocaleString('en')} links`, middle(ours), 'messages/s', middle(rival)));
  }
  const spread = (speeds: number[]) => Math.min(...speeds) / Math.max(...speeds);
  const own = spread(rows.map(({ value }) => value));
  const others = spread(rows.map(({ rival = 0 }) => rival));
  // The devices and the kernel are slower with many links, too: the relay shows by how much.
  rows.push(row('the slowest of them, of the fastest', own, '', others, { atLeast: 0.8 }));
  return { name: 'links', rows };
}

if (import.meta.main) await main(run, { system, relay, fleet, subscriber });
