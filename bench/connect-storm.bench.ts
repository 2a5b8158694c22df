/**
 * 10,000 devices connect and authenticate at once, as after a power cut: to the gateway, and to a raw `net` server that
 * accepts the same. A device is connected when it receives the answer to its AccessToken. No device may be refused.
 */
import { startMosquitto } from '@fairlead/testkit';
import { type Arrival, type Fleet, fleet } from './fleet.ts';
import { inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';
import { acceptor } from './rival.ts';
import { type Started, type SystemOptions, system } from './system.ts';

async function run(): Promise<Report> {
  const devices = quick() ? 2_000 : 10_000;
  await using broker = await startMosquitto({ config: ['max_queued_messages 0'] });
  await using ours = new Part(import.meta.filename, 'system');
  await using byHand = new Part(import.meta.filename, 'acceptor');
  await using clients = new Part(import.meta.filename, 'fleet');
  const options: SystemOptions = { url: broker.url, devices };
  const { port, tokens } = await ours.ask<Started>('start', options);
  const ports = new Map([
    [ours, port],
    [byHand, await byHand.ask<number>('start', { tokens })],
  ]);
  const results = await inTurns(
    [ours, byHand],
    { rounds: quick() ? 3 : 5 },
    async (server): Promise<Result> => {
      const cpu = await server.cpu();
      const storm: Fleet = { port: ports.get(server) as number, tokens, atOnce: devices };
      const { ms, refused } = await clients.ask<Arrival>('connect', storm);
      const used = (await server.cpu()) - cpu;
      await clients.ask('close');
      // All links are closed before the next round starts.
      await new Promise((resolve) => setTimeout(resolve, 500));
      return { ms, refused, cpu: used };
    },
  );
  const middle = (server: Part, of: keyof Result) =>
    median((results.get(server) ?? []).map((result) => result[of]));
  const refused = (results.get(ours) ?? []).reduce((sum, result) => sum + result.refused, 0);
  return {
    name: 'connect-storm',
    rows: [
      row('refused', refused, 'devices', undefined, { atMost: 0 }),
      row(`time for ${devices}`, middle(ours, 'ms'), 'ms', middle(byHand, 'ms')),
      row('processor', middle(ours, 'cpu') / devices, 'µs/device', middle(byHand, 'cpu') / devices),
    ],
  };
}

interface Result {
  readonly ms: number;
  readonly refused: number;
  readonly cpu: number;
}

if (import.meta.main) await main(run, { system, acceptor, fleet });
