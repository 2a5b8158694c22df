/**
 * Frames per second over loopback through `serve()`, with 1 link and with 100, beside raw `net` with a hand-written loop
 * that makes the same array of packets. One process sends to both in turns. Each receiver runs in a separate process.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { serve, tp } from '@fairlead/tcp';
import { type Handlers, inTurns, main, median, Part, quick } from './harness.ts';
import { PacketLoop, packet } from './raw.ts';
import { type Report, type Row, row } from './report.ts';

const PACKET = packet(0, 1, '{"temperature":36.5,"humidity":52,"n":0}');
/** Packets of one write: large, and not a multiple of the read size of a socket. */
const AT_ONCE = 20_000;
const LINKS = [1, 100];

interface Load {
  readonly port: number;
  readonly links: number;
  /** Packets of all links together. */
  readonly packets: number;
}

async function run(): Promise<Report> {
  await using sender = new Part(import.meta.filename, 'sender');
  await using ours = new Part(import.meta.filename, 'ours');
  await using byHand = new Part(import.meta.filename, 'byHand');
  const ports = new Map<Part, number>();
  for (const receiver of [ours, byHand]) ports.set(receiver, await receiver.ask('listen'));
  const rows: Row[] = [];
  for (const links of LINKS) {
    const packets = (quick() ? 10 : 50) * AT_ONCE * 2;
    const results = await inTurns([ours, byHand], { rounds: quick() ? 3 : 9 }, async (receiver) => {
      const [cpu, arrived] = [await receiver.cpu(), receiver.ask<number>('expect', packets)];
      const port = ports.get(receiver) as number;
      await sender.ask('send', { port, links, packets } satisfies Load);
      return {
        perSecond: (packets * 1_000) / (await arrived),
        cpu: ((await receiver.cpu()) - cpu) / packets,
      };
    });
    const [own, rival] = [ours, byHand].map((receiver) => ({
      perSecond: median((results.get(receiver) ?? []).map(({ perSecond }) => perSecond)),
      cpu: median((results.get(receiver) ?? []).map(({ cpu }) => cpu)),
    })) as [Result, Result];
    const what = `${links} ${links === 1 ? 'link' : 'links'}`;
    rows.push(row(what, own.perSecond, 'frames/s', rival.perSecond, { atLeast: 0.85 }));
    rows.push(row(`${what}, processor`, own.cpu * 1_000, 'ns/frame', rival.cpu * 1_000));
  }
  return { name: 'loopback', rows };
}

interface Result {
  readonly perSecond: number;
  readonly cpu: number;
}

/** Counts received frames; resolves with the milliseconds from the first frame to the last one expected. */
class Stopwatch {
  #left = 0;
  #begun = 0;
  #done: ((ms: number) => void) | undefined;

  expect(frames: number): Promise<number> {
    this.#left = frames;
    this.#begun = 0;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  arrived(frames: number): void {
    if (this.#begun === 0) this.#begun = performance.now();
    this.#left -= frames;
    if (this.#left < 0) throw new Error('more frames arrived than were sent');
    if (this.#left === 0) this.#done?.(performance.now() - this.#begun);
  }
}

async function ours(): Promise<Handlers> {
  const watch = new Stopwatch();
  const server = await serve('tcp://127.0.0.1:0', {
    codec: tp(),
    frames: (_session, batch) => watch.arrived(batch.length),
  });
  return {
    listen: () => Number(server.address.split(':').at(-1)),
    expect: (frames: number) => watch.expect(frames),
    stop: () => server.destroy(),
  };
}

async function byHand(): Promise<Handlers> {
  const watch = new Stopwatch();
  const server = createServer((socket) => {
    const loop = new PacketLoop();
    socket.on('data', (chunk: Buffer) => watch.arrived(loop.push(chunk).length));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    listen: () => (server.address() as AddressInfo).port,
    expect: (frames: number) => watch.expect(frames),
    stop: () => void server.close(),
  };
}

function sender(): Handlers {
  const chunk = Buffer.concat(Array.from({ length: AT_ONCE }, () => PACKET));
  const send = async (socket: Socket, packets: number): Promise<void> => {
    for (let left = packets; left > 0; left -= AT_ONCE) {
      const some = left >= AT_ONCE ? chunk : chunk.subarray(0, left * PACKET.length);
      if (!socket.write(some)) await once(socket, 'drain');
    }
    socket.end();
    socket.resume();
    await once(socket, 'close');
  };
  return {
    send: async ({ port, links, packets }: Load) => {
      const sockets = Array.from({ length: links }, () => createConnection({ port, host: '127.0.0.1' }));
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      await Promise.all(sockets.map((socket) => send(socket, packets / links)));
    },
  };
}

if (import.meta.main) await main(run, { ours, byHand, sender });
