/**
 * One device measures how long the service takes to acknowledge its messages while others misbehave, each in another way. Every
 * message must be acknowledged, in time and in order; the figures tell how much the others can be noticed.
 */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { packet, RunningService } from '../e2e/running.ts';
import type { AttackName, AttackTerms } from './attacker.ts';
import type { Soak, SoakOptions, SoakResult } from './soak.ts';

const ATTACKS: readonly AttackName[] = [
  'half-open links',
  'wrong tokens',
  'handshakes with a valid token',
  'a flood of messages',
  'random bytes',
  'unknown sub-devices',
  'a device that does not read',
  'a device that writes byte by byte',
];
/** Links of the attack that leaves them half-open; a short run has fewer. */
const LINKS = 10_000;
const FEWER = 2_000;
const SHORT = 50;
/** Milliseconds between two messages of the device that measures; it sends the next one only after the acknowledgement. */
const EVERY = 5;
/** Milliseconds after which an acknowledgement counts as missing. The machine of the test may be slow. */
const PATIENCE = 5_000;

/** With a rate, what one device may cost the others is up to the operator. */
const RATE = 'listeners:\n  official:\n    limits: { rate: { messages: 500, bytes: 256KiB, per: 1s } }\n';
const RATED: readonly AttackName[] = [
  'a flood of messages',
  'unknown sub-devices',
  'a device that does not read',
];

export const neighbours: Soak = async (options) => {
  const free = await besides(ATTACKS, options);
  const rated = await besides(RATED, options, RATE);
  return {
    summary: `median/99th percentile in ms: ${free.summary}; with a rate: ${rated.summary}`,
    broken: [...free.broken, ...rated.broken],
  };
};

async function besides(
  attacks: readonly AttackName[],
  { rounds, report }: SoakOptions,
  config?: string,
): Promise<SoakResult> {
  await using service = await RunningService.start({}, undefined, config);
  const add = (...args: string[]) => service.add(...args);
  const token = await add('measures', '--ack', '06');
  const tokens = {
    official: await add('misbehaves', '--heartbeat-echo'),
    gateway: await add('hub', '--type', 'gateway'),
  };
  const { official, custom } = service.ports;
  const probe = await Probe.dial(official, token);
  const measured: string[] = [];
  const broken: string[] = [];
  const measure = async (name: string) => {
    const { median, worst, missing } = await probe.measure(rounds);
    measured.push(`${name} ${median.toFixed(1)}/${worst.toFixed(1)}`);
    report(`${name}: median ${median.toFixed(2)} ms, 99th percentile ${worst.toFixed(2)} ms`);
    if (missing > 0) broken.push(`${name}: ${missing} messages were not acknowledged within ${PATIENCE} ms`);
  };
  await measure('nothing');
  for (const attack of attacks) {
    const workerData: AttackTerms = {
      attack,
      official,
      custom,
      tokens,
      links: rounds < SHORT ? FEWER : LINKS,
    };
    const attacker = new Worker(new URL('attacker.ts', import.meta.url), { workerData });
    attacker.on('error', (error) => broken.push(`${attack}: the attacker failed: ${error}`));
    await new Promise((resolve) => attacker.once('message', resolve));
    await pause(200);
    await measure(attack);
    await attacker.terminate();
  }
  probe.close();
  return { summary: measured.join(', '), broken };
}

/** The device that measures. */
class Probe {
  readonly #socket: ReturnType<typeof connect>;
  #acknowledged: (() => void) | undefined;
  #sent = 0;

  private constructor(socket: ReturnType<typeof connect>) {
    this.#socket = socket;
    socket.on('data', () => this.#acknowledged?.());
  }

  static async dial(port: number, token: string): Promise<Probe> {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.write(packet(0, 0, token));
    return new Probe(socket);
  }

  async measure(messages: number) {
    const times: number[] = [];
    let missing = 0;
    for (let i = 0; i < messages; i++) {
      const begun = performance.now();
      const acknowledged = new Promise<boolean>((resolve) => {
        this.#acknowledged = () => resolve(true);
      });
      this.#socket.write(packet(0, 1, JSON.stringify({ n: ++this.#sent })));
      const late = new AbortController();
      if (await Promise.race([acknowledged, pause(PATIENCE, false, late).catch(() => false)]))
        times.push(performance.now() - begun);
      else missing++;
      late.abort();
      await pause(EVERY);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
    return { median: at(0.5), worst: at(0.99), missing };
  }

  close(): void {
    this.#socket.destroy();
  }
}
