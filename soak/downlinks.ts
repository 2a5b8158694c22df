/**
 * Kills the process that sends kept downlinks, again and again, at any moment. What was accepted must have an end; what may be sent
 * once is never received twice; what must arrive is received; and first receptions are in order.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '@fairlead/store';
import type { Soak } from './soak.ts';

const TOKEN = 'soak-token';
const PER_ROUND = 4;
/** Milliseconds from an event to the kill, at most; and to the kill if there are no more events. */
const KILL_WITHIN = 4;
const PATIENCE = 2_000;
const SETTLE = 30_000;

interface Left {
  readonly json: string;
  readonly state: string;
  readonly code?: string;
  readonly finished: boolean;
}

export const downlinks: Soak = async ({ rounds, seed, report }) => {
  const dir = await mkdtemp(join(tmpdir(), 'fairlead-soak-'));
  const random = randomOf(seed);
  const received: number[] = [];
  const accepted = new Set<number>();
  try {
    const store = openStore({ dir });
    store.devices.add({
      name: 'device',
      token: TOKEN,
      protocol: 'custom',
      framing: 'line',
      uplink: 'script',
    });
    await store.close();
    let n = 0;
    for (let round = 1; round <= rounds; round++) {
      // Some moment between the first message that is accepted and the last that is received.
      let events = Math.floor(random() * 2 * PER_ROUND);
      const enough = new AbortController();
      const happened = () => void (events-- <= 0 && enough.abort());
      const { child, device } = await started(dir, received, random);
      device.on('data', happened);
      child.on('message', (message: { n?: number }) => {
        if (message.n !== undefined) accepted.add(message.n);
        happened();
      });
      for (let i = 0; i < PER_ROUND; i++, n++) child.send({ n, delivery: deliveryOf(n) });
      await pause(PATIENCE, undefined, { signal: enough.signal }).catch(() => {});
      await pause(random() * KILL_WITHIN);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      device.destroy();
      if (round % 100 === 0)
        report(`${round} rounds, ${accepted.size} accepted, ${received.length} received`);
    }
    const left = await settled(dir, received, random);
    const broken = promisesBroken(accepted, received, left);
    const ends = new Map<string, number>();
    for (const { state, code = '' } of left) add(ends, `${state} ${code}`.trim());
    const told = [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
    return {
      summary: `${rounds} kills, ${accepted.size} accepted, ${received.length} received: ${told}`,
      broken,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};

const deliveryOf = (n: number) => (n % 2 === 0 ? 'at-most-once' : 'at-least-once');

function promisesBroken(
  accepted: ReadonlySet<number>,
  received: readonly number[],
  left: readonly Left[],
): string[] {
  const broken: string[] = [];
  const times = new Map<number, number>();
  for (const n of received) times.set(n, (times.get(n) ?? 0) + 1);
  const ends = new Map(left.map((each) => [(JSON.parse(each.json) as { n: number }).n, each]));
  if (ends.size !== left.length) broken.push(`${left.length - ends.size} downlinks are in the ledger twice`);
  for (const n of accepted) if (!ends.has(n)) broken.push(`${n} was accepted and is lost`);
  for (const [n, { state, finished }] of ends) {
    const count = times.get(n) ?? 0;
    const once = deliveryOf(n) === 'at-most-once';
    if (!finished) broken.push(`${n} has no end: it is ${state}`);
    if (once && count > 1) broken.push(`${n} was to come once and came ${count} times`);
    if (!once && state !== 'acknowledged') broken.push(`${n} was to arrive and is ${state}`);
    if (state === 'acknowledged' && count === 0) broken.push(`${n} is acknowledged and did not come`);
  }
  const first = [...new Set(received)];
  for (const [i, n] of first.entries())
    if (i > 0 && n < (first[i - 1] as number)) broken.push(`${n} came after ${first[i - 1]}`);
  return broken;
}

/** Runs without a kill until each downlink has its end. */
async function settled(dir: string, received: number[], random: () => number): Promise<readonly Left[]> {
  const { child, device } = await started(dir, received, random);
  try {
    const end = Date.now() + SETTLE;
    for (;;) {
      child.send('left');
      const [{ left }] = (await once(child, 'message')) as [{ left: readonly Left[] }];
      if (left.every(({ finished }) => finished) || Date.now() > end) return left;
      await pause(50);
    }
  } finally {
    child.kill('SIGKILL');
    device.destroy();
  }
}

/** A process, and a device that is connected to it and answers. */
async function started(
  dir: string,
  received: number[],
  random: () => number,
): Promise<{ child: ChildProcess; device: Socket }> {
  const child = fork(join(import.meta.dirname, 'downlink-child.ts'), [dir], {
    execArgv: ['--conditions=fairlead-source'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(dir, 'compiled') },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ address }] = (await once(child, 'message')) as [{ address: string }];
  const { hostname, port } = new URL(`tcp://${address}`);
  const device = connect(Number(port), hostname);
  device.on('error', () => {}); // the process was killed
  let text = '';
  device.on('data', async (chunk) => {
    text += chunk.toString();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      received.push(Number.parseInt(line, 10));
      if (random() < 0.5) await pause(random() * 5);
      device.write(`ok ${Number.parseInt(line, 10)}\n`);
    }
  });
  device.write(`${TOKEN}\n`);
  return { child, device };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Numbers from 0 (included) to 1 (excluded), the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
