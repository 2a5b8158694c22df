import { z } from 'zod';
import { tcpErrors } from '../../../catalogue.ts';
import type { Measure } from '../../measure.ts';
import { hexOption } from '../../option-schemas.ts';
import { type ByteWindow, standsAt } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { contentShape, contentStrip, whole } from '../parts/content.ts';
import { badEscape } from '../parts/escape.ts';
import { checkedKeys, commonKeys, maxKey } from '../parts/keys.ts';
import { offset } from '../parts/values.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z
    .literal('sequence')
    .describe('A start sequence, then content up to an escape sequence that is followed by an end mark.'),
  start: hexOption.describe('The start sequence, in hex; it replaces "match".'),
  escape: hexOption.describe('The escape sequence, in hex; within content it is doubled.'),
  end: hexOption.describe('The end mark after the last escape sequence, in hex.'),
  tail: offset.default(0).describe('Bytes after the end mark. Default 0.'),
  align: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Escape sequences are at multiples of this, counted from the start of the frame. Default 1.'),
  strip: contentStrip,
  whole,
  ...checkedKeys,
  max: maxKey,
});

/** Frames that end with an escape sequence and an end mark, see {@link SequenceMeasure}. */
export const sequenceKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { start, escape: mark, end, tail, align, strip, max } = rule;
    if (mark.subarray(0, end.length).equals(end.subarray(0, mark.length)))
      throw new Error('the end mark must differ from the escape sequence');
    const most = max + strip[0] + strip[1];
    const layout = { start: start.length, mark, end, tail, align, max: most };
    const measure = (): SequenceMeasure => new SequenceMeasure(layout);
    const wrap = (content: Buffer): Buffer =>
      Buffer.concat([start, doubleSequences(content, layout), mark, end, Buffer.alloc(tail)]);
    return {
      ...contentShape(rule, 'sequence', measure, wrap),
      implied: [[{ at: 0, bytes: start }]],
      cost: max * 2,
    };
  },
};

interface SequenceLayout {
  readonly start: number;
  readonly mark: Buffer;
  readonly end: Buffer;
  readonly tail: number;
  readonly align: number;
  readonly max: number;
}

/**
 *     START content ESCAPE END tail
 *     1b1b1b1b 01010101  ..  1b1b1b1b 1b1b1b1b  ..  1b1b1b1b 1a pp cc cc      SML: an escape sequence in content is doubled
 */
class SequenceMeasure implements Measure {
  readonly head = 0;
  readonly tail = 0;
  readonly #layout: SequenceLayout;
  #at: number;
  /** The places of doubled escape sequences in the frame that is being measured. */
  #doubled: number[] = [];
  #endAt = 0;

  constructor(layout: SequenceLayout) {
    this.#layout = layout;
    this.#at = layout.start;
  }

  get looked(): number {
    return this.#at;
  }

  measure(window: ByteWindow): number {
    const { start, mark, end, tail, align } = this.#layout;
    for (;;) {
      const at = window.find(mark, this.#at, window.length);
      if (at < 0) {
        this.#at = Math.max(this.#at, window.length - mark.length + 1);
        return this.#wait(window, window.length + 1);
      }
      if (at % align !== 0) {
        this.#at = at + 1;
        continue;
      }
      this.#at = at;
      this.#checkSize();
      const next = at + mark.length;
      const doubled = standsAt(window, next, mark);
      const ended = standsAt(window, next, end);
      if (doubled === true) {
        this.#doubled.push(at);
        this.#at = next + mark.length;
      } else if (ended === true) {
        const total = next + end.length + tail;
        if (window.length < total) return this.#wait(window, total);
        this.#endAt = at;
        this.#at = start;
        return total;
      } else if (doubled === undefined || ended === undefined) {
        return this.#wait(window, window.length + 1);
      } else throw badEscape(window, next, next + mark.length);
    }
  }

  content(window: ByteWindow): Buffer {
    const { start, mark } = this.#layout;
    const places = this.#doubled;
    if (places.length === 0) return window.view(start, this.#endAt);
    this.#doubled = [];
    const parts: Buffer[] = [];
    let from = start;
    for (const place of places) {
      parts.push(window.view(from, place + mark.length));
      from = place + 2 * mark.length;
    }
    parts.push(window.view(from, this.#endAt));
    return Buffer.concat(parts);
  }

  #checkSize(): void {
    const { start, mark, max } = this.#layout;
    const size = this.#at - start - this.#doubled.length * mark.length;
    if (size > max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: max });
  }

  #wait(window: ByteWindow, needed: number): 0 {
    this.#checkSize();
    window.short(needed);
    return 0;
  }
}

/** Escapes content as {@link SequenceMeasure} reads it. */
function doubleSequences(content: Buffer, { start, mark, align }: SequenceLayout): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  let added = 0;
  for (let at = content.indexOf(mark); at >= 0; ) {
    if ((start + at + added) % align !== 0) {
      at = content.indexOf(mark, at + 1);
      continue;
    }
    parts.push(content.subarray(from, at), mark);
    added += mark.length;
    from = at;
    at = content.indexOf(mark, at + mark.length);
  }
  parts.push(content.subarray(from));
  return Buffer.concat(parts);
}
