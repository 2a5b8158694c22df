import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import { type Codec, Deframer, type FramingSpec, framingFromSpec } from '../../src/index.ts';

/** `unit` again and again behind `head`, in hex. */
export type Case = readonly [name: string, codec: Codec<unknown, never>, unit: string, head?: string];

/** Inputs hold many frames, and twice the largest of them is no frame that is too large. */
const SMALLEST = 3_072;
const LARGEST = 2 ** 17;
/** Milliseconds that an input takes, so that the clock can tell it from twice the input. */
const LONG_ENOUGH = 0.4;
const SMALL_CHUNK = 7;

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** `head`, then whole units of at least `size` bytes together. */
function repeated(unit: string, size: number, head = ''): Buffer {
  const one = hex(unit);
  return Buffer.concat([hex(head), Buffer.alloc(Math.ceil(size / one.length) * one.length, one)]);
}

function feed(codec: Codec<unknown, never>, bytes: Buffer, chunk: number): Deframer<unknown> {
  const deframer = new Deframer(codec.decoder(), codec.name);
  for (let at = 0; at < bytes.length && deframer.failure === undefined; at += chunk)
    deframer.push(bytes.subarray(at, at + chunk));
  deframer.end();
  return deframer;
}

/** The smallest input that takes some milliseconds: what fails at each byte needs fewer than what is only searched. */
function inputSize(
  codec: Codec<unknown, never>,
  unit: string,
  head: string | undefined,
  chunk: number,
): number {
  for (let size = SMALLEST; size < LARGEST; size *= 2) {
    const bytes = repeated(unit, size, head);
    const times = [0, 1, 2].map(() => {
      const started = performance.now();
      feed(codec, bytes, Math.min(chunk, size));
      return performance.now() - started;
    });
    if (Math.min(...times) > LONG_ENOUGH) return size;
  }
  return LARGEST;
}

export const spec = (rule: object, more: object = { resync: { max: '1GiB' } }): Codec<Buffer, never> =>
  framingFromSpec({ rules: [rule], ...more } as unknown as FramingSpec);
export const rules = (list: object[], more: object = {}): Codec<Buffer, never> =>
  framingFromSpec({ rules: list, ...more } as unknown as FramingSpec);

/**
 * What a stranger sends costs time in proportion to its size, in one chunk and in many small ones. The inputs are the worst
 * that each decoder is known to meet: frames that never end, false heads, marks that are none, and ends that are far away.
 */
export function growsLinearly(what: string, cases: readonly Case[]): void {
  describe(`the time that ${what} takes grows with what comes, and no faster`, () => {
    for (const [name, codec, unit, head] of cases)
      for (const [how, chunk] of [
        ['whole', Number.POSITIVE_INFINITY],
        ['in small chunks', SMALL_CHUNK],
      ] as const)
        it(`${name}, ${how}`, () =>
          assertLinear(
            inputSize(codec, unit, head, chunk),
            (size) => repeated(unit, size, head),
            (bytes) => feed(codec, bytes, Math.min(chunk, bytes.length)),
          ));
  });
}
