import { z } from 'zod';
import { tcpErrors } from '../../../catalogue.ts';
import { FixedDecoder } from '../../fixed.ts';
import { LengthMeasure } from '../../length-measure.ts';
import type { Measure } from '../../measure.ts';
import { limitOption, stripOption } from '../../option-schemas.ts';
import { PlainEncoder } from '../../payload.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { BlueprintEncoder, tailParts } from '../parts/blueprint.ts';
import { Checks } from '../parts/checks.ts';
import { checkedKeys, commonKeys, endsWithKey, maxKey } from '../parts/keys.ts';
import { layoutOfKeys, tableLengthSchema } from '../parts/length-keys.ts';
import { Matcher } from '../parts/match.ts';
import { byHexByte, offset } from '../parts/values.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('table').describe('A code byte tells the size, or where the length field is.'),
  at: offset.default(0).describe('Bytes before the code. Default 0.'),
  sizes: byHexByte(z.union([limitOption, tableLengthSchema]))
    .meta({ minProperties: 1 })
    .describe(
      'By code, in hex: the size of a frame in bytes, or the keys of a length field as in kind length. Other codes do not match.',
    ),
  endsWith: endsWithKey,
  strip: stripOption
    .optional()
    .describe('Bytes to strip: head, or [head, tail]. Default: "endsWith". 0: nothing.'),
  ...checkedKeys,
  max: maxKey,
});

/**
 *     .. CODE ..      the code at a fixed place determines the size, or the place of the length field
 */
export const tableKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { at, sizes, endsWith, max } = rule;
    const [head, tail] = rule.strip ?? [0, endsWith?.length ?? 0];
    const measures = Array.from(sizes, ([code, size]): [number, () => Measure] => {
      if (typeof size === 'number') {
        if (size <= at || size < head + tail)
          throw new Error(
            `a frame of ${size} bytes has no room for its code, or for what is stripped from it`,
          );
        return [code, () => new FixedDecoder(size)];
      }
      const layout = layoutOfKeys(size, { endsWith, head, tail, max });
      return [code, () => new LengthMeasure(layout)];
    });
    if (measures.length === 0) throw new Error('"sizes" is empty');
    const measure = (): Measure =>
      new TableMeasure(at, new Map(measures.map(([code, make]) => [code, make()])));
    const shape = { head, tail, endsWith, measure, implied: [[{ at, set: [...sizes.keys()] }]] };
    if (head === 0 && tail === 0) return { ...shape, encoder: () => new PlainEncoder('table') };
    return {
      ...shape,
      encoder: () =>
        new BlueprintEncoder({
          kind: 'table',
          matcher: Matcher.of(rule.match),
          head,
          tail: tailParts(tail, endsWith),
          endsWith,
          check: Checks.of(rule),
          measure,
        }),
    };
  },
};

/** The code chooses the measure of the frame. */
class TableMeasure implements Measure {
  readonly #at: number;
  readonly #byCode: ReadonlyMap<number, Measure>;

  constructor(at: number, byCode: ReadonlyMap<number, Measure>) {
    this.#at = at;
    this.#byCode = byCode;
  }

  measure(window: ByteWindow): number {
    if (window.length <= this.#at) {
      window.short(this.#at + 1);
      return 0;
    }
    const measure = this.#byCode.get(window.at(this.#at));
    if (measure === undefined)
      throw tcpErrors.error('FRAME_NO_RULE', { found: window.view(0, this.#at + 1).toString('hex') });
    return measure.measure(window);
  }
}
