/**
 * INDI through the hub beside Debian's indiserver, the same driver behind each: number updates to 1, 10 and 50 clients in
 * windows of 100, bursts, a 16 MB BLOB to 5 clients, and memory with one client that does not read. The next window goes
 * out when every client has the one before.
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
const MIB = 2 ** 20;

async function run(): Promise<Report> {
  await using clients = new Part(import.meta.filename, 'clients');
  await using hub = new Part(import.meta.filename, 'hub');
  await using rival = await startIndiserver();
  const ours = { name: 'hub', port: await hub.ask<number>('start') };
  const contestants = rival === undefined ? [ours] : [ours, { name: 'indiserver', port: rival.port }];
  const rounds = quick() ? 1 : 5;
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
  const shot = await measure('blob', { clients: 5 });
  rows.push(row('16 MB BLOB to 5 clients', shot.hub ?? 0, 'ms', shot.indiserver, { atMost: 1 }));
  const before = await hub.peak();
  const bursts = quick() ? 20 : 150;
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
          run: { bench: { command: [process.execPath, DRIVER] } },
        }),
      );
      return Number(hub.address?.split(':')[1]);
    },
    stop: () => parts.disposeAsync(),
  };
}

const END = Buffer.from('</set');

/** A client that counts what it gets, and reads no more of it than that takes. */
class Counter {
  readonly socket: Socket;
  bytes = 0;
  /** Ends of `set` vectors. */
  vectors = 0;
  #tail = Buffer.alloc(0);
  #text = '';
  #waiting: { done: () => boolean; resolve: () => void } | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.#count(chunk);
      if (this.#waiting?.done()) {
        this.#waiting.resolve();
        this.#waiting = undefined;
      }
    });
  }

  #count(chunk: Buffer): void {
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, END.length - 1)]);
    if (seam.includes(END)) this.vectors++;
    for (let at = chunk.indexOf(END); at >= 0; at = chunk.indexOf(END, at + END.length)) this.vectors++;
    this.#tail = Buffer.from(chunk.subarray(Math.max(0, chunk.length - END.length + 1)));
    if (this.bytes < MIB) this.#text += chunk.toString('latin1');
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

  /** Near the beginning only. */
  seen(mark: string): Promise<void> {
    return this.#until(() => this.#text.includes(mark));
  }

  hasVectors(count: number): Promise<void> {
    return this.#until(() => this.vectors >= count);
  }
}

interface Load {
  readonly port: number;
  readonly clients: number;
  readonly windows: number;
  readonly window?: number;
  /** Of the clients, how many do not read. */
  readonly stopped?: number;
}

/** The role of the clients' process. */
function clientsRole(): Handlers {
  return {
    /** Updates a second. */
    windows: async ({ port, clients, windows, window = WINDOW, stopped = 0 }: Load): Promise<number> => {
      const all = await open(port, clients, 'POSITION');
      const counters = all.slice(stopped);
      // Who asks is none of them: a socket that writes acknowledges later, and a server that has not turned Nagle's
      // algorithm off would be slowed down by that alone.
      using control = new Counter(port);
      for (const { socket } of all.slice(0, stopped)) socket.pause();
      const starts = counters.map(({ vectors }) => vectors);
      const startedAt = performance.now();
      for (let n = 1; n <= windows; n++) {
        const arrived = counters.map((counter, i) => counter.hasVectors((starts[i] as number) + n * window));
        control.socket.write(wish('GO', window));
        await Promise.all(arrived);
      }
      const seconds = (performance.now() - startedAt) / 1_000;
      for (const { socket } of all) socket.destroy();
      return (windows * window) / seconds;
    },
    /** Milliseconds from the wish to the last byte at the last client. */
    blob: async ({ port, clients }: Load): Promise<number> => {
      const all = await open(port, clients, 'PICTURE');
      for (const { socket } of all)
        socket.write('<enableBLOB device="Bench" name="PICTURE">Also</enableBLOB><pingRequest uid="1"/>');
      await Promise.all(all.map((one) => one.seen('<pingReply')));
      using control = new Counter(port);
      const startedAt = performance.now();
      const arrived = all.map((one) => one.hasVectors(1));
      control.socket.write(wish('SHOOT', BLOB));
      await Promise.all(arrived);
      const ms = performance.now() - startedAt;
      for (const { socket } of all) socket.destroy();
      return ms;
    },
  };
}

const wish = (name: string, count: number) =>
  `<newNumberVector device="Bench" name="${name}"><oneNumber name="COUNT">${count}</oneNumber></newNumberVector>`;

/** Clients that have seen the property and hear nothing more. They get nothing else: no echo of what others ask for. */
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

/** Resolves when nothing comes any more. */
async function settled(counters: readonly Counter[]): Promise<void> {
  const total = () => counters.reduce((sum, { bytes }) => sum + bytes, 0);
  for (let last = -1; last !== total(); ) {
    last = total();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await main(run, { clients: clientsRole, hub: hubRole });
