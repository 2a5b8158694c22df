import assert from 'node:assert/strict';
import { glob } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { type CodecVectorFile, codecSuite, readVectors } from '@fairlead/testkit';
import {
  ByteSink,
  type Codec,
  Deframer,
  type DetailedFrame,
  type FramingSpec,
  framingFromSpec,
  type Payload,
} from '../../../src/index.ts';

/*
 * Bytes of real devices, published by others, and the frames that they are: fed whole, byte by byte, cut at every place,
 * and one after another.
 */

/** A vector without `frames` is one frame, delivered as it stands on the wire. */
interface ProtocolVector {
  readonly id?: string;
  readonly note?: string;
  readonly direction?: 'sent';
  readonly hex: string;
  readonly frames?: readonly { readonly hex: string; readonly raw?: string; readonly checksum?: 'bad' }[];
  readonly error?: string;
}

interface ProtocolFile extends Omit<CodecVectorFile, 'vectors' | 'framing'> {
  readonly framing: FramingSpec;
  readonly vectors: readonly ProtocolVector[];
}

/** Bytes of several vectors in a row that are tried at every place; all would take long. */
const GLUED = 1_500;

type Direction = 'received' | 'sent';

function decode(codec: Codec<Buffer, Payload>, ...chunks: Buffer[]): [string[], string | undefined] {
  const deframer = new Deframer(codec.decoder(), codec.name);
  const frames = chunks.flatMap((chunk) => deframer.push(chunk));
  frames.push(...deframer.end());
  return [frames.map((frame) => frame.toString('hex')), deframer.failure?.code];
}

function detailed(framing: FramingSpec, direction: Direction, bytes: Buffer): DetailedFrame[] {
  const codec = framingFromSpec(framing, { direction, detailed: true });
  const deframer = new Deframer(codec.decoder(), codec.name);
  return [...deframer.push(bytes), ...deframer.end()];
}

const expected = ({ hex, frames, error }: ProtocolVector): [string[], string | undefined] => [
  frames?.map((frame) => frame.hex) ?? [hex],
  error,
];

function checkFeeding(framing: FramingSpec, direction: Direction, bytes: Buffer, wanted: unknown): void {
  const codec = framingFromSpec(framing, { direction });
  assert.deepEqual(decode(codec, bytes), wanted, 'whole');
  const single = Array.from(bytes, (byte) => Buffer.from([byte]));
  assert.deepEqual(decode(codec, ...single), wanted, 'byte by byte');
  for (let cut = 1; cut < bytes.length; cut++) {
    const found = decode(codec, bytes.subarray(0, cut), bytes.subarray(cut));
    assert.deepEqual(found, wanted, `cut at ${cut}`);
  }
}

function checkDetails({ framing }: ProtocolFile, vector: ProtocolVector): void {
  const { frames } = vector;
  const direction: Direction = vector.direction ?? 'received';
  const bytes = Buffer.from(vector.hex, 'hex');
  const found = detailed(framing, direction, bytes);
  for (const [i, frame] of found.entries()) {
    const { offset, raw, payload, checksum } = frame;
    assert.equal(bytes.subarray(offset, offset + raw.length).toString('hex'), raw.toString('hex'));
    const wanted = frames?.[i] ?? { hex: vector.hex };
    assert.equal(payload.toString('hex'), wanted.hex);
    if (wanted.raw !== undefined) assert.equal(raw.toString('hex'), wanted.raw);
    assert.equal(checksum === 'bad', wanted.checksum === 'bad');
  }
  assert.equal(found.length, frames?.length ?? 1);
}

/** What the rule that sends has framed can be sent back, and is received as it was. */
function checkSending({ framing }: ProtocolFile, vector: ProtocolVector): void {
  const { hex } = vector;
  const direction: Direction = vector.direction ?? 'received';
  const other = direction === 'received' ? 'sent' : 'received';
  // Encoders write by the rules that the other side reads by.
  const encoder = framingFromSpec(framing, { direction: other }).encoder();
  const rules = direction === 'sent' && framing.sent !== undefined ? framing.sent : framing.rules;
  const sending = rules.find((rule) => rule.send) ?? rules.find((rule) => !rule.discard) ?? rules[0];
  const found = detailed(framing, direction, Buffer.from(hex, 'hex'));
  for (const { payload, rule, checksum } of found) {
    if (rule !== (sending?.name ?? sending?.kind) || checksum === 'bad') continue;
    const sink = new ByteSink();
    encoder.encode(payload, sink);
    const wire = Buffer.concat(sink.flush());
    assert.deepEqual(decode(framingFromSpec(framing, { direction }), wire), [
      [payload.toString('hex')],
      undefined,
    ]);
  }
}

const folder = new URL('../../../vectors/protocols/', import.meta.url);
const names = (await Array.fromAsync(glob('*.json', { cwd: folder.pathname }))).toSorted();

describe('protocols', () => {
  it('are all there', () => assert.ok(names.length >= 53));

  for (const name of names) {
    it(name, async () => {
      const file = (await readVectors(new URL(name, folder))) as unknown as ProtocolFile;
      const { framing, vectors } = file;
      assert.ok(file.source.length > 0 && vectors.length > 0);
      for (const vector of vectors) {
        const bytes = Buffer.from(vector.hex, 'hex');
        const where = `${vector.id ?? vector.note}: `;
        try {
          checkFeeding(framing, vector.direction ?? 'received', bytes, expected(vector));
          checkDetails(file, vector);
          checkSending(file, vector);
        } catch (error) {
          throw new Error(where + (error as Error).message, { cause: error });
        }
      }
      for (const direction of ['received', 'sent'] as const) {
        const some: ProtocolVector[] = [];
        let size = 0;
        for (const vector of vectors) {
          if (vector.error !== undefined || (vector.direction ?? 'received') !== direction) continue;
          if (size + vector.hex.length / 2 > GLUED || 'first' in (framing.rules[0] ?? {})) continue;
          size += vector.hex.length / 2;
          some.push(vector);
        }
        if (some.length < 2) continue;
        const bytes = Buffer.concat(some.map(({ hex }) => Buffer.from(hex, 'hex')));
        const frames = some.flatMap((vector) => expected(vector)[0]);
        checkFeeding(framing, direction, bytes, [frames, undefined]);
      }
    });
  }
});

/** Frames that are read before and after noise on the line. */
const AFTER_NOISE = 9;

describe('protocols after noise', () => {
  for (const name of names) {
    it(`${name}: a stray byte, or half a frame, costs no more than the frame behind it`, async () => {
      const { framing, vectors } = (await readVectors(new URL(name, folder))) as unknown as ProtocolFile;
      const good = vectors
        .filter(({ direction, error }) => direction === undefined && error === undefined)
        .slice(0, AFTER_NOISE);
      const bytes = Buffer.concat(good.map(({ hex }) => Buffer.from(hex, 'hex')));
      const [wanted] = decode(framingFromSpec(framing), bytes);
      const [head] = good.map(({ hex }) => Buffer.from(hex, 'hex')) as [Buffer];
      const half = head.subarray(0, Math.ceil(head.length / 2));
      const noises = ['00', 'ff', '55'].map((hex) => Buffer.from(hex, 'hex'));
      for (const noise of [...noises, half]) {
        for (const chunks of [[noise, bytes], [Buffer.concat([noise, bytes])]]) {
          const [found, failure] = decode(framingFromSpec(framing), ...chunks);
          const where = `after ${noise.toString('hex')}`;
          assert.equal(failure, undefined, where);
          assert.deepEqual(found.slice(1 - wanted.length), wanted.slice(1), where);
        }
      }
    });
  }
});

for (const name of names) {
  const { framing, vectors } = (await readVectors(new URL(name, folder))) as unknown as ProtocolFile;
  const smallest = vectors
    .filter(({ direction, frames }) => direction === undefined && (frames?.length ?? 1) === 1)
    .toSorted((a, b) => a.hex.length - b.hex.length)
    .slice(0, 1)
    .map(({ hex, frames = [{ hex }], error }) => ({
      hex,
      frames: frames.map((frame) => ({ hex: frame.hex })),
      ...(error && { error }),
    }));
  codecSuite(`of ${name}`, framingFromSpec(framing), smallest, { message: false, runs: 12 });
}
