/**
 * 100 devices whose messages are acknowledged when they are safe, to Mosquitto: with the journal, when they are on disk; without it,
 * when the broker has them. Each device has at most 50 messages under way.
 */
import { startMosquitto } from '@fairlead/testkit';
import { type Exchange, type Fleet, fleet } from './fleet.ts';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const DEVICES = 100;
const WINDOW = 50;

async function run(): Promise<Report> {
  const count = quick() ? 1_000 : 4_000;
  await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'set_tcp_nodelay true'] });
  await using parts = new AsyncDisposableStack();
  const contestant = async (journal: boolean) => {
    const part = parts.use(new Part(import.meta.filename, 'system'));
    const devices = parts.use(new Part(import.meta.filename, 'fleet'));
    const options = { url: broker.url, devices: DEVICES, ack: '06', journal } satisfies SystemOptions;
    const started = await part.ask<Started>('start', options);
    await devices.ask('connect', { ...started, atOnce: 10 } satisfies Fleet);
    return { part, devices };
  };
  const [on, off] = [await contestant(true), await contestant(false)];
  const results = await inTurns([on, off], { rounds: quick() ? 3 : 5 }, async ({ part, devices }) => {
    const cpu = await part.cpu();
    const begun = performance.now();
    await devices.ask('exchange', { count, window: WINDOW } satisfies Exchange);
    const seconds = (performance.now() - begun) / 1_000;
    const messages = count * DEVICES;
    return { perSecond: messages / seconds, cpu: ((await part.cpu()) - cpu) / messages };
  });
  const middle = (who: typeof on, of: 'perSecond' | 'cpu') =>
    median((results.get(who) ?? []).map((result) => result[of]));
  return {
    name: 'acknowledged',
    rows: [
      row(
        'acknowledged messages, journal on beside off',
        middle(on, 'perSecond'),
        'a second',
        middle(off, 'perSecond'),
        {
          atLeast: 0.8,
        },
      ),
      row('processor, a message', middle(on, 'cpu'), 'µs/message', middle(off, 'cpu')),
    ],
  };
}

if (import.meta.main) await main(run, { system, fleet });
