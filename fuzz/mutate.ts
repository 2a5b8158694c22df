import type { Random } from './random.ts';

/** Bytes with a meaning in some framing: lengths, delimiters, brackets, quotes, heads. */
const TELLING = [
  0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d, 0x54, 0x50, 0x78, 0x79,
  0x66, 0x5f, 0x1c, 0x0b,
];

/** A stream made of valid streams, with no, one or a few mutations. */
export function mutated(random: Random, seeds: readonly Buffer[], most = 4_096): Buffer {
  const parts = Array.from({ length: random.int(1, 4) }, () => random.pick(seeds));
  let bytes = Buffer.concat(parts).subarray(0, most);
  for (let n = random.size(8) - 1; n > 0; n--) bytes = damaged(random, bytes);
  return bytes.subarray(0, most);
}

function damaged(random: Random, bytes: Buffer): Buffer<ArrayBuffer> {
  const at = random.int(0, bytes.length);
  const to = Math.min(bytes.length, at + random.size(16));
  switch (random.int(0, 6)) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << random.int(0, 7));
      return copy;
    }
    case 1:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(to - at, random.pick(TELLING)),
        bytes.subarray(to),
      ]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from([random.pick(TELLING), random.pick(TELLING)]),
        bytes.subarray(at),
      ]);
    case 4:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 5:
      return Buffer.from(bytes.subarray(0, at));
    default:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.size(64)), bytes.subarray(at)]);
  }
}

/** Streams that are expensive to parse: large announced sizes, depth, incomplete delimiters, one byte repeated. */
export function adversarial(random: Random, seeds: readonly Buffer[], length: number): Buffer {
  const fill = (unit: string | Buffer) => Buffer.alloc(length, unit as string);
  switch (random.int(0, 8)) {
    case 0:
      return fill(Buffer.from([random.pick(TELLING)]));
    case 1:
      return fill(random.pick(['[', '{"a":', '[{"":', '"\\', '{"', '[1,', ' \n\t', '{"a":"\\"', '[[]']));
    case 2: {
      const seed = random.pick(seeds);
      return fill(seed.subarray(0, random.int(1, Math.max(1, Math.min(8, seed.length)))));
    }
    case 3: {
      // A valid head, then a size that is never met.
      const seed = Buffer.from(random.pick(seeds));
      const at = random.int(0, Math.min(8, seed.length));
      seed.fill(random.pick([0xff, 0x7f, 0x0f, 0x00]), at, Math.min(seed.length, at + random.int(1, 8)));
      return Buffer.concat([seed, fill(seed)]).subarray(0, length);
    }
    case 4:
      return fill(random.pick(['\r', '\r\r\n', '\n\r', '\r\n', '\n', 'x\r', '\x1c', '\x1c\x1c\r']));
    case 5:
      return fill(`fl_${random.hex(16)}`.slice(0, random.int(1, 35)));
    case 6: {
      // An open value with everything inside it.
      return Buffer.concat([Buffer.from('{"a":"'), fill('x')]).subarray(0, length);
    }
    case 7:
      return fill(random.bytes(random.int(1, 32)));
    default: {
      const bytes = random.bytes(length);
      if (seeds.length > 0) random.pick(seeds).copy(bytes);
      return bytes;
    }
  }
}
