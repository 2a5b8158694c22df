import { type ByteWindow, cut } from '../window.ts';
import type { Check } from './check.ts';
import { NO } from './match.ts';
import type { RuleReader } from './reader.ts';
import type { Rule } from './rule.ts';
import { MEASURED } from './shape.ts';

/** A rule whose complete and faultless frames are found without asking anybody; all fields in one shape. */
interface FastRule {
  readonly prefix: Buffer;
  readonly delimiter: Buffer | number | undefined;
  readonly delimiterSize: number;
  readonly header: number;
  readonly offset: number;
  readonly size: number;
  readonly little: boolean;
  readonly mask: number;
  readonly shift: number;
  readonly add: number;
  readonly min: number;
  readonly max: number;
  readonly head: number;
  readonly tail: number;
  readonly endsWith: Buffer | undefined;
  readonly check: Check | undefined;
  readonly discard: boolean;
}

/** What the first byte tells. One for all decoders of a codec. */
export interface Dispatch {
  /** For each first byte the rules that may be for what begins with it, in order. */
  readonly candidates: readonly (readonly Rule[])[];
  /** For each first byte the first of them, if it is one of the fast ones. */
  readonly fast: readonly (FastRule | undefined)[];
  /** Whether some rules are for the first frame only, which the fast way does not know of. */
  readonly hasFirst: boolean;
}

export function dispatchOf(rules: readonly Rule[]): Dispatch {
  const usual = rules.filter((rule) => !rule.first);
  const made = new Map(usual.map((rule) => [rule, fastRule(rule)]));
  return {
    candidates: byFirstByte(rules),
    fast: byFirstByte(usual).map(([rule]) => rule && made.get(rule)),
    hasFirst: usual.length < rules.length,
  };
}

function byFirstByte(rules: readonly Rule[]): readonly (readonly Rule[])[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const head = Buffer.from([byte]);
    return rules.filter(({ matcher }) => matcher === undefined || matcher.test(head, 0, 1) !== NO);
  });
}

/**
 * The short way for streams in which all is well: the first byte tells the rule, one number or one search the size.
 * Whatever is incomplete, faulty or of another kind is left to the reader, which knows what to do.
 */
export function readMany(
  reader: RuleReader,
  { fast, hasFirst }: Dispatch,
  window: ByteWindow,
  frames: Buffer[],
  stopAt: number,
): void {
  const { bytes, end } = window;
  let at = window.start;
  let usual = !reader.busy && !(hasFirst && reader.isFirst);
  while (at < end) {
    const rule = usual ? fast[bytes[at] as number] : undefined;
    const total = rule === undefined ? 0 : frameSize(rule, bytes, at, end);
    if (rule !== undefined && total > 0) {
      const to = at + total;
      if (!rule.discard) frames.push(cut(bytes, at + rule.head, to - rule.tail));
      window.start = at = to;
    } else {
      const frame = reader.read(window);
      if (frame === undefined) return;
      frames.push(frame);
      at = window.start;
      usual = !reader.busy && !(hasFirst && reader.isFirst);
    }
    if (at >= stopAt) return;
  }
}

/** Bytes of the frame at `at`; 0 where it is incomplete, or anything is not as it should be. */
function frameSize(rule: FastRule, bytes: Buffer, at: number, end: number): number {
  if (end - at < rule.header) return 0;
  const { prefix } = rule;
  // The first byte has chosen the rule, but a rule without "match" may still have magic bytes.
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return 0;
  let total: number;
  if (rule.delimiter === undefined) {
    total = rule.add;
    if (rule.size > 0) total += readNumber(rule, bytes, at + rule.offset);
  } else {
    const found = (bytes as BoundedSearch).indexOf(rule.delimiter, at, end);
    total = found < 0 ? 0 : found + rule.delimiterSize - at;
  }
  if (total < rule.min || total > rule.max || total > end - at) return 0;
  const { endsWith, check } = rule;
  if (endsWith !== undefined) {
    const from = at + total - endsWith.length;
    for (let i = 0; i < endsWith.length; i++) if (bytes[from + i] !== endsWith[i]) return 0;
  }
  return check !== undefined && !check.isGood(bytes, at, total) ? 0 : total;
}

function readNumber(rule: FastRule, bytes: Buffer, at: number): number {
  const a = bytes[at] as number;
  let value = a;
  if (rule.size > 1) {
    const b = bytes[at + 1] as number;
    if (rule.size === 2) value = rule.little ? a | (b << 8) : (a << 8) | b;
    else {
      const c = bytes[at + 2] as number;
      const d = bytes[at + 3] as number;
      value = rule.little ? a | (b << 8) | (c << 16) | (d << 24) : (a << 24) | (b << 16) | (c << 8) | d;
    }
  }
  return (value & rule.mask) >>> rule.shift;
}

interface BoundedSearch {
  indexOf(value: number | Uint8Array, from: number, end: number): number;
}

function fastRule(rule: Rule): FastRule | undefined {
  const { matcher, plain, delimiter, head, tail, endsWith, check, discard } = rule;
  const matched = matcher === undefined ? NOTHING : matcher.prefix;
  if (matched === undefined || rule.hasContent || rule.shared || head === MEASURED || tail === MEASURED)
    return undefined;
  if (plain === undefined && delimiter === undefined) return undefined;
  const prefix = plain !== undefined && plain.prefix.length > matched.length ? plain.prefix : matched;
  if (!prefix.subarray(0, matched.length).equals(matched)) return undefined;
  if (plain !== undefined && !prefix.subarray(0, plain.prefix.length).equals(plain.prefix)) return undefined;
  const size = delimiter?.length ?? 0;
  return {
    prefix,
    delimiter: size === 1 ? delimiter?.[0] : delimiter,
    delimiterSize: size,
    header: Math.max(prefix.length, plain === undefined ? 1 : plain.offset + plain.size),
    offset: plain?.offset ?? 0,
    size: plain?.size ?? 0,
    little: plain?.little ?? false,
    mask: plain?.mask ?? 0,
    shift: plain?.shift ?? 0,
    add: plain?.add ?? 0,
    min: plain?.min ?? Math.max(1, head + tail),
    max: plain?.max ?? rule.cost + head + tail,
    head,
    tail,
    endsWith,
    check,
    discard,
  };
}

const NOTHING = Buffer.alloc(0);
