import { z } from 'zod';
import type { Measure } from '../../measure.ts';
import { limitOption } from '../../option-schemas.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { contentShape, contentStrip, whole } from '../parts/content.ts';
import { badEscape, Doubling } from '../parts/escape.ts';
import { checkedKeys, commonKeys, maxKey } from '../parts/keys.ts';
import { byHexByte, hexByte } from '../parts/values.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z
    .literal('doubled')
    .describe('A mark, a code that tells the size, and content in which the mark is doubled.'),
  byte: hexByte.describe('The mark, in hex.'),
  sizes: byHexByte(limitOption)
    .meta({ minProperties: 1 })
    .describe(
      'By the code after the mark, in hex: bytes of a frame, including mark and code, before doubling. Other codes do not match.',
    ),
  strip: contentStrip,
  whole,
  ...checkedKeys,
  max: maxKey,
});

/** Frames whose code tells the size of their content, see {@link DoubledMeasure}. */
export const doubledKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { byte, sizes, strip } = rule;
    if (sizes.size === 0) throw new Error('"sizes" is empty');
    const small = [...sizes.values()].some((size) => size < 2 + strip[0] + strip[1]);
    if (small) throw new Error('a frame has at least its mark and its code');
    if (sizes.has(byte)) throw new Error('the mark itself cannot be a code, because it would be doubled');
    const doubling = new Doubling(byte);
    const codes = [...sizes.keys()];
    const implied = [[{ at: 0, bytes: Buffer.from([byte]) }], [{ at: 1, set: codes }]];
    const measure = (): DoubledMeasure => new DoubledMeasure(byte, sizes);
    const wrap = (content: Buffer): Buffer =>
      Buffer.concat([content.subarray(0, 2), doubling.encode(content.subarray(2))]);
    return {
      ...contentShape(rule, 'doubled', measure, wrap, implied),
      implied,
      cost: 2 * Math.max(...sizes.values()),
    };
  },
};

/**
 *     MARK CODE .. MARK MARK ..      as many bytes as the code says, counting each pair once
 *     1a   33   .. 1a   1a   ..
 */
class DoubledMeasure implements Measure {
  readonly head = 0;
  readonly tail = 0;
  readonly #byte: number;
  readonly #doubling: Doubling;
  readonly #sizes: ReadonlyMap<number, number>;
  #at = 2;
  /** Bytes of content before `#at`. */
  #size = 2;

  constructor(byte: number, sizes: ReadonlyMap<number, number>) {
    this.#byte = byte;
    this.#doubling = new Doubling(byte);
    this.#sizes = sizes;
  }

  get looked(): number {
    return this.#at;
  }

  measure(window: ByteWindow): number {
    if (window.length < 2) {
      window.short(2);
      return 0;
    }
    const wanted = this.#sizes.get(window.at(1)) ?? 2;
    while (this.#size < wanted) {
      const most = this.#at + wanted - this.#size;
      const found = window.find(this.#byte, this.#at, Math.min(window.length, most));
      const to = found < 0 ? Math.min(window.length, most) : found;
      this.#size += Math.max(0, to - this.#at);
      this.#at = Math.max(this.#at, to);
      if (found < 0) {
        if (this.#size < wanted) {
          window.short(window.length + 1); // each byte may show that this is no frame
          return 0;
        }
      } else if (found + 1 >= window.length) {
        window.short(found + 2);
        return 0;
      } else {
        if (window.at(found + 1) !== this.#byte) throw badEscape(window, found, found + 2);
        this.#at = found + 2;
        this.#size++;
      }
    }
    const total = this.#at;
    this.#at = this.#size = 2;
    return total;
  }

  content(window: ByteWindow, total: number): Buffer {
    const rest = this.#doubling.decode(window, 2, total);
    // Without pairs, the frame equals the bytes on the wire.
    return rest.length === total - 2 ? window.view(0, total) : Buffer.concat([window.view(0, 2), rest]);
  }
}
