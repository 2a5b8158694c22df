/**
 * A hundred devices send, are sent to, and connect again for minutes, beside strangers. The memory of the service must not grow:
 * neither what is in use after a collection, nor what the process holds. Every message must be acknowledged.
 */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, seeded } from '@fairlead/testkit';
import { connectAsync } from 'mqtt';
import { packet, RunningService } from '../e2e/running.ts';
import type { Soak } from './soak.ts';

const DEVICES = 100;
/** Milliseconds of a round: each device sends once. */
const ROUND = 20;
/** Devices that connect again within a second. */
const RECONNECTS = 5;
/** Where memory is measured: the first third is the time in which the service warms up. */
const SAMPLES = 12;
/** Bytes by which memory may grow after the first third. Caches fill, and a short run is not warm after a third. */
const HEAP = 16 * 2 ** 20;
const RSS = 96 * 2 ** 20;
const MEBIBYTE = 2 ** 20;

interface Memory {
  readonly heap: number;
  readonly rss: number;
}

export const memory: Soak = async ({ rounds, minutes, seed, report }) => {
  const random = seeded(seed);
  await using stack = new AsyncDisposableStack();
  const command = [
    process.execPath,
    '--conditions=fairlead-source',
    '--expose-gc',
    `--import=${join(import.meta.dirname, 'memory-probe.ts')}`,
    join(import.meta.dirname, '../packages/cli/bin/fairlead.cjs'),
  ];
  const service = stack.use(await RunningService.start({}, command));
  const tokens = await service.addMany(DEVICES, { authReply: '05', ack: '06' });
  const client = await connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`);
  stack.defer(() => client.endAsync(true));
  let heard = 0;
  client.on('message', () => heard++);
  await client.subscribeAsync('devices/+/attributes');

  const devices = tokens.map((token, i) => new Device(`device-${i}`, token));
  stack.defer(() => {
    for (const device of devices) device.leave();
  });
  const time = minutes === undefined ? rounds * ROUND : minutes * 60_000;
  const begun = performance.now();
  const measured: Memory[] = [];
  let sent = 0;
  for (let round = 0; performance.now() - begun < time; round++) {
    for (const device of devices) device.send(service.ports.official, round);
    const some = devices[Math.floor(random() * DEVICES)] as Device;
    if (random() < (RECONNECTS * ROUND) / 1_000) some.leave();
    if (random() < 0.2) {
      client.publish(`devices/${some.name}/set`, JSON.stringify({ round, text: 'x'.repeat(50) }));
      sent++;
    }
    if (random() < 0.05) stranger(service.ports.official);
    if (performance.now() - begun > (time * (measured.length + 1)) / (SAMPLES + 1)) {
      measured.push(await measure(service));
      const { heap, rss } = measured.at(-1) as Memory;
      report(`round ${round}: ${mebibytes(heap)} MiB in use, ${mebibytes(rss)} MiB resident, ${heard} heard`);
    }
    await pause(ROUND);
  }
  const waiting = () => devices.reduce((sum, device) => sum + device.waiting, 0);
  const broken: string[] = [];
  await eventually(() => waiting() === 0, 'all messages are acknowledged', 30_000).catch(() => {
    broken.push(`${waiting()} messages were not acknowledged`);
  });
  const warm = measured.slice(SAMPLES / 3 - 1);
  for (const [of, most] of [
    ['heap', HEAP],
    ['rss', RSS],
  ] as const) {
    // A single measurement may fall into a moment with much under way.
    const [first, last] = [warm.slice(0, 3), warm.slice(-3)].map((some) =>
      Math.min(...some.map((each) => each[of])),
    ) as [number, number];
    if (!(last - first <= most)) broken.push(`${of} grew from ${mebibytes(first)} to ${mebibytes(last)} MiB`);
  }
  const [first, last] = [warm[0], warm.at(-1)] as [Memory, Memory];
  const acknowledged = devices.reduce((sum, device) => sum + device.acknowledged, 0);
  return {
    summary: `${acknowledged} messages, ${sent} downlinks, ${mebibytes(first.heap)} to ${mebibytes(last.heap)} MiB in use, ${mebibytes(first.rss)} to ${mebibytes(last.rss)} MiB resident`,
    broken,
  };
};

const mebibytes = (bytes: number) => (bytes / MEBIBYTE).toFixed(1);

async function measure(service: RunningService): Promise<Memory> {
  const before = service.log.length;
  service.signal('SIGUSR2');
  const line = () => /^memory (\{.*\})$/m.exec(service.log.slice(before))?.[1];
  await eventually(() => line() !== undefined, 'the service tells its memory', 30_000);
  return JSON.parse(line() as string) as Memory;
}

/** Somebody who has no token. */
function stranger(port: number): void {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.end(packet(0, 0, 'a token that nobody has')).resume();
}

class Device {
  readonly name: string;
  readonly #token: string;
  #socket: Socket | undefined;
  /** Messages on this link that are not acknowledged. */
  waiting = 0;
  acknowledged = 0;

  constructor(name: string, token: string) {
    this.name = name;
    this.#token = token;
  }

  send(port: number, round: number): void {
    this.#socket ??= this.#connect(port);
    this.waiting++;
    const extra = round % 10 === 0 ? { [`k${round % 100}`]: round } : {};
    this.#socket.write(packet(0, 1, JSON.stringify({ n: round, celsius: 20 + (round % 50) / 10, ...extra })));
  }

  leave(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.waiting = 0;
  }

  #connect(port: number): Socket {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      if (socket !== this.#socket) return;
      // Downlinks have no byte 06: they are JSON, behind a head whose length is larger.
      for (const byte of bytes) if (byte === 6) this.#acknowledge();
    });
    socket.write(packet(0, 0, this.#token));
    return socket;
  }

  #acknowledge(): void {
    this.waiting--;
    this.acknowledged++;
  }
}
