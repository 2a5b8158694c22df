/** The subjects of fuzzing: every codec, with valid streams and the number of bytes that it may hold. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { messageJson, messagePack } from '@fairlead/messaging';
import {
  afterToken,
  type Codec,
  delimited,
  type FramingSpec,
  fixed,
  json,
  length,
  line,
  parseFraming,
  raw,
  readFraming,
  token,
  tp,
} from '@fairlead/tcp';
import { type CodecVectorFile, readVectors } from '@fairlead/testkit';
import type { Random } from './random.ts';
import { alteredSpec, randomSpec } from './specs.ts';

export type AnyCodec = Codec<unknown, never>;

export interface Subject {
  readonly name: string;
  readonly codec: AnyCodec;
  /** Largest frame on the wire, in bytes. */
  readonly limit: number;
  /** Frames end where the network cuts: only their bytes together can be compared. */
  readonly cutsAnywhere: boolean;
  readonly seeds: readonly Buffer[];
}

const VECTORS = new URL('../packages/tcp/vectors/', import.meta.url);
const MESSAGES = new URL('../packages/messaging/vectors/', import.meta.url);
const GT06 = new URL('../examples/gt06/', import.meta.url);

/** All fixed codecs. {@link randomSubject} makes random specs. */
export async function subjects(): Promise<Subject[]> {
  const published = await publishedStreams();
  const messages = (await vectorFiles(MESSAGES)).flatMap(({ vectors }) => vectors.map(bytesOf));
  const subject = (name: string, codec: AnyCodec, limit: number, seeds: Buffer[] = []): Subject => ({
    name,
    codec,
    limit,
    cutsAnywhere: name.startsWith('raw') || name === 'after token, raw',
    seeds: [...seeds, ...published],
  });
  const text = (...lines: string[]) => lines.map((each) => Buffer.from(each));
  const lengths = [1, 2, 3, 4, 8].flatMap((bytes) =>
    (['big', 'little'] as const).map((endian) => {
      const frame = Buffer.alloc(bytes + 5, 'hello');
      frame.fill(0, 0, bytes)[endian === 'big' ? bytes - 1 : 0] = 5;
      return subject(`length ${bytes} ${endian}`, length({ bytes, endian, max: 2_048 }), 2_056, [frame]);
    }),
  );
  const gt06 = parseFraming(await readFraming(fileURLToPath(new URL('framing.json', GT06))));
  return [
    subject('raw', raw({ max: 100 }), 100),
    subject('line', line({ max: 1_000 }), 1_002, text('one\n', 'two\r\n', '\n', 'ü\r\r\n')),
    subject('line latin1', line({ max: 50, encoding: 'latin1' }), 52, text('one\n', 'two\r\n')),
    subject(
      'delimited CR LF',
      delimited({ delimiter: '\r\n', max: 1_000 }),
      1_002,
      text('one\r\n', '\r\r\n'),
    ),
    subject('delimited abab', delimited({ delimiter: 'abab', max: 64 }), 68, text('abababab', 'xaabab')),
    subject('delimited kept', delimited({ delimiter: { hex: '1c0d' }, strip: false }), 2 ** 20 + 2),
    subject('fixed', fixed(7), 7, text('sevenby')),
    ...lengths,
    subject(
      'length with magic',
      length({ offset: 2, bytes: 2, magic: 'xx', trailer: '\r\n', adjust: 2, strip: 0, max: 512 }),
      512,
      text('xx\0\x03abc\r\n'),
    ),
    subject('length adjusted', length({ bytes: 2, adjust: -2, max: 512 }), 520, text('\0\x07hello')),
    subject('json', json({ max: 4_000 }), 4_001, text('{"a":[1,"}"]} ', '[[],{}]\n', '{"a":"\\\\\\""}')),
    subject('json in lines', json(line({ max: 4_000 })), 4_002, text('{"a":1}\n', 'null\r\n', '"x"\n')),
    subject('json in lengths', json(length({ bytes: 2 })), 2 ** 20, text('\0\x07{"a":1}', '\0\x01')),
    subject('tp', tp({ max: 2_000 }), 2_008, text('TP\0\0\0\0\0\x03abc', 'TP\x01\0\0\0\0\0')),
    subject('token', token({ max: 200 }), 202, text(`fl_${'0a'.repeat(16)}`, 'imported\n', 'fl_0\r\n')),
    subject('after token, line', afterToken(line({ max: 100 })), 102, text('\r\none\n', '\r', '\ntwo\n')),
    subject('after token, raw', afterToken(raw({ max: 64 })), 64, text('\r\nabc', '\r', '\r\r\n')),
    subject('after token, tp', afterToken(tp({ max: 100 })), 108, text('\r\nTP\0\0\0\0\0\x03abc')),
    subject('messages in JSON', messageJson({ max: 20_000 }), 20_004, messages),
    subject('messages in MessagePack', messagePack({ max: 20_000 }), 20_004, messages),
    subject('gt06', gt06, 4_200),
    subject('long lines', line(), 2 ** 20 + 2, text('one\n', 'two\r\n')),
    subject('long values', json(), 2 ** 20 + 1, text('{"a":1}', '{"a":"\\\\')),
    subject('raw spec', parseFraming('raw:100'), 100),
    subject('spec json', parseFraming('json'), 2 ** 20 + 1, text('{"a":1} [2]')),
    subject('spec tp', parseFraming('tp'), 2 ** 20 + 8, text('TP\0\0\0\0\0\x03abc')),
  ];
}

/** Framings of published protocols, each with streams of its own. */
export async function protocols(): Promise<Protocol[]> {
  const read = await vectorFiles(new URL('protocols/', VECTORS));
  return read.flatMap(({ framing, vectors }) =>
    typeof framing === 'object' ? [{ spec: framing as FramingSpec, seeds: vectors.map(bytesOf) }] : [],
  );
}

export interface Protocol {
  readonly spec: FramingSpec;
  readonly seeds: readonly Buffer[];
}

/** Limit for a frame, and for skipped bytes before it, if the spec has none. */
const LONGEST = 2 ** 20 + 2 ** 17;

/** A codec of a random spec. Creating it may throw only FRAMING_SPEC_INVALID. */
export function randomSubject(
  random: Random,
  published: readonly Protocol[],
): { spec: object; subject(): Subject } {
  if (random.chance(0.6)) {
    const { spec, seeds } = random.pick(published);
    const altered = random.chance(0.2) ? spec : alteredSpec(random, spec);
    return { spec: altered, subject: () => subjectOf(altered, LONGEST, seeds) };
  }
  const { spec, limit, heads } = randomSpec(random);
  const seeds = [
    ...heads.map((head) => Buffer.concat([head, random.bytes(random.int(0, 24)), Buffer.from('\r\n')])),
    ...heads.map((head) => Buffer.concat([head, Buffer.from([0, 0, 0, 4, 1, 2, 3, 4, 0x0d, 0x0a])])),
    Buffer.from('{"a":1}\r\nTP\0\0\0\0\0\x03abc#\r\n'),
    random.bytes(16),
  ];
  return { spec, subject: () => subjectOf(spec, limit, seeds) };
}

function subjectOf(spec: FramingSpec, limit: number, seeds: readonly Buffer[]): Subject {
  const codec = parseFraming(spec);
  return { name: JSON.stringify(spec), codec, limit, cutsAnywhere: spec.rules[0]?.kind === 'raw', seeds };
}

async function publishedStreams(): Promise<Buffer[]> {
  const files = [
    ...(await vectorFiles(VECTORS)),
    await readVectors<CodecVectorFile>(new URL('vectors.json', GT06)),
  ];
  return files.flatMap(({ vectors }) => vectors.map(bytesOf));
}

async function vectorFiles(folder: URL): Promise<CodecVectorFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map((name) => readVectors<CodecVectorFile>(new URL(name, folder))));
}

function bytesOf({ hex }: { readonly hex: string }): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
