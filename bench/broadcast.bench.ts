/**
 * The same attributes to 15,000 devices: one downlink for each through the gateway, beside a loop that writes the same bytes to as
 * many raw sockets. The time ends when the last device has them.
 */
import { startMosquitto } from '@fairlead/testkit';
import { type Arrival, type Fleet, fleet } from './fleet.ts';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { packet } from './raw.ts';
import { type Report, row } from './report.ts';
import { acceptor } from './rival.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const VALUES = { relay: true };
const SIZE = packet(0, 1, JSON.stringify(VALUES)).length;

async function run(): Promise<Report> {
  const devices = quick() ? 2_000 : 15_000;
  await using broker = await startMosquitto({ config: ['max_queued_messages 0'] });
  await using parts = new AsyncDisposableStack();
  const start = (role: string) => parts.use(new Part(import.meta.filename, role));
  const [gateway, raw] = [start('system'), start('acceptor')];
  const { port, tokens } = await gateway.ask<Started>('start', {
    url: broker.url,
    devices,
  } satisfies SystemOptions);
  const ours = { part: gateway, port, devices: start('fleet') };
  const rival = { part: raw, port: await raw.ask<number>('start', { tokens }), devices: start('fleet') };
  for (const { port, devices } of [ours, rival]) {
    const { refused } = await devices.ask<Arrival>('connect', {
      port,
      tokens,
      atOnce: 250,
    } satisfies Fleet);
    if (refused > 0) throw new Error(`${refused} devices were refused`);
  }
  const results = await inTurns([ours, rival], { rounds: quick() ? 3 : 7 }, async (contestant) => {
    const cpu = await contestant.part.cpu();
    const received = contestant.devices.ask('receive', devices * SIZE);
    await contestant.devices.cpu(); // it listens now
    const begun = performance.now();
    await contestant.part.ask('broadcast', VALUES);
    await received;
    const ms = performance.now() - begun;
    return { ms, cpu: ((await contestant.part.cpu()) - cpu) / devices };
  });
  const middle = (who: typeof ours, of: 'ms' | 'cpu') =>
    median((results.get(who) ?? []).map((result) => result[of]));
  return {
    name: 'broadcast',
    rows: [
      row(`until all ${devices} devices have it`, middle(ours, 'ms'), 'ms', middle(rival, 'ms')),
      row('processor, a device', middle(ours, 'cpu'), 'µs', middle(rival, 'cpu')),
    ],
  };
}

if (import.meta.main) await main(run, { system, acceptor, fleet });
