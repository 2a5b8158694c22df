/**
 * What an endless loop in the script of one device does to the others: how long messages of 50 devices with a script are under
 * way to a subscriber on Mosquitto, alone, and while another device sends frames on which its script never ends.
 */
import { startMosquitto } from '@fairlead/testkit';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Delays, type Pace, type PacedFleet, paced, stopwatch } from './paced.ts';
import { type Report, row } from './report.ts';
import type { Subscription } from './subscriber.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const DEVICES = 50;
const SCRIPT = `
export function uplink(bytes) {
  return { values: JSON.parse(String.fromCharCode(...bytes)) };
}`;
const ENDLESS = `
export function uplink() {
  for (;;);
}`;

async function run(): Promise<Report> {
  const seconds = quick() ? 1 : 5;
  const pace: Pace = { perSecond: 1_000, messages: 1_000 * seconds };
  await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'set_tcp_nodelay true'] });
  await using parts = new AsyncDisposableStack();
  const start = (role: string) => parts.use(new Part(import.meta.filename, role));
  const heard = start('stopwatch');
  await heard.ask('subscribe', { port: broker.port, filter: 'devices/+/attributes' } satisfies Subscription);
  const { port, tokens } = await start('system').ask<Started>('start', {
    url: broker.url,
    devices: DEVICES,
    custom: { framing: 'line', uplink: SCRIPT },
    runaway: ENDLESS,
  } satisfies SystemOptions);
  const [good, bad] = [start('paced'), start('paced')];
  await good.ask('connect', { port, tokens: tokens.slice(0, DEVICES), lines: true } satisfies PacedFleet);
  await bad.ask('connect', { port, tokens: tokens.slice(DEVICES), lines: true } satisfies PacedFleet);
  const modes = ['alone', 'beside a runaway'] as const;
  const measure = async (mode: (typeof modes)[number]) => {
    const delays = heard.ask<Delays>('delays', pace.messages);
    const frames: Pace = { perSecond: 20, messages: 20 * seconds };
    const loops = mode === 'alone' ? undefined : bad.ask('send', frames);
    await good.ask('send', pace);
    await loops;
    return delays;
  };
  for (let warmUp = 0; warmUp < 2; warmUp++) await measure('alone');
  // Later the script runs in a process of its own, among those that ran too long.
  const first = await measure('beside a runaway');
  const results = await inTurns(modes, { rounds: quick() ? 3 : 7 }, measure);
  const middle = (mode: (typeof modes)[number], of: keyof Delays) =>
    median((results.get(mode) ?? []).map((delays) => delays[of]));
  const compared = (of: keyof Delays) => [middle(modes[1], of), 'ms', middle(modes[0], of)] as const;
  const moved = middle(modes[1], 'p99') - middle(modes[0], 'p99');
  return {
    name: 'runaway',
    rows: [
      row('median beside a runaway, and alone', ...compared('p50')),
      row('99th percentile', ...compared('p99')),
      row('worst', ...compared('worst')),
      row(
        '99th percentile, when the loop is met for the first time',
        first.p99,
        'ms',
        middle(modes[0], 'p99'),
      ),
      row('what the runaway adds to the 99th percentile', moved, 'ms', undefined, { atMost: 10 }),
    ],
  };
}

if (import.meta.main) await main(run, { system, paced, stopwatch });
