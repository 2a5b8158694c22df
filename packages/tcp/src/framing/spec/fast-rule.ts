import { readInteger } from '../integers.ts';
import { MEASURED } from '../measure.ts';
import { type ByteWindow, searchIn, View } from '../window.ts';
import type { Checks } from './parts/checks.ts';
import type { Rule } from './rule.ts';

/** Up to four bytes as one number. */
interface Word {
  readonly size: number;
  readonly value: number;
}

/** A rule whose complete and valid frames are found without its measure. All of these objects have the same fields, for speed. */
export interface FastRule {
  readonly prefix: Word;
  readonly suffix: Word;
  /** The last byte of all ends of a delimited frame; -1 if a number tells the size. */
  readonly last: number;
  /** The ends, longest first. */
  readonly ends: readonly Word[];
  /** Bytes at the head that are not searched for an end. */
  readonly skip: number;
  /** A byte that the frame must not contain, because then its content must be decoded; -1: none. */
  readonly escape: number;
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
  /** `MEASURED`: the end that was found. */
  readonly tail: number;
  readonly check: Checks | undefined;
  readonly discard: boolean;
}

/** Takes frames of one rule in a row, up to the first that is incomplete or invalid. */
export function takeRun(
  rule: FastRule,
  byFirst: readonly (FastRule | undefined)[],
  window: ByteWindow,
  frames: Buffer[],
  stopAt: number,
): void {
  if (rule.last < 0) takeCounted(rule, byFirst, window, frames, stopAt);
  else takeDelimited(rule, byFirst, window, frames, stopAt);
}

function takeCounted(
  rule: FastRule,
  byFirst: readonly (FastRule | undefined)[],
  window: ByteWindow,
  frames: Buffer[],
  stopAt: number,
): void {
  const {
    prefix,
    suffix,
    header,
    offset,
    size,
    little,
    mask,
    shift,
    add,
    min,
    max,
    head,
    tail,
    check,
    discard,
  } = rule;
  const { bytes, end } = window;
  const { buffer, byteOffset: base } = bytes;
  const { size: prefixSize, value: prefixValue } = prefix;
  const { size: suffixSize, value: suffixValue } = suffix;
  let at = window.start;
  while (end - at >= header && byFirst[bytes[at] as number] === rule) {
    if (prefixSize > 1 && wordAt(bytes, at, prefixSize) !== prefixValue) break;
    let total = add;
    if (size > 0) total += (readInteger(bytes, at + offset, size, little) & mask) >>> shift;
    const to = at + total;
    if (total < min || total > max || to > end) break;
    if (suffixSize > 0 && wordAt(bytes, to - suffixSize, suffixSize) !== suffixValue) break;
    if (check !== undefined && !check.isGood(bytes, at, total)) break;
    if (!discard) frames.push(new View(buffer, base + at + head, total - head - tail));
    at = to;
    if (at >= stopAt) break;
  }
  window.start = at;
}

function takeDelimited(
  rule: FastRule,
  byFirst: readonly (FastRule | undefined)[],
  window: ByteWindow,
  frames: Buffer[],
  stopAt: number,
): void {
  const { prefix, last, ends, skip, escape: escapeByte, min, max, head, tail, check, discard } = rule;
  const { bytes, end } = window;
  const { buffer, byteOffset: base } = bytes;
  const only = ends.length === 1 ? (ends[0] as Word) : undefined;
  let at = window.start;
  while (at < end && byFirst[bytes[at] as number] === rule) {
    if (prefix.size > 1 && (end - at < prefix.size || wordAt(bytes, at, prefix.size) !== prefix.value)) break;
    const endAt = searchIn(bytes, last, at + skip, end);
    if (endAt < 0) break;
    const to = endAt + 1;
    const ending = only?.size === 1 ? 1 : endingAt(bytes, at + skip, to, ends);
    const total = to - at;
    const off = tail === MEASURED ? ending : tail;
    // The byte is no end, or the frame is invalid: left to the reader.
    if (ending === 0 || total < min || total - head - off > max || total < head + off) break;
    if (escapeByte >= 0 && searchIn(bytes, escapeByte, at + skip, to - ending) >= 0) break;
    if (check !== undefined && !check.isGood(bytes, at, total)) break;
    if (!discard) frames.push(new View(buffer, base + at + head, total - head - off));
    at = to;
    if (at >= stopAt) break;
  }
  window.start = at;
}

/** Size of the longest end that the bytes `from` to `to` end with; 0: none. */
function endingAt(bytes: Buffer, from: number, to: number, ends: readonly Word[]): number {
  for (const { size, value } of ends)
    if (to - from >= size && wordAt(bytes, to - size, size) === value) return size;
  return 0;
}

/** Up to four bytes as a 32-bit integer, so that comparing two of them stays fast. */
function wordAt(bytes: Buffer, at: number, size: number): number {
  return readInteger(bytes, at, size, false) | 0;
}

function word(bytes: Buffer): Word {
  return { size: bytes.length, value: bytes.length === 0 ? 0 : wordAt(bytes, 0, bytes.length) };
}

/** The rule in the form for the fast path; undefined if it needs more than that. */
export function fastRule(rule: Rule): FastRule | undefined {
  const { matcher, plain, delimited, head, tail, endsWith = NOTHING, check, discard } = rule;
  const matched = matcher === undefined ? NOTHING : matcher.prefix;
  if (matched === undefined || rule.shared) return undefined;
  if ((plain ?? delimited) === undefined || check?.readsContent) return undefined;
  const magic = plain?.prefix ?? NOTHING;
  const prefix = magic.length > matched.length ? magic : matched;
  if (!prefix.subarray(0, matched.length).equals(matched) || !prefix.subarray(0, magic.length).equals(magic))
    return undefined;
  if (plain !== undefined && (head === MEASURED || tail === MEASURED)) return undefined;
  const ends = delimited?.ends.toSorted((a, b) => b.length - a.length) ?? [];
  const last = ends[0]?.at(-1) ?? -1;
  if (ends.some((end) => end.at(-1) !== last)) return undefined;
  if ([prefix, endsWith, ...ends].some((bytes) => bytes.length > 4)) return undefined;
  return {
    prefix: word(prefix),
    suffix: word(endsWith),
    last,
    ends: ends.map(word),
    skip: delimited?.skip ?? 0,
    escape: delimited?.escape ?? -1,
    header: Math.max(prefix.length, 1, plain === undefined ? 0 : plain.offset + plain.size),
    offset: plain?.offset ?? 0,
    size: plain?.size ?? 0,
    little: plain?.little ?? false,
    mask: plain?.mask ?? 0,
    shift: plain?.shift ?? 0,
    add: plain?.add ?? 0,
    min: plain?.min ?? delimited?.min ?? 1,
    max: plain?.max ?? delimited?.max ?? 0,
    head: delimited?.head ?? head,
    tail: delimited?.tail ?? tail,
    check,
    discard,
  };
}

const NOTHING = Buffer.alloc(0);
