/**
 * 100 devices write 5,000 lines each at once, to a subscriber on Mosquitto. All lines must arrive, with bounded memory. The rival
 * is Node-RED 4 with a `tcp in` and an `mqtt out`, where the environment variable `NODE_RED` names a folder in which it is
 * installed (`npm install node-red@4`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMosquitto } from '@fairlead/testkit';
import { type Handlers, main, median, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';
import { type Subscription, subscriber } from './subscriber.ts';
import { type Started, type SystemOptions, system } from './system.ts';

const DEVICES = 100;
const LINES = 5_000;
const LINE = '{"temperature":36.5,"humidity":52,"n":7}\n';

interface Crowd {
  readonly port: number;
  /** Sent first, and answered. Empty: Node-RED knows no devices. */
  readonly tokens: readonly string[];
}

interface Contestant extends AsyncDisposable {
  readonly port: number;
  readonly tokens: readonly string[];
  /** Topics of the lines. */
  readonly filter: string;
  /** Most memory so far, bytes. */
  peak(): Promise<number>;
}

async function run(): Promise<Report> {
  await using broker = await startMosquitto({ config: ['max_queued_messages 0', 'set_tcp_nodelay true'] });
  const folder = process.env.NODE_RED;
  await using ours = await gateway(broker.url);
  const own = await measure(ours, broker.port);
  if (folder === undefined) console.error('burst: without Node-RED; the variable NODE_RED names its folder');
  await using rival = folder === undefined ? undefined : await nodeRed(folder, broker.port);
  const other = rival === undefined ? undefined : await measure(rival, broker.port);
  return {
    name: 'burst',
    rows: [
      row('lines, all arrived', own.perSecond, 'a second', other?.perSecond),
      row('most memory', own.memory, 'MiB', other?.memory),
      row('most memory of the gateway', own.memory, 'MiB', undefined, { atMost: 512 }),
    ],
  };
}

async function measure({ port, tokens, filter, peak }: Contestant, broker: number) {
  await using heard = new Part(import.meta.filename, 'subscriber');
  await heard.ask('subscribe', { port: broker, filter } satisfies Subscription);
  await using devices = new Part(import.meta.filename, 'crowd');
  await devices.ask('connect', { port, tokens } satisfies Crowd);
  const speeds: number[] = [];
  for (let round = 0; round < (quick() ? 2 : 5); round++) {
    const begun = performance.now();
    const arrived = heard.ask('reach', DEVICES * LINES);
    await devices.ask('burst');
    await arrived;
    speeds.push((DEVICES * LINES * 1_000) / (performance.now() - begun));
  }
  const surplus = await heard.ask<number>('surplus');
  if (surplus !== 0) throw new Error(`${surplus} lines arrived more than once`);
  return { perSecond: median(speeds), memory: (await peak()) / 2 ** 20 };
}

async function gateway(url: string): Promise<Contestant> {
  const part = new Part(import.meta.filename, 'system');
  const custom = { framing: 'line' };
  const started = await part.ask<Started>('start', { url, devices: DEVICES, custom } satisfies SystemOptions);
  return {
    ...started,
    filter: 'devices/+/raw',
    peak: () => part.peak(),
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  };
}

/** @param folder where it is installed */
async function nodeRed(folder: string, broker: number): Promise<Contestant> {
  const [port, http] = [await freePort(), await freePort()];
  const user = mkdtempSync(join(tmpdir(), 'fairlead-node-red-'));
  const z = 'flow';
  const flow = [
    { id: z, type: 'tab', label: 'lines' },
    { id: 'broker', type: 'mqtt-broker', broker: '127.0.0.1', port: String(broker), protocolVersion: '4' },
    {
      ...{ id: 'in', z, type: 'tcp in', server: 'server', port: String(port), wires: [['out']] },
      ...{ datamode: 'stream', datatype: 'utf8', newline: '\\n' },
    },
    {
      id: 'out',
      z,
      type: 'mqtt out',
      topic: 'lines',
      qos: '0',
      retain: 'false',
      broker: 'broker',
      wires: [],
    },
  ];
  writeFileSync(join(user, 'flows.json'), JSON.stringify(flow));
  writeFileSync(
    join(user, 'settings.js'),
    'module.exports = { flowFile: "flows.json", httpAdminRoot: false };',
  );
  const program = join(folder, 'node_modules/node-red/red.js');
  const child = spawn(process.execPath, [program, '--userDir', user, '--port', String(http)], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(user, { recursive: true, force: true });
  };
  try {
    await listens(port, () => child.exitCode === null);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    tokens: [],
    filter: 'lines',
    peak: async () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) * 1_024;
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when the port accepts connections. */
async function listens(port: number, alive: () => boolean): Promise<void> {
  for (let n = 0; n < 300 && alive(); n++) {
    const socket = createConnection({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    } finally {
      socket.destroy();
    }
  }
  throw new Error('Node-RED does not listen');
}

/** The role of a process full of devices that write lines. */
function crowd(): Handlers {
  const sockets: Socket[] = [];
  const lines = Buffer.from(LINE.repeat(LINES));
  return {
    connect: async ({ port, tokens }: Crowd) => {
      for (let n = 0; n < DEVICES; n++) {
        const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
        await once(socket, 'connect');
        if (tokens[n] !== undefined) {
          socket.write(`${tokens[n]}\n`);
          await once(socket, 'data');
        }
        sockets.push(socket);
      }
    },
    burst: () =>
      Promise.all(
        sockets.map(async (socket) => {
          if (!socket.write(lines)) await once(socket, 'drain');
        }),
      ).then(() => {}),
    stop: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

if (import.meta.main) await main(run, { system, subscriber, crowd });
