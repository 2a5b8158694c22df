import { checksumNames, type FramingSpec } from '@fairlead/tcp';
import type { Random } from './random.ts';

type Rule = FramingSpec['rules'][number];

export interface RandomSpec {
  readonly spec: FramingSpec;
  /** Largest frame on the wire, in bytes. */
  readonly limit: number;
  /** Heads that select its rules, so that streams pass the first byte. */
  readonly heads: readonly Buffer[];
}

/** A framing spec that is valid most of the time: one to four rules of any kind, told apart by their heads. */
export function randomSpec(random: Random): RandomSpec {
  const count = random.chance(0.4) ? 1 : random.int(2, 4);
  const max = random.pick([1, 16, 300, 5_000]);
  const heads: Buffer[] = [];
  const rules = Array.from({ length: count }, (_, i) => {
    const kind = random.pick(count === 1 ? KINDS : KINDS.filter((candidate) => candidate !== 'raw'));
    // What a raw rule takes depends on the network: it stands alone, and anything matches, or nothing could be compared.
    const last = i === count - 1;
    const match = kind === 'raw' || (last && random.chance(0.5)) ? undefined : randomMatch(random, heads);
    const rule = { ...(match && { match }), ...randomRule(random, kind, max) };
    return { ...rule, ...(count > 1 && random.chance(0.15) && { discard: true }) } as Rule;
  });
  return { spec: { rules }, limit: max + 1_024, heads };
}

const KINDS: readonly Rule['kind'][] = ['raw', 'line', 'delimiter', 'fixed', 'length', 'json', 'tp'];

function randomMatch(random: Random, heads: Buffer[]): object {
  const bytes = random.bytes(random.int(1, 3));
  heads.push(bytes);
  return {
    bytes: bytes.toString('hex'),
    ...(random.chance(0.2) && { at: random.int(0, 5) }),
    ...(random.chance(0.2) && { mask: random.hex(bytes.length) }),
    ...(random.chance(0.1) && { not: true }),
  };
}

function randomRule(random: Random, kind: Rule['kind'], max: number): object {
  const strip = random.chance(0.3)
    ? { strip: random.chance(0.5) ? random.int(0, 6) : [random.int(0, 4), random.int(0, 4)] }
    : {};
  const checksum = random.chance(0.25) ? { checksum: randomChecksum(random) } : {};
  const endsWith = random.chance(0.25) ? { endsWith: random.pick(['0d0a', '0d', 'ff', '1c0d']) } : {};
  switch (kind) {
    case 'delimiter':
      return {
        kind,
        max,
        ...strip,
        ...checksum,
        end: random.pick([
          '0a',
          '0d0a',
          '23',
          '7e7e',
          '1c0d',
          '000000',
          '0d0d',
          random.hex(random.int(1, 4)),
        ]),
      };
    case 'fixed':
      return { kind, ...strip, ...checksum, ...endsWith, size: random.int(1, Math.min(max, 64)) };
    case 'length':
      return {
        kind,
        max,
        ...strip,
        ...checksum,
        ...endsWith,
        offset: random.int(0, 6),
        size: random.int(1, 8),
        endian: random.pick(['big', 'little']),
        adjust: random.chance(0.5) ? 0 : random.int(-12, 12),
        ...(random.chance(0.2) && { magic: random.hex(random.int(1, 2)) }),
      };
    default:
      return { kind, max };
  }
}

function randomChecksum(random: Random): object {
  const width = random.int(8, 32);
  return {
    kind: random.chance(0.7)
      ? random.pick(checksumNames)
      : {
          width,
          poly: random.int(0, 2 ** width - 1),
          refin: random.chance(0.5),
          refout: random.chance(0.5),
        },
    from: random.int(-8, 8),
    to: random.int(-8, 8),
    at: random.int(-8, 8),
    ...(random.chance(0.3) && { endian: 'little' }),
  };
}

/** A published spec with one to three things changed somewhere in it. It may be refused. */
export function alteredSpec(random: Random, spec: FramingSpec): FramingSpec {
  const copy = structuredClone(spec) as unknown as Record<string, unknown>;
  for (let n = random.int(1, 3); n > 0; n--) alter(random, copy);
  if (random.chance(0.1)) copy.resync = random.chance(0.5) ? {} : { max: random.int(1, 64) };
  return copy as unknown as FramingSpec;
}

const TOGGLES: readonly (readonly [string, readonly unknown[]])[] = [
  ['discard', [true, false]],
  ['first', [true]],
  ['onMismatch', ['next', 'close']],
  ['onBadChecksum', ['drop', 'flag', 'close']],
  ['strip', [0, 1, [1, 1]]],
  ['whole', [true, false]],
  ['max', [1, 8, 64]],
];

function alter(random: Random, parent: Record<string, unknown>): void {
  const rules = parent.rules;
  if (Array.isArray(rules) && random.chance(0.4)) {
    const [key, values] = random.pick(TOGGLES);
    (random.pick(rules) as Record<string, unknown>)[key] = random.pick(values);
    return;
  }
  const keys = Object.keys(parent);
  if (keys.length === 0) return;
  const key = random.pick(keys);
  const value = parent[key];
  if (typeof value === 'object' && value !== null && random.chance(0.9))
    alter(random, value as Record<string, unknown>);
  else if (typeof value === 'number')
    parent[key] = random.chance(0.5) ? value + random.int(-2, 2) : random.int(-4, 300);
  else if (typeof value === 'boolean') parent[key] = !value;
  else if (typeof value === 'string' && /^([0-9a-f]{2})+$/.test(value))
    parent[key] = random.hex(random.int(1, value.length >> 1));
  else if (random.chance(0.3) && !Array.isArray(parent)) delete parent[key];
}
