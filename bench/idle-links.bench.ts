/**
 * The memory of an idle link of `serve()`, beside a raw `net` socket with a listener; and how a server with an accept rate
 * handles a fleet of clients that reconnects at once, with jitter. Servers and fleets run in separate processes, new ones
 * for each round.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { type Client, connect, length, type Server, serve } from '@fairlead/tcp';
import { type Handlers, inTurns, type Memory, main, median, Part, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';

/** Bytes that a link may use in addition to its socket. */
const ALLOWED = 2_048;
const PER_SECOND = 2_000;
const BURST = 500;

interface Fleet {
  readonly port: number;
  readonly links: number;
}

async function run(): Promise<Report> {
  return { name: 'idle-links', rows: [...(await idle()), ...(await storm())] };
}

async function idle(): Promise<Row[]> {
  const links = quick() ? 2_000 : 10_000;
  const measure = async (role: 'ours' | 'raw'): Promise<Memory> => {
    await using dialler = new Part(import.meta.filename, 'sockets');
    await using server = new Part(import.meta.filename, role);
    const port = await server.ask<number>('listen', {});
    // One link first, so that shared code and tables are not counted.
    await dialler.ask('open', { port, links: 1 } satisfies Fleet);
    const before = await server.memory();
    await dialler.ask('open', { port, links } satisfies Fleet);
    const after = await server.memory();
    return { rss: (after.rss - before.rss) / links, heap: (after.heap - before.heap) / links };
  };
  const results = await inTurns(['ours', 'raw'] as const, { rounds: quick() ? 1 : 3, warmUp: 0 }, measure);
  return (['heap', 'rss'] as const).flatMap((of) => {
    const [own, raw] = (['ours', 'raw'] as const).map((role) =>
      median((results.get(role) ?? []).map((memory) => memory[of])),
    ) as [number, number];
    const name = of === 'heap' ? 'heap and buffers' : 'resident';
    return [
      row(`${name}, a link`, own, 'bytes', raw),
      row(`${name}, beyond the socket`, own - raw, 'bytes', undefined, { atMost: ALLOWED }),
    ];
  });
}

interface Storm {
  /** Largest number of links accepted within a second. */
  readonly mostASecond: number;
  readonly refused: number;
}

async function storm(): Promise<Row[]> {
  const links = quick() ? 2_000 : 10_000;
  await using server = new Part(import.meta.filename, 'ours');
  await using fleet = new Part(import.meta.filename, 'clients');
  const port = await server.ask<number>('listen', { acceptRate: { perSecond: PER_SECOND, burst: BURST } });
  await server.ask('watch');
  const settled = await fleet.ask<number>('connect', { port, links } satisfies Fleet);
  await server.ask('dropAll');
  const again = await fleet.ask<number>('back');
  const { mostASecond, refused } = await server.ask<Storm>('seen');
  return [
    row(`links let in within any second, of ${links}`, mostASecond, 'links', undefined, {
      atMost: PER_SECOND + BURST,
    }),
    row('links refused on the way', refused, 'links'),
    row('until all are in', settled / 1_000, 's'),
    row('until all are back', again / 1_000, 's'),
  ];
}

// --- servers -----------------------------------------------------------------------------------------------------------

function ours(): Handlers {
  let server: Server<Buffer, Uint8Array | string, undefined>;
  const accepted: number[] = [];
  return {
    listen: async (limits: object) => {
      server = await serve('tcp://127.0.0.1:0', {
        codec: length(),
        limits,
        accept: () => void accepted.push(performance.now()) as undefined,
        frames: () => {},
      });
      return Number(server.address.split(':').at(-1));
    },
    watch: () => void accepted.splice(0),
    dropAll: () => {
      for (const session of server.sessions) session.destroy();
    },
    seen: (): Storm => {
      let mostASecond = 0;
      for (let from = 0, to = 0; to < accepted.length; to++) {
        while ((accepted[to] as number) - (accepted[from] as number) > 1_000) from++;
        mostASecond = Math.max(mostASecond, to - from + 1);
      }
      return { mostASecond, refused: server.stats().refused.ACCEPT_RATE_EXCEEDED ?? 0 };
    },
    stop: () => server.destroy(),
  };
}

function raw(): Handlers {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.on('data', () => {}).on('error', () => {});
    socket.on('end', () => socket.end()).on('close', () => sockets.delete(socket));
  });
  return {
    listen: async () => {
      server.listen({ port: 0, host: '127.0.0.1', backlog: 16_384 });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

// --- fleets ------------------------------------------------------------------------------------------------------------

function sockets(): Handlers {
  const open: Socket[] = [];
  return {
    open: async ({ port, links }: Fleet) => {
      for (let left = links; left > 0; left -= 250) {
        const some = Array.from({ length: Math.min(250, left) }, async () => {
          const socket = createConnection({ port, host: '127.0.0.1' }).on('error', () => {});
          open.push(socket);
          await once(socket, 'connect');
        });
        await Promise.all(some);
      }
    },
    stop: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

function clients(): Handlers {
  const fleet: Client<Buffer, Uint8Array | string>[] = [];
  /** A link counts after it has been open for a while: a refused link is also connected for a moment. */
  const settled = async (): Promise<number> => {
    const begun = performance.now();
    let since = new Map<unknown, number>();
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const now = performance.now();
      const ready = fleet.filter(({ state }) => state === 'ready');
      since = new Map(ready.map((client) => [client, since.get(client) ?? now]));
      if (ready.length === fleet.length && Math.max(...since.values()) < now - 500) return now - begun;
    }
  };
  return {
    connect: async ({ port, links }: Fleet) => {
      for (let n = 0; n < links; n++) {
        const reconnect = { min: '500ms', max: '10s', stable: '1s' };
        fleet.push(connect(`127.0.0.1:${port}`, { codec: length(), reconnect, frames: () => {} }));
        if (n % 250 === 249) await new Promise(setImmediate);
      }
      return await settled();
    },
    back: settled,
    stop: () => Promise.all(fleet.map((client) => client.destroy())),
  };
}

if (import.meta.main) await main(run, { ours, raw, sockets, clients });
