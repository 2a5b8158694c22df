import { z } from 'zod';
import { tcpErrors } from '../../../catalogue.ts';
import { DelimiterMeasure } from '../../delimited.ts';
import { MEASURED, type Measure } from '../../measure.ts';
import { hexOption, stripOption, timeOption } from '../../option-schemas.ts';
import { PlainEncoder } from '../../payload.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { BlueprintEncoder, tailParts } from '../parts/blueprint.ts';
import { Checks } from '../parts/checks.ts';
import { checkedKeys, commonKeys, maxKey } from '../parts/keys.ts';
import { Matcher } from '../parts/match.ts';
import { hexList, offset } from '../parts/values.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('delimiter').describe('Bytes up to a sequence that ends the frame.'),
  end: hexList.describe(
    'The sequence, in hex, or a list: the first that occurs ends the frame. The first of the list is sent.',
  ),
  skip: offset.default(0).describe('Bytes at the head that are not searched for the sequence. Default 0.'),
  notBefore: hexOption
    .optional()
    .describe(
      'Bytes, in hex, that tell that the sequence before them does not end the frame. Silence or the close decides as well.',
    ),
  idleMs: timeOption
    .default(200)
    .describe('Silence after which the decoder stops waiting for "notBefore". Default 200 ms.'),
  tail: z
    .union([
      offset,
      z.strictObject({
        until: hexOption.describe('The sequence that ends the tail, in hex; it is part of the tail.'),
        max: offset.default(64).describe('Largest tail in bytes. Default 64.'),
      }),
    ])
    .default(0)
    .describe('Bytes after the sequence that belong to the frame: a number, or `{until, max}`. Default 0.'),
  strip: stripOption
    .optional()
    .describe('Bytes to strip: head, or [head, tail]. Default: the sequence and its tail. 0: nothing.'),
  ...checkedKeys,
  max: maxKey,
});

/** Frames that end with a sequence of bytes, see {@link DelimitersMeasure}. The simple case is that of the codec `delimited`. */
export const delimiterKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { end: ends, skip, notBefore, tail, max, idleMs } = rule;
    const [cutHead, cutTail] = rule.strip ?? [0, undefined];
    const first = ends[0] as Buffer;
    const simple = ends.length === 1 && skip === 0 && notBefore === undefined && tail === 0;
    const measure = (): Measure =>
      simple
        ? new DelimiterMeasure(first, max, cutHead + (cutTail ?? first.length))
        : new DelimitersMeasure({ ends, skip, notBefore, tail, cutHead, cutTail, max });
    const check = Checks.of(rule);
    const shape = {
      head: cutHead,
      tail: cutTail ?? (simple ? first.length : MEASURED),
      measure,
      delimited:
        notBefore === undefined && tail === 0
          ? { ends, skip, escape: -1, head: cutHead, tail: cutTail ?? MEASURED, min: 1, max }
          : undefined,
      idleMs: notBefore === undefined ? undefined : idleMs,
      cost: max,
    };
    if (cutHead === 0 && cutTail === 0) return { ...shape, encoder: () => new PlainEncoder('delimiter') };
    // The first end is sent; a tail is known if a checksum fills it.
    const parts = typeof tail === 'number' ? [first, tail] : [first, check?.list[0]?.size ?? 0, tail.until];
    return {
      ...shape,
      encoder: () =>
        new BlueprintEncoder({
          kind: 'delimiter',
          matcher: Matcher.of(rule.match),
          head: cutHead,
          tail: cutTail === undefined ? parts : tailParts(cutTail, ...parts),
          notFirst: notBefore,
          check,
          measure,
        }),
    };
  },
};

interface DelimiterLayout {
  readonly ends: readonly Buffer[];
  /** Bytes at the head that are not searched. */
  readonly skip: number;
  readonly notBefore: Buffer | undefined;
  readonly tail: number | { readonly until: Buffer; readonly max: number };
  /** Bytes to strip; `cutTail` undefined: the end that was found and its tail. */
  readonly cutHead: number;
  readonly cutTail: number | undefined;
  readonly max: number;
}

/**
 *     .. END                  the end that is complete first; of two that end at the same byte, the longer
 *     .. END tail             a tail of some bytes, or up to a sequence
 *     .. END x  .. END        an end that is followed by "notBefore" does not count
 *
 * Bytes are not searched twice, neither for this frame nor, if an end is rare, for the next ones.
 */
class DelimitersMeasure implements Measure {
  readonly head: number;
  tail = 0;
  readonly #layout: DelimiterLayout;
  readonly #longest: number;
  /** For each end: bytes from the start that were searched for it. */
  readonly #searched: number[];
  /** After a frame that bytes follow: the buffer that `#searched` refers to, and where in it counting starts. */
  #ahead: Buffer | undefined;
  #aheadFrom = 0;
  #fresh = false;
  /** Where the end that was found begins and ends, while its tail is incomplete. */
  #endFrom = -1;
  #endTo = -1;

  constructor(layout: DelimiterLayout) {
    this.#layout = layout;
    this.head = layout.cutHead;
    this.#longest = Math.max(...layout.ends.map((end) => end.length));
    this.#searched = layout.ends.map(() => 0);
  }

  get looked(): number {
    return Math.max(0, this.#endTo);
  }

  measure(window: ByteWindow): number {
    if (this.#fresh) this.#begin(window);
    const { notBefore } = this.#layout;
    while (this.#endTo >= 0 || this.#find(window)) {
      const end = this.#endTo - this.#endFrom;
      if (this.#endTo > this.#most(end)) throw this.#tooLarge(this.#endTo, end);
      if (notBefore !== undefined) {
        const follows = this.#follows(window, notBefore);
        if (follows === undefined) return 0;
        if (follows) {
          this.#passOver();
          continue;
        }
      }
      return this.#withTail(window);
    }
    const have = window.end - window.start;
    if (have >= this.#most(this.#longest)) throw this.#tooLarge(have + 1, this.#longest);
    window.short(have + 1);
    return 0;
  }

  finish(window: ByteWindow): number {
    if (this.#endTo < 0 || this.#layout.notBefore === undefined || window.length < this.#endTo) return 0;
    return this.#withTail(window);
  }

  /** The end that is complete first. */
  #find(window: ByteWindow): boolean {
    const { ends, skip } = this.#layout;
    let best = -1;
    let bestTo = window.end - window.start;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i] as Buffer;
      const from = Math.max(skip, this.#searched[i] as number);
      const at = from + end.length > bestTo ? -1 : window.find(end, from, bestTo);
      if (at < 0) {
        this.#searched[i] = Math.max(from, bestTo - end.length + 1);
        continue;
      }
      this.#searched[i] = at;
      const to = at + end.length;
      if (best < 0 || to < bestTo || at < best) [best, bestTo] = [at, to];
    }
    if (best < 0) return false;
    this.#endFrom = best;
    this.#endTo = bestTo;
    return true;
  }

  #follows(window: ByteWindow, what: Buffer): boolean | undefined {
    for (let i = 0; i < what.length; i++) {
      if (this.#endTo + i >= window.length) return window.short(this.#endTo + i + 1);
      if (window.at(this.#endTo + i) !== what[i]) return false;
    }
    return true;
  }

  #passOver(): void {
    const past = this.#endFrom + 1;
    for (let i = 0; i < this.#searched.length; i++)
      this.#searched[i] = Math.max(past, this.#searched[i] as number);
    this.#endTo = -1;
  }

  #withTail(window: ByteWindow): number {
    const { tail } = this.#layout;
    let total = this.#endTo;
    if (typeof tail === 'number') total += tail;
    else {
      const to = Math.min(this.#endTo + tail.max, window.length);
      const at = window.find(tail.until, this.#endTo, to);
      if (at < 0) {
        if (to < window.length || to === this.#endTo + tail.max)
          throw tcpErrors.error('FRAME_TRAILER_MISMATCH', {
            expected: tail.until.toString('hex'),
            found: window.view(this.#endTo, to).toString('hex'),
          });
        window.short(window.length + 1);
        return 0;
      }
      total = at + tail.until.length;
    }
    const end = total - this.#endFrom;
    if (total > this.#most(end)) throw this.#tooLarge(total, end);
    if (window.length < total) {
      window.short(total);
      return 0;
    }
    this.tail = this.#layout.cutTail ?? end;
    this.#fresh = true;
    this.#ahead = window.length > total ? window.bytes : undefined;
    this.#aheadFrom = window.start;
    this.#endTo = -1;
    return total;
  }

  /** Begins the next frame of this rule. Frames of other rules, or bytes that no rule matches, may be between. */
  #begin(window: ByteWindow): void {
    const same = this.#ahead === window.bytes && window.start >= this.#aheadFrom;
    const passed = same ? window.start - this.#aheadFrom : Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#searched.length; i++)
      this.#searched[i] = Math.max(0, (this.#searched[i] as number) - passed);
    this.#ahead = undefined;
    this.#fresh = false;
  }

  /** Most bytes of a frame on the wire whose end and tail have `end` bytes. */
  #most(end: number): number {
    const { max, cutHead, cutTail } = this.#layout;
    return max + cutHead + (cutTail ?? end);
  }

  #tooLarge(total: number, end: number): Error {
    const cut = this.#most(end) - this.#layout.max;
    return tcpErrors.error('FRAME_TOO_LARGE', { size: total - cut, limit: this.#layout.max });
  }
}
