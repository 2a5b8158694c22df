import { z } from 'zod';
import { FixedDecoder } from '../../fixed.ts';
import type { Measure } from '../../measure.ts';
import { limitOption, stripOption } from '../../option-schemas.ts';
import type { RuleKind } from '../kind.ts';
import { BlueprintEncoder, tailParts } from '../parts/blueprint.ts';
import { Checks } from '../parts/checks.ts';
import { checkedKeys, commonKeys, endsWithKey } from '../parts/keys.ts';
import { Matcher } from '../parts/match.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('fixed').describe('Always the same number of bytes.'),
  size: limitOption.describe('Bytes of a frame on the wire.'),
  endsWith: endsWithKey,
  strip: stripOption
    .optional()
    .describe('Bytes to strip: head, or [head, tail]. Default: "endsWith". 0: nothing.'),
  ...checkedKeys,
});

/** Frames that all have the same size; the measure is that of the codec `fixed`. */
export const fixedKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { size, endsWith } = rule;
    const [head, tail] = rule.strip ?? [0, endsWith?.length ?? 0];
    if (head + tail > size || (endsWith?.length ?? 0) > size)
      throw new Error(`a frame has ${size} bytes only`);
    const measure = (): Measure => new FixedDecoder(size);
    return {
      head,
      tail,
      endsWith,
      measure,
      decided: 0,
      plain: {
        ...{ prefix: NOTHING, offset: 0, size: 0, little: false, mask: 0, shift: 0 },
        ...{ add: size, min: size, max: size },
      },
      encoder: () =>
        new BlueprintEncoder({
          kind: 'fixed',
          matcher: Matcher.of(rule.match),
          head,
          tail: tailParts(tail, endsWith),
          endsWith,
          check: Checks.of(rule),
          measure,
        }),
    };
  },
  word: { alone: false, number: 'size' },
};

const NOTHING = Buffer.alloc(0);
