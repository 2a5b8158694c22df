/** Bytes to frames: codecs through the public deframer, beside loops written by hand that return the same array. */
import {
  ByteSink,
  type Codec,
  Deframer,
  delimited,
  fixed,
  length,
  line,
  parseFraming,
  tp,
} from '@fairlead/tcp';
import { inTurns, main, median, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';

const CHUNK = 65_536;
const ROUNDS = 15;
/** Time of one measurement, so that timer and garbage collector do not show. */
const ROUND_MS = 40;

interface Contest {
  readonly name: string;
  readonly frames: number;
  /** Both answer how many frames they made. */
  readonly ours: () => number;
  readonly byHand: () => number;
  /** Least part of the hand-written loop's speed, where one is asked for. */
  readonly atLeast?: number;
}

/** Each contest is between the deframer and its hand-written loop, in turns; the medians are compared. */
async function run(): Promise<Report> {
  const rows: Row[] = [];
  for (const contest of contests()) rows.push(await measure(contest));
  return { name: 'deframe', rows };
}

async function measure({ name, frames, ours, byHand, atLeast }: Contest): Promise<Row> {
  if (ours() !== frames || byHand() !== frames) throw new Error(`${name}: the frames are not the same`);
  for (let i = 0; i < 50; i++) ours() + byHand();
  const times = await inTurns([ours, byHand], { rounds: quick() ? 3 : ROUNDS, warmUp: 0 }, timed);
  const perSecond = (who: () => number) => 1e9 / median(times.get(who) ?? []);
  const bounds = atLeast === undefined ? {} : { atLeast };
  return row(name, perSecond(ours) / 1e6, 'million/s', perSecond(byHand) / 1e6, bounds);
}

/** Nanoseconds a frame. */
function timed(run: () => number): number {
  let frames = 0;
  const started = performance.now();
  let now = started;
  while (now - started < ROUND_MS) {
    frames += run();
    now = performance.now();
  }
  return ((now - started) * 1e6) / frames;
}

function contests(): Contest[] {
  const lf = 0x0a;
  const crlf = Buffer.from('\r\n');
  const text = 'x'.repeat(31);
  return [
    { ...contest('tp, 32 bytes payload', tp(), { command: 1, payload: text }, tpByHand), atLeast: 0.9 },
    contest('length:4, 32 bytes', length(), text, lengthByHand),
    contest('length, 2 bytes, little', length({ bytes: 2, endian: 'little' }), text, length2ByHand),
    contest('fixed:32', fixed(32), `${text}x`, fixedByHand),
    contest('delimited by LF, 32 bytes', delimited({ delimiter: '\n' }), text, (chunk) =>
      search(chunk, lf, 1),
    ),
    contest('delimited by LF, 256 bytes', delimited({ delimiter: '\n' }), 'x'.repeat(255), (chunk) =>
      search(chunk, lf, 1),
    ),
    contest('delimited by CR LF', delimited({ delimiter: '\r\n' }), text, (chunk) => search(chunk, crlf, 2)),
    contest('line, 32 bytes', line(), text, linesByHand),
    contest('spec of two rules', gt06(), Buffer.from(GT06, 'hex'), gt06ByHand),
  ];
}

/** A published frame of a GT06 tracker: see examples/gt06. */
const GT06 = '78781f120f0a140e150bc505e51e780293a9e800540000f601006e0055da00035f240d0a';

function gt06(): Codec<Buffer, Uint8Array> {
  const common = { kind: 'length', offset: 2, adjust: 2, endsWith: '0d0a', strip: 0 };
  return parseFraming({
    rules: [
      { match: { bytes: '7878' }, size: 1, ...common },
      { match: { bytes: '7979' }, size: 2, ...common },
    ],
  });
}

/** As many of the message as fill a chunk, so that it is about the deframer and not about joining. */
function contest<In, Out>(
  name: string,
  codec: Codec<In, Out>,
  message: NoInfer<Out>,
  byHand: (chunk: Buffer) => unknown[],
): Contest {
  const sink = new ByteSink();
  const encoder = codec.encoder();
  let frames = 0;
  for (; sink.length < CHUNK; frames++) encoder.encode(message, sink);
  const chunk = Buffer.concat(sink.flush());
  const deframer = new Deframer(codec.decoder(), codec.name);
  return {
    name,
    frames,
    ours: () => deframer.push(chunk).length,
    byHand: () => byHand(chunk).length,
  };
}

function tpByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 8) {
    const end = at + 8 + chunk.readUInt32BE(at + 4);
    if (end > chunk.length) break;
    frames.push(chunk.subarray(at + 8, end));
    at = end;
  }
  return frames;
}

function lengthByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 4) {
    const end = at + 4 + chunk.readUInt32BE(at);
    if (end > chunk.length) break;
    frames.push(chunk.subarray(at + 4, end));
    at = end;
  }
  return frames;
}

function length2ByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 2) {
    const end = at + 2 + chunk.readUInt16LE(at);
    if (end > chunk.length) break;
    frames.push(chunk.subarray(at + 2, end));
    at = end;
  }
  return frames;
}

function fixedByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 32 <= chunk.length; at += 32) frames.push(chunk.subarray(at, at + 32));
  return frames;
}

function search(chunk: Buffer, delimiter: number | Buffer, size: number): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  for (let end = chunk.indexOf(delimiter); end >= 0; end = chunk.indexOf(delimiter, at)) {
    frames.push(chunk.subarray(at, end));
    at = end + size;
  }
  return frames;
}

function linesByHand(chunk: Buffer): string[] {
  const frames: string[] = [];
  let at = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
    frames.push(chunk.toString('utf8', at, chunk[end - 1] === 13 ? end - 1 : end));
    at = end + 1;
  }
  return frames;
}

function gt06ByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 4) {
    const short = chunk[at] === 0x78 && chunk[at + 1] === 0x78;
    if (!short && !(chunk[at] === 0x79 && chunk[at + 1] === 0x79)) throw new Error('neither');
    const end = at + (short ? 5 + (chunk[at + 2] as number) : 6 + chunk.readUInt16BE(at + 2));
    if (end > chunk.length) break;
    if (chunk[end - 2] !== 13 || chunk[end - 1] !== 10) throw new Error('no trailer');
    frames.push(chunk.subarray(at, end));
    at = end;
  }
  return frames;
}

if (import.meta.main) await main(run);
