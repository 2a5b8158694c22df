/** Tests that every profile must pass. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { seeded } from './faulty.ts';

/** The result of a frame, as `ProfileLink` of `@fairlead/profiles` shows it. */
export interface SuiteLine {
  readonly hex: string;
  readonly kind?: string | undefined;
  readonly values?: unknown;
  readonly messages?: readonly { readonly values: unknown }[] | undefined;
  readonly error?: string | undefined;
  readonly reason?: string | undefined;
}

/** A link without a socket. */
export interface SuiteLink {
  push(chunk: Uint8Array, time: number): Promise<readonly SuiteLine[]>;
  end(time: number): Promise<readonly SuiteLine[]>;
}

/** Bytes of an example that a device sends. */
export interface SuiteBytes {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface SuiteProfile {
  /** Descriptions of the examples that fail. */
  failures(): Promise<readonly string[]>;
  /** A new link of a known device. */
  link(): SuiteLink;
  /** The input of the examples. */
  readonly sent: readonly SuiteBytes[];
  /** Whether frames may have no checksum, so that a damaged checksum mark gives a frame without a checksum. */
  readonly optional: boolean;
  /** Whether these bytes are frames, and the framing verifies the checksum of each. */
  verified(bytes: Buffer): boolean;
  /** Frames whose content `change` has changed, with right checksums; undefined where that cannot be. */
  rewritten(bytes: Buffer, change: (content: Buffer) => void): Buffer | undefined;
  /** Names of values that are not covered by a checksum of the protocol. */
  readonly uncovered?: readonly string[] | undefined;
  /** Whether the vocabulary of profiles has this name. */
  isField(key: string): boolean;
}

export interface ProfileSuiteOptions {
  /** Milliseconds of random bytes. Default 1,000. */
  readonly fuzz?: number;
  readonly seed?: number;
  /** Releases everything that `open` has started. */
  readonly close?: () => Promise<void>;
}

const NOW = Date.UTC(2024, 0, 1);
/** Largest number of examples for each test; they are spread over all examples. */
const MOST = 40;
/** Errors that a profile may give for invalid bytes. All others are faults of the profile. */
const REFUSALS = /^(FRAME_|SCRIPT_FAILED$|SCRIPT_RESULT_INVALID$|IDENTITY_)/;

/** Declares the tests of a profile. */
export function profileSuite(
  name: string,
  open: () => Promise<SuiteProfile>,
  { fuzz = 1_000, seed = 1, close }: ProfileSuiteOptions = {},
): void {
  describe(`profile suite: ${name}`, () => {
    let profile: SuiteProfile;
    before(async () => {
      profile = await open();
    });
    after(() => close?.());

    test('the examples pass', async () => {
      assert.ok(profile.sent.length > 0, 'no example shows what a device sends');
      assert.deepEqual(await profile.failures(), []);
    });

    test('bytes in any split give the same as the whole', async () => {
      const random = seeded(seed);
      for (const { name, bytes } of spread(profile.sent)) {
        const whole = await lines(profile, [bytes]);
        assert.deepEqual(await lines(profile, bytewise(bytes)), whole, `${name}, byte by byte`);
        assert.deepEqual(await lines(profile, pieces(bytes, random)), whole, `${name}, in pieces`);
      }
    });

    test('glued frames give the same as frames on their own', async () => {
      const sent = spread(profile.sent);
      for (const [i, { name, bytes }] of sent.entries()) {
        const next = sent[(i + 1) % sent.length] as SuiteBytes;
        const apart = await lines(profile, [bytes, next.bytes]);
        assert.deepEqual(
          await lines(profile, [Buffer.concat([bytes, next.bytes])]),
          apart,
          `${name}, ${next.name}`,
        );
      }
    });

    test('a damaged frame yields no wrong value where there is a checksum', async () => {
      const random = seeded(seed);
      for (const { name, bytes } of spread(profile.sent)) {
        if (!profile.verified(bytes)) continue;
        const right = covered(await lines(profile, [bytes]), profile.uncovered);
        for (let i = 0; i < 8; i++) {
          const damaged = flipped(bytes, random);
          if (profile.optional && !profile.verified(damaged)) continue;
          const found = covered(await lines(profile, [damaged]), profile.uncovered);
          // If there are several frames, the damaged one is missing.
          if (found.length < right.length)
            for (const one of found)
              assert.ok(
                right.some((other) => isDeepStrictEqual(one, other)),
                `${name}: ${damaged.toString('hex')}: ${JSON.stringify(one)}`,
              );
          else assert.deepEqual(found, right, `${name}: ${damaged.toString('hex')}`);
        }
      }
    });

    test('every value has a name of the vocabulary or of the profile', async () => {
      for (const { name, bytes } of profile.sent)
        for (const { values } of messagesOf(await lines(profile, [bytes])))
          for (const key of Object.keys(values as object)) assert.ok(profile.isField(key), `${name}: ${key}`);
    });

    test('random and damaged bytes are refused with a code, in time', async () => {
      const random = seeded(seed);
      const end = performance.now() + fuzz;
      while (performance.now() < end) {
        const bytes = mutated(profile, random);
        for (const { error, reason } of await lines(profile, pieces(bytes, random)))
          assert.ok(
            error === undefined || REFUSALS.test(error),
            `${error}: ${reason}; ${bytes.toString('hex')}`,
          );
      }
    });
  });
}

async function lines(profile: SuiteProfile, chunks: readonly Buffer[]): Promise<SuiteLine[]> {
  const link = profile.link();
  const all: SuiteLine[] = [];
  for (const chunk of chunks) all.push(...(await link.push(chunk, NOW)));
  return withoutSeams([...all, ...(await link.end(NOW))]);
}

/** Joins the lines of noise: noise that arrived in several chunks is shown in as many lines. */
function withoutSeams(lines: readonly SuiteLine[]): SuiteLine[] {
  const joined: SuiteLine[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    if (line.error?.startsWith('FRAME_') && last?.error === line.error)
      joined[joined.length - 1] = { ...last, hex: last.hex + line.hex };
    else joined.push(line);
  }
  return joined;
}

function messagesOf(lines: readonly SuiteLine[]): { readonly values: unknown }[] {
  return lines.flatMap(({ kind, values, messages }) => messages ?? (kind === undefined ? [] : [{ values }]));
}

function covered(lines: readonly SuiteLine[], uncovered: readonly string[] = []): unknown[] {
  return messagesOf(lines).map(({ values }) =>
    Object.fromEntries(Object.entries(values as object).filter(([key]) => !uncovered.includes(key))),
  );
}

function spread<T>(all: readonly T[]): readonly T[] {
  const step = Math.ceil(all.length / MOST);
  return step <= 1 ? all : all.filter((_, i) => i % step === 0);
}

const bytewise = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.of(byte));

function pieces(bytes: Buffer, random: () => number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * Math.min(64, bytes.length - at));
    found.push(bytes.subarray(at, at + size));
    at += size;
  }
  return found;
}

function flipped(bytes: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(random() * copy.length);
  copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8));
  return copy;
}

/** Random bytes, or those of examples: damaged, cut, glued, repeated, changed behind a right checksum. */
function mutated({ sent, rewritten }: SuiteProfile, random: () => number): Buffer {
  const pick = () => sent[Math.floor(random() * sent.length)]?.bytes ?? Buffer.of(0);
  const bytes = (size: number) => Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
  switch (Math.floor(random() * 8)) {
    case 0:
      return bytes(Math.floor(random() * 200));
    case 1:
      return Buffer.concat([bytes(Math.floor(random() * 20)), pick()]);
    case 2: {
      const one = pick();
      return one.subarray(0, Math.floor(random() * one.length));
    }
    case 3:
      return Buffer.concat([pick(), flipped(pick(), random), pick()]);
    case 4: {
      const one = pick();
      const at = Math.floor(random() * one.length);
      return Buffer.concat([one.subarray(0, at), bytes(1 + Math.floor(random() * 4)), one.subarray(at)]);
    }
    case 5:
    case 6: {
      const one = pick();
      const changed = rewritten(one, (content) => flipped(content, random).copy(content));
      return changed ?? one;
    }
    default: {
      let one = pick();
      for (let i = 0; i < 1 + random() * 8; i++) one = flipped(one, random);
      return one;
    }
  }
}
