/**
 * INDI through the hub, compared with Debian's indiserver, with the same driver: number updates to 1, 10 and 50 clients in
 * windows of 100, bursts, a 16 MB BLOB to 5 clients, and memory with one client that does not read. Two windows are in
 * flight at any time; the next is requested when every client has received the previous one. With only one window, a server
 * would wait for the next request and, with Nagle's algorithm, for a delayed acknowledgement.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHub } from '@fairlead/indi';
import { type Handlers, inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';

const DRIVER = join(import.meta.dirname, 'indi-driver.ts');
const WINDOW = 100;
const BURST = 20_000;
const BLOB = 16 * 2 ** 20;
const SHOTS = 5;
const MIB = 2 ** 20;

async function run(): Promise<Report> {
  await using clients = new Part(import.meta.filename, 'clients');
  await using hub = new Part(import.meta.filename, 'hub');
  await using rival = await startIndiserver();
  const ours = { name: 'hub', port: await hub.ask<number>('start') };
  const contestants = rival === undefined ? [ours] : [ours, { name: 'indiserver', port: rival.port }];
  const rounds = quick() ? 1 : 3;
  const rows: Row[] = [];
  const measure = async (what: string, argument: object): Promise<Record<string, number>> => {
    const results = await inTurns(contestants, { rounds }, ({ port }) =>
      clients.ask<number>(what, { port, ...argument }),
    );
    return Object.fromEntries(contestants.map((one) => [one.name, median(results.get(one) ?? [])]));
  };
  let windowed = 0;
  for (const [count, atLeast] of [
    [1, 1],
    [10, 3],
    [50, 5],
  ] as const) {
    const windows = Math.ceil((quick() ? 50 : 400) / Math.sqrt(count));
    const { hub: own = 0, indiserver } = await measure('windows', { clients: count, windows });
    rows.push(row(`updates to ${count} clients, windows of 100`, own, 'updates/s', indiserver, { atLeast }));
    if (count === 10) windowed = own;
  }
  const burst = await clients.ask<number>('windows', {
    port: ours.port,
    clients: 10,
    windows: 1,
    window: BURST,
  });
  rows.push(row('bursts of 20,000 to 10 clients', burst, 'updates/s', windowed, { atLeast: 0.5 }));
  const { hub: shot = 0, indiserver: theirs } = await measure('blob', { clients: 5 });
  rows.push(row('16 MB BLOB to 5 clients', shot, 'ms', theirs, { atMost: 1 }));
  const before = await hub.peak();
  const bursts = quick() ? 20 : 60;
  await clients.ask('windows', { port: ours.port, clients: 5, windows: bursts, window: BURST, stopped: 1 });
  const grown = ((await hub.peak()) - before) / MIB;
  rows.push(row('memory with 1 of 5 clients stopped', grown, 'MiB more at most', undefined, { atMost: 256 }));
  return { name: 'indi', rows };
}

/** The same driver under Debian's server; undefined: it is not installed. */
async function startIndiserver(): Promise<(AsyncDisposable & { port: number }) | undefined> {
  if (spawnSync('sh', ['-c', 'command -v indiserver']).status !== 0) {
    console.error('indi: indiserver is not installed: no rival');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
  const launcher = join(folder, 'bench-driver');
  writeFileSync(launcher, `#!/bin/sh\nexec "${process.execPath}" "${DRIVER}"\n`);
  chmodSync(launcher, 0o755);
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const child: ChildProcess = spawn(
    'indiserver',
    ['-m', '2000', '-p', `${port}`, '-u', join(folder, 'socket'), launcher],
    { stdio: 'ignore', detached: true },
  );
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      process.kill(-(child.pid as number), 'SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The role of the hub's process. */
function hubRole(): Handlers {
  const parts = new AsyncDisposableStack();
  return {
    start: async (): Promise<number> => {
      const hub = parts.use(
        await createHub({
          listen: '127.0.0.1:0',
          // Both servers read the output of this driver from a Unix socket, over which it never sends descriptors.
          run: { bench: { command: [process.execPath, DRIVER] } },
        }),
      );
      return Number(hub.address?.split(':')[1]);
    },
    stop: () => parts.disposeAsync(),
  };
}

/**
 * A client that only counts bytes and uses memory shared by all clients. It does as little work as possible, so that the
 * server is measured, also a server that sends each update separately.
 */
class Counter {
  static readonly #memory = Buffer.alloc(65_536);
  readonly socket: Socket;
  bytes = 0;
  #text = '';
  #seeking = false;
  #waiting: { done: () => boolean; resolve: () => void } | undefined;

  constructor(port: number) {
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Counter.#memory,
        callback: (size, memory) => {
          this.bytes += size;
          if (this.#seeking)
            this.#text = this.#text.slice(-65_536) + Buffer.from(memory.subarray(0, size)).toString('latin1');
          if (this.#waiting?.done()) {
            this.#waiting.resolve();
            this.#waiting = undefined;
          }
          return true;
        },
      },
    });
    this.socket.on('error', () => {});
  }

  #until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { done, resolve };
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async seen(mark: string): Promise<void> {
    this.#seeking = true;
    await this.#until(() => this.#text.includes(mark));
    this.#seeking = false;
    this.#text = '';
  }

  hasBytes(count: number): Promise<void> {
    return this.#until(() => this.bytes >= count);
  }
}

interface Load {
  readonly port: number;
  readonly clients: number;
  readonly windows: number;
  readonly window?: number;
  /** Number of clients that do not read. */
  readonly stopped?: number;
}

/** The role of the clients' process. */
function clientsRole(): Handlers {
  return {
    /** Updates per second. */
    windows: async ({ port, clients, windows, window = WINDOW, stopped = 0 }: Load): Promise<number> => {
      const all = await open(port, clients, 'POSITION');
      const counters = all.slice(stopped);
      // The requests are sent by another client: a socket that also writes acknowledges later, which would slow down a server
      // that uses Nagle's algorithm.
      using control = new Counter(port);
      for (const { socket } of all.slice(0, stopped)) socket.pause();
      const before = (counters[0] as Counter).bytes;
      // All updates have the same length, which depends on the server.
      control.socket.write(wish('GO', 1));
      await Promise.all(counters.map((counter) => counter.hasBytes(counter.bytes + 1)));
      await settled(counters);
      const size = (counters[0] as Counter).bytes - before;
      const starts = counters.map(({ bytes }) => bytes);
      const startedAt = performance.now();
      control.socket.write(wish('GO', window));
      for (let n = 1; n <= windows; n++) {
        const arrived = counters.map((counter, i) =>
          counter.hasBytes((starts[i] as number) + n * window * size),
        );
        if (n < windows) control.socket.write(wish('GO', window));
        await Promise.all(arrived);
      }
      const seconds = (performance.now() - startedAt) / 1_000;
      for (const { socket } of all) socket.destroy();
      return (windows * window) / seconds;
    },
    /** Milliseconds from the request to the last byte at the last client: the median of {@link SHOTS} in a row. */
    blob: async ({ port, clients }: Omit<Load, 'windows'>): Promise<number> => {
      const all = await open(port, clients, 'PICTURE');
      for (const { socket } of all)
        socket.write('<enableBLOB device="Bench" name="PICTURE">Also</enableBLOB><pingRequest uid="1"/>');
      await Promise.all(all.map((one) => one.seen('<pingReply')));
      using control = new Counter(port);
      const shoot = async (size: number): Promise<number> => {
        const startedAt = performance.now();
        const arrived = all.map((one) => one.hasBytes(one.bytes + size));
        control.socket.write(wish('SHOOT', BLOB));
        await Promise.all(arrived);
        return performance.now() - startedAt;
      };
      // The first one gives its size, which depends on the server.
      const before = (all[0] as Counter).bytes;
      await shoot(BLOB);
      await settled(all);
      const size = (all[0] as Counter).bytes - before;
      const shots: number[] = [];
      while (shots.length < SHOTS) shots.push(await shoot(size));
      for (const { socket } of all) socket.destroy();
      return median(shots);
    },
  };
}

const wish = (name: string, count: number) =>
  `<newNumberVector device="Bench" name="${name}"><oneNumber name="COUNT">${count}</oneNumber></newNumberVector>`;

/** Clients that have received the property and get nothing else, in particular no echo of the requests of others. */
async function open(port: number, count: number, name: string): Promise<Counter[]> {
  const all: Counter[] = [];
  while (all.length < count) {
    const counter = new Counter(port);
    const seen = counter.seen(name);
    counter.socket.write(`<getProperties version='1.7' device='Bench' name='${name}'/>`);
    await seen;
    all.push(counter);
  }
  await settled(all);
  return all;
}

/** Resolves when no more bytes arrive. */
async function settled(counters: readonly Counter[]): Promise<void> {
  const total = () => counters.reduce((sum, { bytes }) => sum + bytes, 0);
  for (let last = -1; last !== total(); ) {
    last = total();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await main(run, { clients: clientsRole, hub: hubRole });
