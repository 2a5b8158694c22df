/**
 * A trigger with the demo's rules, framed by lines, and 1,000 clients at once: exchanges a second (handshake, heartbeat,
 * instruction) beside a hand-written server for the same exchange. It also compares the time of a message in a tree of
 * 1,000 rules with a tree of 10.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Automation,
  compileTree,
  demoTrigger,
  Exchange,
  parseConnection,
  parseRules,
  startTrigger,
} from '@fairlead/automation';
import { silentLog } from '@fairlead/core';
import { openStore } from '@fairlead/store';
import { codePage } from '@fairlead/tcp';
import { parse } from 'yaml';
import { type Handlers, inTurns, main, median, Part, quick } from './harness.ts';
import { type Report, row } from './report.ts';

const CLIENTS = 1_000;

async function run(): Promise<Report> {
  const exchanges = quick() ? 5 : 40;
  const contestants = await Promise.all(
    ['trigger', 'quietTrigger', 'served', 'byHand'].map(async (role) => {
      const part = new Part(import.meta.filename, role);
      return { role, part, port: await part.ask<number>('start') };
    }),
  );
  await using callers = new Part(import.meta.filename, 'callers');
  const results = await inTurns(contestants, { rounds: quick() ? 2 : 9 }, async ({ port }) => {
    const seconds = await callers.ask<number>('call', { port, exchanges });
    return (CLIENTS * exchanges) / seconds;
  });
  const fires = await contestants[0]?.part.ask<number>('fires');
  if (!fires) throw new Error('the trigger never fired');
  for (const { part } of contestants) await part[Symbol.asyncDispose]();
  const [ours = 0, quiet = 0, served = 0, rival = 0] = contestants.map((one) =>
    median(results.get(one) ?? []),
  );
  const [ten, thousand] = [perMessage(10), perMessage(1_000)];
  return {
    name: 'automation',
    rows: [
      row('exchanges, 1,000 clients', ours, 'a second', rival, { atLeast: 0.5 }),
      row('exchanges, without logging messages', quiet, 'a second', rival),
      row('exchanges, as the service runs it', served, 'a second', rival, { atLeast: 0.5 }),
      row('a message in a tree of 1,000 rules, beside 10', thousand, 'µs', ten, { atMost: 1.5 }),
    ],
  };
}

// --- the engine alone ------------------------------------------------------------------------------------------------

/** Rules of a tree that are visited: the same number in each tree, so that only the size of the tree differs. */
const VISITED = 10;

/** Microseconds for a message: received, found among `rules` checks, answered. */
function perMessage(rules: number): number {
  const checks = Array.from({ length: rules }, (_, at) => ({
    check: { equal: `command ${at}` },
    group: 1,
    rules: [{ send: `answer ${at}` }],
  }));
  const tree = compileTree([{ receive: null, iterations: 'forever', rules: checks }]);
  const exchange = new Exchange(tree, { role: 'trigger' });
  exchange.step({ type: 'started' });
  const messages = Array.from({ length: VISITED }, (_, at) => {
    const text = `command ${(at * rules) / VISITED}`;
    return { text, bytes: Buffer.from(text), direction: 'received' as const };
  });
  const count = quick() ? 50_000 : 500_000;
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    for (let n = 0; n < count; n++) {
      const message = messages[n % VISITED] as (typeof messages)[number];
      exchange.step({ type: 'received', message });
      exchange.step({ type: 'sent', message });
    }
    times.push(((performance.now() - begun) * 1_000) / count);
  }
  return median(times);
}

// --- servers ---------------------------------------------------------------------------------------------------------

async function trigger(logs = true): Promise<Handlers> {
  let fires = 0;
  const listening = await startTrigger({
    name: 'door',
    tree: parseRules(demoTrigger, 'trigger').tree,
    connection: parseConnection({ port: 0, framing: 'line', logSent: logs, logReceived: logs }),
    codePages: codePage,
    fire: () => fires++,
  });
  return {
    start: () => Number(listening.address.split(':').at(-1)),
    fires: () => fires,
    stop: () => listening.stop(),
  };
}

/** A saved trigger with the whole of automation: store, history and counters for the metrics. */
async function served(): Promise<Handlers> {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
  const store = openStore({ dir });
  const automation = new Automation({
    store: store.automation,
    key: randomBytes(32),
    codePages: codePage,
    log: { ...silentLog, warn: console.error, error: console.error },
    publish: async () => {},
    downlink: async () => ({ bytes: 0 }),
  });
  await automation.open();
  await automation.put('connection', 'line', { port: 0, framing: 'line', logSent: true, logReceived: true });
  await automation.put('trigger', 'door', { ...parse(demoTrigger), connection: 'line' });
  return {
    start: () => Number(automation.triggers()[0]?.address?.split(':').at(-1)),
    async stop() {
      await automation.close();
      await store.close();
      rmSync(dir, { recursive: true });
    },
  };
}

/** The same exchange, written by hand. */
function byHand(): Handlers {
  let fires = 0;
  const server = createServer((socket) => {
    let rest = '';
    let instruction = false;
    socket.setEncoding('utf8').setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) {
        if (instruction) {
          fires++;
          instruction = false;
        } else if (line === 'Handshake') {
          instruction = true;
          socket.write('Heartbeat\n');
        } else socket.destroy();
      }
    });
  });
  return {
    start: () =>
      new Promise((resolve) =>
        server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
          resolve((server.address() as { port: number }).port),
        ),
      ),
    fires: () => fires,
    stop: () => server.close(),
  };
}

// --- clients --------------------------------------------------------------------------------------------------------

function callers(): Handlers {
  return {
    /** Connects all clients, then starts their exchanges. Returns the seconds from the first message to the last. */
    async call({ port, exchanges }: { port: number; exchanges: number }): Promise<number> {
      const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => connected(port)));
      const begun = performance.now();
      await Promise.all(sockets.map((socket) => talk(socket, exchanges)));
      const seconds = (performance.now() - begun) / 1_000;
      for (const socket of sockets) socket.destroy();
      return seconds;
    },
  };
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = dial({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function talk(socket: Socket, exchanges: number): Promise<void> {
  let left = exchanges;
  socket.write('Handshake\n');
  return new Promise((resolve, reject) => {
    socket.on('close', () => reject(new Error('closed in the middle')));
    socket.on('data', () => {
      left--;
      socket.write(left === 0 ? 'Some instruction\n' : 'Some instruction\nHandshake\n');
      if (left === 0) resolve();
    });
  });
}

if (import.meta.main)
  await main(run, { trigger: () => trigger(), quietTrigger: () => trigger(false), served, byHand, callers });
