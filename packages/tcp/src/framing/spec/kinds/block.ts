import { z } from 'zod';
import { tcpErrors } from '../../../catalogue.ts';
import type { Measure } from '../../measure.ts';
import { hexOption } from '../../option-schemas.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { contentShape, whole } from '../parts/content.ts';
import { commonKeys, maxKey } from '../parts/keys.ts';
import { hexList } from '../parts/values.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z
    .literal('block')
    .describe('IEEE 488.2 blocks: # and digits give the size; a block with #0 ends with LF.'),
  ends: z
    .union([hexList, z.array(hexOption).max(0)])
    .prefault(['0a', '0d0a'])
    .describe(
      'The end of a block, in hex, or a list: one of them must follow. The first is sent. `[]`: nothing follows. Default 0a or 0d0a.',
    ),
  whole,
  max: maxKey,
});

/** Blocks as in IEEE 488.2, see {@link BlockMeasure}. */
export const blockKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { ends, max } = rule;
    const longest = [...ends].sort((a, b) => b.length - a.length);
    const measure = (): BlockMeasure => new BlockMeasure(longest, max);
    const wrap = (content: Buffer): Buffer => {
      const digits = String(content.length);
      return Buffer.concat([Buffer.from(`#${digits.length}${digits}`), content, ends[0] ?? NOTHING]);
    };
    return {
      ...contentShape({ ...rule, strip: [0, 0] }, 'block', measure, wrap),
      implied: [[{ at: 0, bytes: Buffer.from('#') }]],
      cost: max,
    };
  },
};

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const ZERO = 0x30;

/**
 *     '#' '1' '5'     a b c d e  END        one digit of length
 *     '#' '2' '1' '2' ............  END     two
 *     '#' '0'         .......  LF           as long as it takes; CR before LF belongs to the end
 */
class BlockMeasure implements Measure {
  head = 0;
  tail = 0;
  readonly #ends: readonly Buffer[];
  readonly #max: number;
  #searched = 2;

  /** @param ends longest first */
  constructor(ends: readonly Buffer[], max: number) {
    this.#ends = ends;
    this.#max = max;
  }

  measure(window: ByteWindow): number {
    if (window.length < 2) {
      window.short(window.length + 1);
      return 0;
    }
    const digits = window.at(1) - ZERO;
    if (digits < 0 || digits > 9) throw unreadable(window, 1, 2);
    return digits === 0 ? this.#indefinite(window) : this.#definite(window, digits);
  }

  content(window: ByteWindow, total: number): Buffer {
    return window.view(this.head, total - this.tail);
  }

  #definite(window: ByteWindow, digits: number): number {
    const head = 2 + digits;
    if (window.length < head) {
      window.short(head);
      return 0;
    }
    let size = 0;
    for (let i = 2; i < head; i++) {
      const one = window.at(i) - ZERO;
      if (one < 0 || one > 9) throw unreadable(window, 2, head);
      size = size * 10 + one;
    }
    this.#checkSize(size);
    const end = this.#endAt(window, head + size);
    if (end < 0) return 0;
    this.head = head;
    this.tail = end;
    return head + size + end;
  }

  #indefinite(window: ByteWindow): number {
    const at = window.find(LF, this.#searched, window.length);
    if (at < 0) {
      this.#searched = Math.max(2, window.length);
      // A CR may belong to the end.
      if (window.length - 3 > this.#max) this.#checkSize(window.length - 3);
      window.short(window.length + 1);
      return 0;
    }
    this.#searched = 2;
    this.head = 2;
    this.tail = at > 2 && window.at(at - 1) === 0x0d ? 2 : 1;
    this.#checkSize(at + 1 - this.tail - 2);
    return at + 1;
  }

  /** Bytes of the end at this place, or -1 if there are too few bytes to decide. */
  #endAt(window: ByteWindow, at: number): number {
    if (this.#ends.length === 0 && window.length >= at) return 0;
    let waits = window.length < at;
    for (const end of this.#ends) {
      const have = Math.min(end.length, Math.max(0, window.length - at));
      const same = window.length > at && window.view(at, at + have).equals(end.subarray(0, have));
      if (same && have === end.length) return end.length;
      if (same || have === 0) waits = true;
    }
    if (!waits)
      throw tcpErrors.error('FRAME_TRAILER_MISMATCH', {
        expected: this.#ends.map((end) => end.toString('hex')).join(' or '),
        found: window.view(at, Math.min(window.length, at + (this.#ends[0]?.length ?? 0))).toString('hex'),
      });
    window.short(window.length < at ? at + (this.#ends.at(-1)?.length ?? 0) : window.length + 1);
    return -1;
  }

  #checkSize(size: number): void {
    if (size > this.#max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: this.#max });
  }
}

function unreadable(window: ByteWindow, from: number, to: number): Error {
  return tcpErrors.error('FRAME_LENGTH_UNREADABLE', {
    found: window.view(from, to).toString('hex'),
    expected: 'decimal number',
  });
}
