/**
 * Request and reply, with a promise for each reply on both sides: 64 in flight over one link, compared with raw `net` and a
 * hand-written queue of promises; then one by one and eight at a time through a pool, compared with bare sockets. Servers and
 * clients run in separate processes.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { connect, length, pool, serve } from '@fairlead/tcp';
import { type Handlers, inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';

const IN_FLIGHT = 64;
const POOLED = 8;
const MESSAGE = Buffer.alloc(100, 'x');

interface Load {
  readonly port: number;
  readonly requests: number;
  /** Number of concurrent requesters, each of which waits for its reply. */
  readonly askers: number;
}

interface Result {
  readonly perSecond: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

const BY_HAND = ['byHandClient', 'byHandServer'] as const;
const BY_HAND_BATCHED = ['byHandBatchedClient', 'byHandBatchedServer'] as const;
const OURS = ['ourClient', 'ourServer'] as const;

async function run(): Promise<Report> {
  const rounds = quick() ? 3 : 9;
  const requests = quick() ? 20_000 : 150_000;
  await using parts = new AsyncDisposableStack();
  const start = async ([client, server]: readonly [string, string]) => {
    const [asking, answering] = [client, server].map((role) =>
      parts.use(new Part(import.meta.filename, role)),
    ) as [Part, Part];
    return { asking, port: await answering.ask<number>('listen') };
  };
  type Pair = Awaited<ReturnType<typeof start>>;
  const measure =
    (load: Omit<Load, 'port'>) =>
    ({ asking, port }: Pair) =>
      asking.ask<Result>('run', { port, ...load });
  const middle = (results: Result[] | undefined, of: keyof Result) =>
    median((results ?? []).map((result) => result[of]));

  const rows: Row[] = [];
  const [ours, byHand, batched] = [await start(OURS), await start(BY_HAND), await start(BY_HAND_BATCHED)];
  const piped = await inTurns([ours, byHand, batched], { rounds }, measure({ requests, askers: IN_FLIGHT }));
  const own = middle(piped.get(ours), 'perSecond');
  rows.push(
    row(`${IN_FLIGHT} in flight`, own, 'requests/s', middle(piped.get(byHand), 'perSecond'), {
      atLeast: 0.8,
    }),
    row('beside one write a tick by hand', own, 'requests/s', middle(piped.get(batched), 'perSecond'), {
      atLeast: 0.8,
    }),
  );
  const [pooled, bare] = [
    await start(['poolClient', 'ourServer']),
    await start(['bareClient', 'byHandServer']),
  ];
  for (const askers of [1, POOLED]) {
    const load = { requests: requests / 10, askers };
    const results = await inTurns([pooled, bare], { rounds }, measure(load));
    const what = askers === 1 ? 'one by one' : `${askers} at a time`;
    for (const part of ['p50', 'p99'] as const) {
      const [lent, raw] = [middle(results.get(pooled), part), middle(results.get(bare), part)];
      rows.push(row(`pool of ${POOLED}, ${what}, ${part}`, lent, 'µs', raw));
    }
  }
  return { name: 'requests', rows };
}

/** Runs this many requesters, each with one request at a time, until all requests are answered. */
async function ask({ requests, askers }: Load, request: () => Promise<Buffer>): Promise<Result> {
  const times = new Float64Array(requests);
  let left = requests;
  const asker = async () => {
    while (left > 0) {
      const at = --left;
      const begun = performance.now();
      const reply = await request();
      if (reply.length !== MESSAGE.length) throw new Error('not the reply');
      times[at] = performance.now() - begun;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: askers }, asker));
  const took = performance.now() - begun;
  times.sort();
  const part = (of: number) => (times[Math.floor(of * (requests - 1))] as number) * 1_000;
  return { perSecond: (requests * 1_000) / took, p50: part(0.5), p99: part(0.99) };
}

// --- ours --------------------------------------------------------------------------------------------------------------

async function ourServer(): Promise<Handlers> {
  const server = await serve<Buffer, Uint8Array>('tcp://127.0.0.1:0', {
    codec: length(),
    frames(session, batch) {
      for (const frame of batch) session.send(frame);
    },
  });
  return { listen: () => Number(server.address.split(':').at(-1)), stop: () => server.destroy() };
}

function ourClient(): Handlers {
  return {
    run: async (load: Load) => {
      await using client = connect<Buffer, Uint8Array>(`127.0.0.1:${load.port}`, { codec: length() });
      await client.ready();
      return await ask(load, () => client.request(MESSAGE));
    },
  };
}

function poolClient(): Handlers {
  return {
    run: async (load: Load) => {
      await using clients = pool<Buffer, Uint8Array>(`127.0.0.1:${load.port}`, {
        codec: length(),
        max: POOLED,
      });
      return await ask(load, () => clients.request(MESSAGE));
    },
  };
}

// --- by hand -----------------------------------------------------------------------------------------------------------

const NOTHING: Buffer = Buffer.alloc(0);

/** Calls `frame` for each received frame. */
function onFrames(socket: Socket, frame: (payload: Buffer) => void, end?: () => void): void {
  let rest = NOTHING;
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const next = at + 4 + bytes.readUInt32BE(at);
      if (next > bytes.length) break;
      frame(bytes.subarray(at + 4, next));
      at = next;
    }
    rest = at === bytes.length ? NOTHING : bytes.subarray(at);
    end?.();
  });
  socket.on('error', () => {});
}

function framed(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(4 + payload.length);
  frame.writeUInt32BE(payload.length);
  frame.set(payload, 4);
  return frame;
}

/** @param batched one write for all frames of a chunk, or one for each frame */
async function byHandServer(batched: boolean): Promise<Handlers> {
  const server = createServer({ noDelay: true }, (socket) => {
    const replies: Buffer[] = [];
    if (!batched) onFrames(socket, (payload) => void socket.write(framed(payload)));
    else {
      const end = () => void socket.write(Buffer.concat(replies.splice(0)));
      onFrames(socket, (payload) => void replies.push(framed(payload)), end);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { listen: () => (server.address() as AddressInfo).port, stop: () => void server.close() };
}

async function bare(port: number, batched: boolean) {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const waiting: ((reply: Buffer) => void)[] = [];
  const writes: Buffer[] = [];
  onFrames(socket, (payload) => waiting.shift()?.(payload));
  const flush = () => void socket.write(Buffer.concat(writes.splice(0)));
  const write = (frame: Buffer) => {
    if (!batched) socket.write(frame);
    else if (writes.push(frame) === 1) process.nextTick(flush);
  };
  const request = () =>
    new Promise<Buffer>((resolve) => {
      waiting.push(resolve);
      write(framed(MESSAGE));
    });
  return { request, close: () => socket.destroy() };
}

function byHandClient(batched: boolean): Handlers {
  return {
    run: async (load: Load) => {
      const { request, close } = await bare(load.port, batched);
      const result = await ask(load, request);
      close();
      return result;
    },
  };
}

/** A socket for each requester. */
function bareClient(): Handlers {
  return {
    run: async (load: Load) => {
      const free = await Promise.all(Array.from({ length: load.askers }, () => bare(load.port, false)));
      const all = [...free];
      const result = await ask(load, async () => {
        const socket = free.pop() as (typeof free)[0];
        const reply = await socket.request();
        free.push(socket);
        return reply;
      });
      for (const { close } of all) close();
      return result;
    },
  };
}

if (import.meta.main)
  await main(run, {
    ourServer,
    ourClient,
    poolClient,
    bareClient,
    byHandServer: () => byHandServer(false),
    byHandClient: () => byHandClient(false),
    byHandBatchedServer: () => byHandServer(true),
    byHandBatchedClient: () => byHandClient(true),
  });
