import { z } from 'zod';
import { hexOption } from '../../option-schemas.ts';
import { hexByte, offset } from './values.ts';

const condition = {
  bytes: hexOption.optional().describe('The bytes that must be there, in hex.'),
  range: z
    .array(z.tuple([hexByte, hexByte]))
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Instead of "bytes": ranges, one of which must contain the byte, as in [["30", "39"], ["41", "46"]].',
    ),
  at: offset.default(0).describe('Bytes before it. Default 0.'),
  mask: hexOption
    .optional()
    .describe(
      'A mask of the same length as "bytes", in hex: only bits that are 1 in it are compared. Default: all.',
    ),
  not: z
    .boolean()
    .default(false)
    .describe('True: the condition of "bytes" or "range" is negated. Default false.'),
};

interface ConditionKeys {
  readonly bytes?: Buffer | undefined;
  readonly mask?: Buffer | undefined;
  readonly range?: unknown;
}

const sameSize = ({ bytes, mask }: ConditionKeys): boolean =>
  mask === undefined || mask.length === bytes?.length;
const sameSizeMessage = { path: ['mask'], message: 'expected as many bytes as "bytes" has' };
const oneOfTwo = ({ bytes, range }: ConditionKeys): boolean => bytes === undefined || range === undefined;
const oneOfTwoMessage = { path: ['range'], message: 'expected either "bytes" or "range"' };

const conditionSchema = z
  .strictObject(condition)
  .refine(sameSize, sameSizeMessage)
  .refine(oneOfTwo, oneOfTwoMessage)
  .refine(({ bytes, range }) => (bytes ?? range) !== undefined, {
    path: ['bytes'],
    message: 'expected "bytes" or "range"',
  })
  .meta({
    oneOf: [{ required: ['bytes'] }, { required: ['range'] }],
    dependentRequired: { mask: ['bytes'] },
  });

const conditions = z.array(conditionSchema).min(1).max(64).optional();

/** Conditions on the head of the buffer; all of them must hold. */
export const matchSchema = z
  .strictObject({
    ...condition,
    any: conditions.describe('A list of such conditions: one of them must hold as well.'),
    all: conditions.describe('A list of such conditions: all of them must hold as well.'),
  })
  .refine(sameSize, sameSizeMessage)
  .refine(oneOfTwo, oneOfTwoMessage)
  .refine(({ bytes, range, any, all }) => (bytes ?? range ?? any ?? all) !== undefined, {
    path: ['bytes'],
    message: 'expected "bytes", "range", "any" or "all"',
  })
  .meta({
    id: 'match',
    anyOf: ['bytes', 'range', 'any', 'all'].map((key) => ({ required: [key] })),
    not: { required: ['bytes', 'range'] },
    dependentRequired: { mask: ['bytes'] },
  });

export type ParsedMatch = z.output<typeof matchSchema>;
type ParsedCondition = z.output<typeof conditionSchema>;

/** Whether a rule matches at the head of the window. */
export const NO = 0;
export const YES = 1;
/** Too few bytes to decide. */
export const UNDECIDED = 2;
type Answer = typeof NO | typeof YES | typeof UNDECIDED;

/** Bytes that each matching head has, as far as the mask is not 0. */
interface KnownBytes {
  readonly at: number;
  readonly bytes: Buffer;
  readonly mask: Buffer;
}

/** One condition: a sequence of masked bytes, or one byte that is in a set. */
class Condition {
  readonly at: number;
  readonly #wanted: Buffer;
  readonly #mask: Buffer;
  readonly #set: Uint8Array | undefined;
  readonly #hit: typeof NO | typeof YES;
  readonly #miss: typeof NO | typeof YES;

  constructor(at: number, wanted: Buffer, mask: Buffer, set: Uint8Array | undefined, not: boolean) {
    this.at = at;
    this.#mask = mask;
    this.#wanted = Buffer.from(wanted.map((byte, i) => byte & (mask[i] as number)));
    this.#set = set;
    this.#hit = not ? NO : YES;
    this.#miss = not ? YES : NO;
  }

  test(bytes: Buffer, start: number, end: number): Answer {
    const from = start + this.at;
    const set = this.#set;
    if (set !== undefined) {
      if (from >= end) return UNDECIDED;
      return set[bytes[from] as number] === 1 ? this.#hit : this.#miss;
    }
    const wanted = this.#wanted;
    for (let i = 0; i < wanted.length; i++) {
      if (from + i >= end) return UNDECIDED;
      if (((bytes[from + i] as number) & (this.#mask[i] as number)) !== wanted[i]) return this.#miss;
    }
    return this.#hit;
  }

  /** Bits of the head that the condition fixes. A negated condition fixes next to nothing. */
  get weight(): number {
    if (this.#hit === NO) return 0;
    if (this.#set !== undefined) return 8 - Math.log2(this.#set.reduce((sum, member) => sum + member, 0));
    return this.#mask.reduce((sum, byte) => sum + bitsIn(byte), 0);
  }

  get known(): KnownBytes | undefined {
    if (this.#set !== undefined || this.#hit === NO) return undefined;
    return { at: this.at, bytes: this.#wanted, mask: this.#mask };
  }
}

/** Conditions on the head of the buffer, in groups: in each group, one condition must hold. */
export class Matcher {
  /** After {@link UNDECIDED}: bytes from the start that are needed to decide. */
  needed = 1;
  readonly #groups: readonly (readonly Condition[])[];

  private constructor(groups: readonly (readonly Condition[])[]) {
    this.#groups = groups;
  }

  /** From the keys of "match" and the conditions that the kind implies; undefined if anything matches. */
  static of(match: ParsedMatch | undefined, implied: readonly Implied[] = []): Matcher | undefined {
    const groups = implied.map((group) =>
      group.map(({ at, bytes, set }) => conditionOf(at, bytes, undefined, set, false)),
    );
    if (match !== undefined) {
      const { any, all = [], ...own } = match;
      if (own.bytes !== undefined || own.range !== undefined) groups.push([fromKeys(own)]);
      for (const one of all) groups.push([fromKeys(one)]);
      if (any !== undefined) groups.push(any.map(fromKeys));
    }
    return groups.length === 0 ? undefined : new Matcher(groups);
  }

  test(bytes: Buffer, start: number, end: number): Answer {
    let answer: Answer = YES;
    let needed = Number.POSITIVE_INFINITY;
    for (const group of this.#groups) {
      let found: Answer = NO;
      for (const condition of group) {
        const one = condition.test(bytes, start, end);
        if (one === YES) {
          found = YES;
          break;
        }
        if (one === UNDECIDED) {
          found = UNDECIDED;
          needed = Math.min(needed, Math.max(end - start, condition.at) + 1);
        }
      }
      if (found === NO) return NO;
      if (found === UNDECIDED) answer = UNDECIDED;
    }
    this.needed = needed;
    return answer;
  }

  /** Bits that are fixed in a head that matches: of two rules that match, the one with more is the more specific. */
  get weight(): number {
    return this.#groups.reduce((sum, group) => sum + Math.min(...group.map(({ weight }) => weight)), 0);
  }

  /** What is known about a head that matches. */
  known(): readonly KnownBytes[] {
    return this.#groups.flatMap((group) => (group.length === 1 ? (group[0]?.known ?? []) : []));
  }

  /** The bytes at the start of a frame, if they are the only condition. */
  get prefix(): Buffer | undefined {
    const only = this.#groups.length === 1 ? this.known()[0] : undefined;
    return only !== undefined && only.at === 0 && only.mask.every((byte) => byte === 0xff)
      ? only.bytes
      : undefined;
  }
}

/** One of the alternatives that a kind of rule implies. */
export type Implied = readonly {
  readonly at: number;
  readonly bytes?: Buffer;
  readonly set?: readonly number[];
}[];

function fromKeys({ at, bytes, mask, range, not }: ParsedCondition): Condition {
  const set = range?.flatMap(([low, high]) =>
    Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i),
  );
  return conditionOf(at, bytes, mask, set, not);
}

function conditionOf(
  at: number,
  bytes: Buffer | undefined,
  mask: Buffer | undefined,
  set: readonly number[] | undefined,
  not: boolean,
): Condition {
  if (set !== undefined) {
    const members = new Uint8Array(256);
    for (const byte of set) members[byte] = 1;
    return new Condition(at, NOTHING, NOTHING, members, not);
  }
  const wanted = bytes ?? NOTHING;
  return new Condition(at, wanted, mask ?? Buffer.alloc(wanted.length, 0xff), undefined, not);
}

function bitsIn(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) bits++;
  return bits;
}

const NOTHING = Buffer.alloc(0);
