/**
 * Kills a gateway that journals, again and again, at any moment, while devices send and the connection to the broker is cut. At
 * the end, every message that a device was told to be safe must have arrived at a subscriber of Mosquitto: in the order of its
 * device, and each copy with the same origin.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, seeded, startMosquitto } from '@fairlead/testkit';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Soak } from './soak.ts';

const DEVICES = 8;
/** Messages of a device that are not acknowledged yet. */
const WINDOW = 20;
/** Longest life of a gateway after its start, milliseconds. */
const LIFE = 150;

export const journalSoak: Soak = async ({ rounds, seed, report }) => {
  const random = seeded(seed);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-soak-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const broker = stack.use(await startMosquitto({ config: ['max_queued_messages 0'] }));
  const arrivals = stack.use(await Arrivals.listen(broker.url));
  const cut = stack.use(await Cut.open(broker.port));
  const senders = Array.from({ length: DEVICES }, (_, i) => new Sender(i));
  for (let round = 1; round <= rounds; round++) {
    const gateway = await start(folder, `mqtt://127.0.0.1:${cut.port}`);
    for (const sender of senders) sender.connect(gateway.port);
    if (random() < 0.3) cut.off();
    await later(random() * LIFE);
    if (random() < 0.5) cut.on();
    await later(random() * 30);
    await kill(gateway.child);
    for (const sender of senders) sender.leave();
    cut.on();
    if (round % 50 === 0) report(`${round} rounds, ${sum(senders)} messages acknowledged`);
  }
  const gateway = await start(folder, `mqtt://127.0.0.1:${cut.port}`);
  const broken: string[] = [];
  const missing = () => senders.flatMap((sender) => sender.missing(arrivals.of(sender.name)));
  await eventually(() => missing().length === 0, 'all have arrived', 30_000).catch(() => {
    broken.push(`acknowledged, but lost: ${missing().slice(0, 20).join(', ')}`);
  });
  await kill(gateway.child);
  broken.push(...arrivals.broken);
  const copies = arrivals.total - arrivals.different;
  return {
    summary: `${rounds} kills, ${sum(senders)} messages acknowledged, ${arrivals.different} arrived, ${copies} of them again`,
    broken,
  };
};

export const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const sum = (senders: readonly Sender[]) =>
  senders.reduce((total, { acknowledged }) => total + acknowledged, 0);

async function start(folder: string, url: string): Promise<{ child: ChildProcess; port: number }> {
  const { child, ports } = await startChild('journal-gateway.ts', folder, url, String(DEVICES));
  return { child, port: Number(ports[0]) };
}

/** A process of this folder, once it has printed `port PORT ..`. */
export async function startChild(
  program: string,
  ...args: string[]
): Promise<{ child: ChildProcess; ports: readonly string[] }> {
  const file = join(import.meta.dirname, program);
  const child = spawn(process.execPath, ['--conditions=fairlead-source', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
    return { child, ports: line.split(' ').slice(1) };
  throw new Error(`${program} ended before it listened`);
}

export async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** A device. It numbers its messages over all its connections. */
export class Sender {
  readonly name: string;
  readonly token: string;
  readonly #safe = new Set<number>();
  #socket: Socket | undefined;
  #next = 1;

  constructor(index: number) {
    this.name = `device-${index}`;
    this.token = `token-${index}`;
  }

  get acknowledged(): number {
    return this.#safe.size;
  }

  connect(port: number): void {
    const socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
    const sent: number[] = [];
    const send = () => {
      while (sent.length < WINDOW) {
        sent.push(this.#next);
        socket.write(packet(1, `{"from":"${this.token}","n":${this.#next++}}`));
      }
    };
    socket.on('error', () => {});
    socket.on('data', (answers: Buffer) => {
      for (const answer of answers) if (answer === 6) this.#safe.add(sent.shift() as number);
      send();
    });
    socket.write(packet(0, this.token));
    this.#socket = socket;
  }

  leave(): void {
    this.#socket?.destroy();
  }

  missing(arrived: ReadonlySet<number>): string[] {
    return [...this.#safe].filter((n) => !arrived.has(n)).map((n) => `${this.name} ${n}`);
  }
}

function packet(command: number, payload: string): Buffer {
  const head = Buffer.from([0x54, 0x50, 0, command, 0, 0, 0, 0]);
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** What a subscriber got. */
class Arrivals implements AsyncDisposable {
  readonly #client: MqttClient;
  readonly #devices = new Map<string, Map<number, string>>();
  readonly #highest = new Map<string, number>();
  readonly broken: string[] = [];
  total = 0;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload, { properties }) => {
      const name = topic.split('/')[1] as string;
      const { n } = JSON.parse(`${payload}`) as { n: number };
      const { epoch, seq } = (properties?.userProperties ?? {}) as Record<string, string>;
      this.#add(name, n, `${epoch} ${seq}`);
    });
  }

  static async listen(url: string): Promise<Arrivals> {
    const client = await connectAsync(url, { protocolVersion: 5 });
    await client.subscribeAsync('devices/+/attributes', { qos: 1 });
    return new Arrivals(client);
  }

  get different(): number {
    return [...this.#devices.values()].reduce((total, { size }) => total + size, 0);
  }

  of(device: string): ReadonlySet<number> {
    return new Set(this.#devices.get(device)?.keys());
  }

  #add(device: string, n: number, origin: string): void {
    this.total++;
    const known = this.#devices.get(device) ?? new Map<number, string>();
    this.#devices.set(device, known);
    const earlier = known.get(n);
    if (earlier !== undefined && earlier !== origin)
      this.broken.push(`${device} ${n} came from ${earlier} and from ${origin}`);
    const highest = this.#highest.get(device) ?? 0;
    if (earlier === undefined && n < highest) this.broken.push(`${device} ${n} came after ${highest}`);
    this.#highest.set(device, Math.max(highest, n));
    known.set(n, origin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

/** A way to the broker that can be cut, in the middle of packets. */
export class Cut implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => this.#join(near));
  readonly #port: number;
  #isOff = false;

  private constructor(port: number) {
    this.#port = port;
  }

  static async open(port: number): Promise<Cut> {
    const cut = new Cut(port);
    cut.#server.listen(0, '127.0.0.1');
    await once(cut.#server, 'listening');
    return cut;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  on(): void {
    this.#isOff = false;
  }

  off(): void {
    this.#isOff = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket): void {
    if (this.#isOff) {
      near.destroy();
      return;
    }
    const far = connectSocket(this.#port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.off();
    this.#server.close();
  }
}
