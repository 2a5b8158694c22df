/**
 * Messages per second between two processes: `TcpClient` to `TcpServer`, compared with a program in
 * Python with asyncio streams (`asyncio_rival.py`). Each message is created, with metadata and 100 bytes of data, encoded,
 * sent over loopback, decoded, checked, and handed to a handler.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageJson, messagePack, TcpClient, TcpServer } from '@fairlead/messaging';
import { type Handlers, inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';

/** 100 bytes as JSON, as in `asyncio_rival.py` except for the white space there. */
const DATA = { sensor: 'boiler-7', celsius: 21.5, unit: 'C', valid: true, note: 'x'.repeat(33) };
const codecs = { json: messageJson(), pack: messagePack() };
type Encoding = keyof typeof codecs;

interface Moved {
  /** Time from the first to the last message that arrived. */
  readonly seconds: number;
  /** Processor time of the receiver. */
  readonly cpu: number;
}

interface Pair extends AsyncDisposable {
  /** Sends and receives this number of messages. */
  move(messages: number): Promise<Moved>;
  readonly messages: number;
}

async function run(): Promise<Report> {
  await using json = await ours('json');
  await using pack = await ours('pack');
  await using rival = await asyncio();
  const results = await inTurns([json, pack, rival], { rounds: quick() ? 3 : 7, warmUp: 2 }, async (pair) => {
    const messages = quick() ? pair.messages / 5 : pair.messages;
    const { seconds, cpu } = await pair.move(messages);
    return { perSecond: messages / seconds, cpu: (cpu * 1e9) / messages };
  });
  const [own, packed, python] = [json, pack, rival].map((pair) => {
    const all = results.get(pair) ?? [];
    return {
      perSecond: median(all.map(({ perSecond }) => perSecond)),
      cpu: median(all.map(({ cpu }) => cpu)),
    };
  }) as [Result, Result, Result];
  return {
    name: 'messaging',
    rows: [
      row('messageJson', own.perSecond, 'messages/s', python.perSecond, { atLeast: 5 }),
      row('messageJson, receiver', own.cpu, 'ns/message', python.cpu),
      row('messagePack', packed.perSecond, 'messages/s', python.perSecond),
      row('messagePack, receiver', packed.cpu, 'ns/message', python.cpu),
    ],
  };
}

interface Result {
  readonly perSecond: number;
  readonly cpu: number;
}

async function ours(encoding: Encoding): Promise<Pair> {
  const receiver = new Part(import.meta.filename, 'receiver');
  const sender = new Part(import.meta.filename, 'sender');
  const port = await receiver.ask<number>('listen', encoding);
  await sender.ask('connect', { port, encoding });
  return {
    messages: 500_000,
    move: async (messages) => {
      await receiver.ask('expect', messages);
      const before = await receiver.cpu();
      const arrived = receiver.ask<number>('arrived');
      await sender.ask('send', messages);
      const seconds = await arrived;
      return { seconds, cpu: ((await receiver.cpu()) - before) / 1e6 };
    },
    [Symbol.asyncDispose]: async () => {
      await sender[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

function receiver(): Handlers {
  let server: TcpServer | undefined;
  let left = 0;
  let begun = 0;
  let arrival = Promise.withResolvers<number>();
  return {
    listen: async (encoding: Encoding) => {
      server = new TcpServer({ codec: codecs[encoding] });
      server.on('fault', ({ error }) => {
        throw error;
      });
      server.registerMessageHandler('data', () => {
        if (begun === 0) begun = performance.now();
        if (--left === 0) arrival.resolve((performance.now() - begun) / 1_000);
      });
      await server.startServer(undefined, 0);
      return server.port;
    },
    expect: (messages: number) => {
      left = messages;
      begun = 0;
      arrival = Promise.withResolvers();
    },
    arrived: () => arrival.promise,
    stop: () => server?.disconnect(),
  };
}

function sender(): Handlers {
  let client: TcpClient | undefined;
  return {
    connect: async ({ port, encoding }: { port: number; encoding: Encoding }) => {
      client = new TcpClient({ source: 'bench', codec: codecs[encoding] });
      await client.connectToServer('127.0.0.1', port);
    },
    send: async (messages: number) => {
      const to = client as TcpClient;
      for (let i = 0; i < messages; i++) if (!to.send(DATA)) await to.drained();
    },
    stop: () => client?.disconnect(),
  };
}

async function asyncio(): Promise<Pair> {
  const receiving = python('receive');
  const sending = python('send', await receiving.line());
  return {
    messages: 50_000,
    move: async (messages) => {
      receiving.tell(messages);
      await receiving.line(); // ready
      sending.tell(messages);
      const [line] = await Promise.all([receiving.line(), sending.line()]);
      const [seconds, cpu] = line.split(' ').map(Number) as [number, number];
      return { seconds, cpu };
    },
    [Symbol.asyncDispose]: async () => {
      await sending.stop();
      await receiving.stop();
    },
  };
}

function python(...args: string[]) {
  const child: ChildProcessWithoutNullStreams = spawn('python3', [
    join(import.meta.dirname, 'asyncio_rival.py'),
    ...args,
  ]);
  child.stderr.pipe(process.stderr);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    tell: (messages: number) => child.stdin.write(`${messages}\n`),
    line: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error('the program in Python ended');
      return value as string;
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

await main(run, { receiver, sender });
