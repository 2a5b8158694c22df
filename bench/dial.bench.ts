/**
 * Dialled Modbus devices on loopback, each asked once a second for 40 registers by its map: processor time of the gateway and
 * its script process, and how late the polls are. Beside bare sockets that send the same request and read the registers by
 * hand, in the same run. The devices are one process.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { createGateway, type Device, type Gateway, type Log } from '@fairlead/gateway';
import { builtinProfile, defaultsOf } from '@fairlead/profiles';
import { createSandbox } from '@fairlead/sandbox';
import { type Handlers, main, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';

const REGISTERS = 40;
const PERIOD = 1_000;
/** Share of one core, in percent, and milliseconds. */
const CPU_TARGET = 20;
const LATE_TARGET = 100;

interface Seen {
  readonly polls: number;
  /** Milliseconds after its time, at the 99th percentile. */
  readonly late: number;
}

interface Measured extends Seen {
  /** Share of one core, in percent. */
  readonly cpu: number;
}

async function run(): Promise<Report> {
  const devices = quick() ? 200 : 1_000;
  const seconds = quick() ? 5 : 20;
  const ours = await measure('gateway', devices, seconds);
  const bare = await measure('bare', devices, seconds);
  const many = `${devices} devices`;
  return {
    name: 'dial',
    rows: [
      row(`${many}: processor`, ours.cpu, '% of a core', undefined, { atMost: CPU_TARGET }),
      row(`${many}: processor, beside bare sockets`, ours.cpu, '% of a core', bare.cpu),
      row(`${many}: polls late, p99`, ours.late, 'ms', undefined, { atMost: LATE_TARGET }),
      row(`${many}: polls late, p99, beside bare sockets`, ours.late, 'ms', bare.late),
      row(
        'polls of each device a second',
        ours.polls / devices / seconds,
        'polls',
        bare.polls / devices / seconds,
      ),
    ],
  };
}

async function measure(role: 'gateway' | 'bare', devices: number, seconds: number): Promise<Measured> {
  await using slaves = new Part(import.meta.filename, 'slaves');
  await using asker = new Part(import.meta.filename, role);
  const ports = await slaves.ask<number[]>('listen', devices);
  await asker.ask('poll', ports);
  await pause(quick() ? 3_000 : 10_000); // until code is compiled
  await slaves.ask('watch');
  const before = await asker.ask<number>('cpuOfAll');
  await pause(seconds * 1_000);
  const used = (await asker.ask<number>('cpuOfAll')) - before;
  return { ...(await slaves.ask<Seen>('seen')), cpu: used / seconds / 10 };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// --- the devices -------------------------------------------------------------------------------------------------------

function slaves(): Handlers {
  const servers: Server[] = [];
  /** By device: when its polls came. */
  let times: number[][] = [];
  return {
    listen: async (count: number) => {
      times = Array.from({ length: count }, () => []);
      for (let i = 0; i < count; i++) {
        const server = createServer({ noDelay: true }, (socket) => {
          socket.on('error', () => {});
          socket.on('data', (chunk: Buffer) => {
            times[i]?.push(performance.now());
            socket.write(answerOf(chunk));
          });
        });
        servers.push(server.listen(0, '127.0.0.1'));
        await once(server, 'listening');
      }
      return servers.map((server) => (server.address() as AddressInfo).port);
    },
    watch: () => {
      times = times.map(() => []);
    },
    seen: (): Seen => {
      const late: number[] = [];
      for (const own of times) {
        const due = Math.min(...own.map((time, i) => time - i * PERIOD));
        for (const [i, time] of own.entries()) late.push(time - due - i * PERIOD);
      }
      late.sort((a, b) => a - b);
      return { polls: late.length, late: late[Math.floor(late.length * 0.99)] ?? Number.NaN };
    },
    stop: () => {
      for (const server of servers) server.close();
    },
  };
}

/** The registers that a request asks for, each the time of day. */
function answerOf(request: Buffer): Buffer {
  const size = 2 * request.readUInt16BE(10);
  const answer = Buffer.alloc(9 + size, Math.trunc(performance.now()) & 0xff);
  request.copy(answer, 0, 0, 4);
  answer.writeUInt16BE(3 + size, 4);
  answer.set([request[6] as number, request[7] as number, size], 6);
  return answer;
}

// --- those who ask -----------------------------------------------------------------------------------------------------

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

async function gateway(): Promise<Handlers> {
  const definition = await builtinProfile('modbus_tcp');
  const { framing, identity, poll, script, parameters } = definition;
  const profile = {
    id: 'profile:modbus_tcp',
    name: 'modbus_tcp',
    direction: 'dials',
    framing,
    identity,
    poll,
    uplink: script,
    parameters: defaultsOf(parameters),
  } as const;
  const registers = Array.from({ length: REGISTERS }, (_, i) => ({ name: `r${i}`, address: i, scale: 0.1 }));
  const devices = new Map<string, Device>();
  const sandbox = createSandbox();
  let node: Gateway;
  return {
    poll: async (ports: number[]) => {
      for (const [i, port] of ports.entries()) {
        const name = `m${i}`;
        devices.set(name, {
          id: name,
          name,
          type: 'standard',
          protocol: 'profile',
          profile,
          parameters: { registers },
          endpoint: `tcp://127.0.0.1:${port}`,
          inboundBuffer: 1_024,
          outboundBuffer: 1_024,
        });
      }
      node = await createGateway({
        directory: {
          byToken: () => undefined,
          byIdentity: () => undefined,
          profile: () => undefined,
          byName: (name) => devices.get(name),
          byAddress: () => undefined,
          subDevices: () => [],
          dialled: () => [...devices.values()],
        },
        bus: {
          publish: () => true,
          drained: async () => {},
          flushed: async () => {},
          subscribe: async () => ({ close: async () => {} }),
        },
        scripts: sandbox,
        log: silent,
      });
      node.dial();
    },
    cpuOfAll,
    stop: async () => {
      await node.close();
      await sandbox.close();
    },
  };
}

/** What a person would write for this one task. */
function bare(): Handlers {
  const open: Socket[] = [];
  const timers: NodeJS.Timeout[] = [];
  let sum = 0;
  return {
    poll: async (ports: number[]) => {
      for (const [i, port] of ports.entries()) {
        const socket = createConnection({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {});
        open.push(socket);
        let transaction = 0;
        socket.on('data', (chunk: Buffer) => {
          if (chunk.readUInt16BE(0) !== transaction) return;
          const values: Record<string, number> = {};
          for (let r = 0; r < REGISTERS; r++) values[`r${r}`] = chunk.readUInt16BE(9 + 2 * r) / 10;
          sum += JSON.stringify(values).length;
        });
        const ask = () => {
          transaction = (transaction + 1) & 0xffff;
          const request = Buffer.from([0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, REGISTERS]);
          request.writeUInt16BE(transaction, 0);
          socket.write(request);
        };
        if (i % 10 === 9) await pause(10);
        timers.push(setInterval(ask, PERIOD));
      }
    },
    cpuOfAll,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of open) socket.destroy();
      return sum;
    },
  };
}

/** Processor time of this process and its children, in milliseconds. */
function cpuOfAll(): number {
  const { user, system } = process.cpuUsage();
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      // Fields 4, 14 and 15 of proc(5): the parent, and the time in hundredths of a second.
      if (Number(fields[1]) === process.pid) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // it has ended
    }
  }
  return (user + system) / 1_000 + ticks * 10;
}

if (import.meta.main) await main(run, { slaves, gateway, bare });
