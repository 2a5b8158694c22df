import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { ByteSink, type Codec } from '@fairlead/tcp';
import fc from 'fast-check';
import { type Decoded, decodeChunks, decodeWhole, type Ending } from './codec-feed.ts';
import { type CodecVector, type ShownFrame, showFrame } from './codec-vectors.ts';

export interface CodecSuiteOptions<In, Out> {
  /** Formats a frame as in the vectors. Default {@link showFrame}. */
  readonly show?: (frame: In) => ShownFrame;
  /** The message to send so that a frame is received; false: frames cannot be sent. Default: the frame itself. */
  readonly message?: ((frame: In) => Out) | false;
  /** Whether the encoded bytes equal the received bytes. Default false: only the frames are equal. */
  readonly exact?: boolean;
  /** True: frames end at chunk boundaries, as without a framing; only their joined bytes are compared. */
  readonly cutsAnywhere?: boolean;
  /** False: data after the frames of a vector would be decoded differently, so that vectors are not concatenated. */
  readonly glued?: boolean;
  /** Number of runs of each property test. Default 100. */
  readonly runs?: number;
}

/**
 * Registers tests that check a codec against its vectors and the contract of codecs: the frames and the error do not depend
 * on the chunks; random input gives frames or an error with the side "remote"; frames never change after they were
 * delivered; a message that is sent is received unchanged.
 */
export function codecSuite<In, Out = In>(
  name: string,
  codec: Codec<In, Out>,
  vectors: readonly CodecVector[],
  options: CodecSuiteOptions<In, Out> = {},
): void {
  const bench = new Bench(codec, options);
  const runs = { numRuns: options.runs ?? 100 };
  describe(`codec ${name}`, () => {
    for (const [i, vector] of vectors.entries()) {
      const bytes = bytesOf(vector);
      const ending = vector.silence ? 'silence' : 'close';
      describe(`vector ${i + 1}${vector.note === undefined ? '' : `: ${vector.note}`}`, () => {
        it('whole', () => bench.expect(vector, bytes));
        it('byte by byte', () => bench.same(bytes, everyOffset(bytes), ending));
        it('split once, at every place', () => {
          for (const cut of everyOffset(bytes)) bench.same(bytes, [cut], ending);
        });
        if (options.message !== false && vector.error === undefined)
          it('sent and received', () => bench.roundTrip(bytes, ending));
      });
    }
    const complete = options.glued === false ? [] : vectors.filter((vector) => bench.isComplete(vector));
    if (complete.length > 1) {
      const bytes = Buffer.concat(complete.map(bytesOf));
      it('glued', () => bench.glued(complete, bytes));
      it('concatenated, byte by byte', () => bench.same(bytes, everyOffset(bytes)));
      it('concatenated, split once, at every place', () => {
        for (const cut of everyOffset(bytes)) bench.same(bytes, [cut]);
      });
      it('concatenated, split at random', () => {
        fc.assert(
          fc.property(fc.shuffledSubarray(complete, { minLength: 1 }), randomCuts, (some, cuts) => {
            const mixed = Buffer.concat(some.map(bytesOf));
            bench.same(mixed, cuts(mixed.length));
          }),
          runs,
        );
      });
    }
    it('noise gives frames or an error of the side "remote"', () => {
      fc.assert(
        fc.property(fc.oneof(noise, damaged(vectors)), randomCuts, (bytes, cuts) => {
          bench.same(bytes, cuts(bytes.length));
          bench.same(bytes, everyOffset(bytes), 'silence');
        }),
        runs,
      );
    });
  });
}

class Bench<In, Out> {
  readonly #codec: Codec<In, Out>;
  readonly #options: CodecSuiteOptions<In, Out>;
  readonly #show: (frame: In) => ShownFrame;

  constructor(codec: Codec<In, Out>, options: CodecSuiteOptions<In, Out>) {
    this.#codec = codec;
    this.#options = options;
    this.#show = options.show ?? showFrame;
  }

  /** The reference result and the deframer both match the vector. */
  expect(vector: CodecVector, bytes: Buffer): void {
    const ending = vector.silence ? 'silence' : 'close';
    const whole = decodeWhole(this.#codec, bytes, ending);
    assert.deepEqual(
      { frames: [...whole.frames, ...whole.last].map(this.#show), error: whole.failure?.code },
      { frames: vector.frames, error: vector.error },
    );
    this.same(bytes, [], ending);
  }

  /** With these splits, the result is the same as in one piece, and delivered frames do not change. */
  same(bytes: Uint8Array, cuts: readonly number[], ending: Ending = 'close'): void {
    const whole = decodeWhole(this.#codec, bytes, ending);
    const seen: ShownFrame[] = [];
    const parts = decodeChunks(this.#codec, bytes, cuts, ending, (frame) => seen.push(this.#show(frame)));
    assert.deepEqual(this.#outcome(parts), this.#outcome(whole));
    assert.deepEqual([...parts.frames, ...parts.last].map(this.#show), seen, 'a frame changed later');
    const { failure } = parts;
    assert.ok(
      failure === undefined || failure.side === 'remote',
      `${failure?.code} is not of the side "remote"`,
    );
  }

  glued(vectors: readonly CodecVector[], bytes: Buffer): void {
    const frames = vectors.flatMap((vector) => vector.frames);
    this.expect({ hex: '', frames: this.#options.cutsAnywhere ? [joined(frames)] : frames }, bytes);
  }

  roundTrip(bytes: Buffer, ending: Ending): void {
    const { message = (frame: In) => frame as unknown as Out, exact } = this.#options;
    const received = decodeWhole(this.#codec, bytes, ending);
    const encoder = this.#codec.encoder();
    const sink = new ByteSink();
    for (const frame of [...received.frames, ...received.last])
      encoder.encode((message as (frame: In) => Out)(frame), sink);
    const sent = Buffer.concat(sink.flush());
    if (exact) assert.equal(sent.toString('hex'), bytes.toString('hex'));
    const again = decodeWhole(this.#codec, sent, ending);
    assert.equal(again.failure, undefined);
    assert.deepEqual(this.#all(again), this.#all(received));
  }

  /** Whether another vector may follow: no frame is incomplete, and there is no error. */
  isComplete(vector: CodecVector): boolean {
    if (vector.error !== undefined || vector.silence || vector.frames.length === 0) return false;
    const { last, failure } = decodeWhole(this.#codec, bytesOf(vector));
    return last.length === 0 && failure === undefined;
  }

  #all(decoded: Decoded<In>): unknown {
    const shown = [...decoded.frames, ...decoded.last].map(this.#show);
    return this.#options.cutsAnywhere ? joined(shown) : shown;
  }

  #outcome(decoded: Decoded<In>): object {
    const error = decoded.failure?.code;
    assert.ok(decoded.failure === undefined || isFairleadError(decoded.failure));
    if (this.#options.cutsAnywhere) return { all: this.#all(decoded), error };
    return { frames: decoded.frames.map(this.#show), last: decoded.last.map(this.#show), error };
  }
}

function bytesOf(vector: CodecVector): Buffer {
  const digits = vector.hex.replaceAll(' ', '');
  const bytes = Buffer.from(digits, 'hex');
  assert.equal(bytes.length * 2, digits.length, `not hexadecimal: ${vector.hex}`);
  return bytes;
}

function joined(frames: readonly ShownFrame[]): ShownFrame {
  return { hex: frames.map((frame) => ('hex' in frame ? frame.hex : '')).join('') };
}

function everyOffset(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.max(0, bytes.length - 1) }, (_, i) => i + 1);
}

/** Splits for any length: a repeated sequence of chunk sizes. */
const randomCuts = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 200 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((sizes) => (length: number) => {
    const cuts: number[] = [];
    for (let at = 0, i = 0; at < length; i++) {
      at += sizes[i % sizes.length] as number;
      cuts.push(at);
    }
    return cuts.filter((cut) => cut < length);
  });

const noise = fc.uint8Array({ maxLength: 300 });

/** Vectors with some bytes changed, removed or inserted. */
function damaged(vectors: readonly CodecVector[]): fc.Arbitrary<Uint8Array> {
  if (vectors.length === 0) return noise;
  const change = fc.record({ at: fc.nat(), drop: fc.nat({ max: 3 }), put: fc.uint8Array({ maxLength: 3 }) });
  const some = fc.array(fc.constantFrom(...vectors), { minLength: 1, maxLength: 4 });
  return fc.tuple(some, fc.array(change, { maxLength: 4 })).map(([parts, changes]) => {
    let bytes = Buffer.concat(parts.map(bytesOf));
    for (const { at, drop, put } of changes) {
      const from = bytes.length === 0 ? 0 : at % bytes.length;
      bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + drop)]);
    }
    return Uint8Array.from(bytes);
  });
}
