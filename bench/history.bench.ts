/**
 * The history of values beside none: 100 devices write one message at a time, as fast as the gateway takes them, to a bus that only
 * counts. Rolling up goes on meanwhile.
 */
import { type Fleet, fleet } from './fleet.ts';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const DEVICES = 100;

async function run(): Promise<Report> {
  const messages = DEVICES * (quick() ? 5_000 : 20_000);
  await using kept = await contestant(true);
  await using bare = await contestant(false);
  const results = await inTurns(
    [kept, bare],
    { rounds: quick() ? 3 : 7 },
    async ({ part, devices }: Contestant) => {
      const cpu = await part.cpu();
      const started = performance.now();
      const arrived = part.ask('reach', messages);
      await devices.ask('sendMessages', messages / DEVICES);
      await arrived;
      const perSecond = (messages * 1_000) / (performance.now() - started);
      return { perSecond, cpu: ((await part.cpu()) - cpu) / messages };
    },
  );
  const of = (who: Contestant, what: 'perSecond' | 'cpu') =>
    median((results.get(who) ?? []).map((result) => result[what]));
  return {
    name: 'history',
    rows: [
      row('messages, history on beside off', of(kept, 'perSecond'), 'a second', of(bare, 'perSecond'), {
        atLeast: 0.9,
      }),
      row('processor, history on beside off', of(kept, 'cpu'), 'µs/message', of(bare, 'cpu')),
    ],
  };
}

interface Contestant extends AsyncDisposable {
  readonly part: Part;
  readonly devices: Part;
}

async function contestant(history: boolean): Promise<Contestant> {
  await using parts = new AsyncDisposableStack();
  const part = parts.use(new Part(import.meta.filename, 'system'));
  const devices = parts.use(new Part(import.meta.filename, 'fleet'));
  const started = await part.ask<Started>('start', { devices: DEVICES, history } satisfies SystemOptions);
  await devices.ask('connect', { ...started, atOnce: 10 } satisfies Fleet);
  const moved = parts.move();
  return { part, devices, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

if (import.meta.main) await main(run, { system, fleet });
