/**
 * Bytes to frames: codecs through the public deframer, beside hand-written loops that return the same array.
 *
 * Each contest runs in a separate process, as in a program with one framing. Then all run in one process, where the engine
 * sees many kinds of decoders and cannot optimise for one of them.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Deframer, length } from '@fairlead/tcp';
import { type Contest, contests } from './deframe-contests.ts';
import { main, median, quick } from './harness.ts';
import { type Report, row } from './report.ts';

const ROUNDS = quick() ? 3 : 15;
/** Time of one measurement: long enough to hide the timer and the garbage collector. */
const ROUND_MS = quick() ? 5 : 40;

/** Nanoseconds per frame. */
interface Measured {
  readonly byHand: number;
  readonly ours: number;
}

/** Runs all contests; each is interleaved with its hand-written loop, and the medians are compared. */
async function run(): Promise<Report> {
  const names = Object.keys(contests);
  const alone = names.map(inChild);
  const made = names.map((name) => (contests[name] as () => Contest)());
  for (const { ours, byHand } of made) for (let i = 0; i < 50; i++) ours() + byHand();
  const unit = 'million frames/s';
  return {
    name: 'deframe',
    rows: [
      ...made.map(({ name, target }, i) => {
        const { ours, byHand } = alone[i] as Measured;
        return row(name, 1e3 / ours, unit, 1e3 / byHand, { atLeast: target });
      }),
      ...made.map((contest) => {
        const { ours, byHand } = measure(contest);
        return row(`all in one process: ${contest.name}`, 1e3 / ours, unit, 1e3 / byHand);
      }),
      row('8 MiB in pieces of 1.4 KB', largeFrame(), 'copies', undefined, { atMost: 1.5 }),
      row('byte by byte, twice the size', bytewise(), 'times the time', undefined, { atMost: 3 }),
    ],
  };
}

function inChild(name: string): Measured {
  const flags = quick() ? ['--quick'] : [];
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '--only', name, ...flags];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measured;
}

function measure({ name, frames, ours, byHand }: Contest): Measured {
  if (ours() !== frames || byHand() !== frames) throw new Error(`${name}: the frames differ`);
  for (let i = 0; i < 50; i++) ours() + byHand();
  const times = { ours: [] as number[], byHand: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    // The order alternates, so that neither always starts with the garbage of the other.
    const order = round % 2 === 0 ? (['ours', 'byHand'] as const) : (['byHand', 'ours'] as const);
    for (const who of order) times[who].push(timed(who === 'ours' ? ours : byHand));
  }
  // Compares neighbours in time: the load of the machine changes from round to round.
  const ratio = median(times.ours.map((one, round) => (times.byHand[round] as number) / one));
  const alone = median(times.ours);
  return { ours: alone, byHand: alone * ratio };
}

/** Processor time per frame in nanoseconds: time of other programs does not count. */
function timed(run: () => number): number {
  let frames = 0;
  const started = process.cpuUsage();
  let used = 0;
  while (used < ROUND_MS * 1e3) {
    frames += run();
    const { user, system } = process.cpuUsage(started);
    used = user + system;
  }
  return (used * 1e3) / frames;
}

/** The cost of one frame of 8 MiB in small chunks, in copies of it. */
function largeFrame(): number {
  const size = 8 * 2 ** 20;
  const wire = Buffer.alloc(size + 4, 1);
  wire.writeUInt32BE(size);
  const chunks: Buffer[] = [];
  for (let at = 0; at < wire.length; at += 1_400) chunks.push(Buffer.from(wire.subarray(at, at + 1_400)));
  const codec = length({ max: size });
  const ours: number[] = [];
  const copies: number[] = [];
  for (let round = 0; round < 40; round++) {
    ours.push(
      clocked(() => {
        const deframer = new Deframer(codec.decoder(), codec.name);
        let frames = 0;
        for (const chunk of chunks) frames += deframer.push(chunk).length;
        if (frames !== 1) throw new Error('not one frame');
      }),
    );
    copies.push(
      clocked(() => {
        const whole = Buffer.allocUnsafeSlow(wire.length);
        let at = 0;
        for (const chunk of chunks) at += chunk.copy(whole, at);
      }),
    );
  }
  // Large allocations cause outliers, so the lower quartile counts.
  return quartile(ours) / quartile(copies);
}

/** The growth of the time if a frame that arrives byte by byte is twice as large. */
function bytewise(): number {
  const one = Buffer.from([1]);
  const feed = (size: number): number =>
    clocked(() => {
      const codec = length({ max: size });
      const deframer = new Deframer(codec.decoder(), codec.name);
      const header = Buffer.alloc(4);
      header.writeUInt32BE(size);
      deframer.push(header);
      let frames = 0;
      for (let i = 0; i < size; i++) frames += deframer.push(one).length;
      if (frames !== 1) throw new Error('not one frame');
    });
  const ratios = Array.from({ length: 7 }, () => feed(400_000) / feed(200_000));
  return median(ratios);
}

function clocked(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function quartile(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2] as number;
}

const [, , flag, name] = process.argv;
if (flag === '--only') console.log(JSON.stringify(measure((contests[name as string] as () => Contest)())));
else if (import.meta.main) await main(run);
