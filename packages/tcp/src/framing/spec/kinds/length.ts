import { z } from 'zod';
import type { LengthField } from '../../length-field.ts';
import { decidedBy, fixedHeader, LengthMeasure, plainLength } from '../../length-measure.ts';
import { MEASURED, type Measure } from '../../measure.ts';
import { hexOption, stripOption } from '../../option-schemas.ts';
import { PlainEncoder } from '../../payload.ts';
import type { RuleKind } from '../kind.ts';
import { BlueprintEncoder, tailParts } from '../parts/blueprint.ts';
import { Checks } from '../parts/checks.ts';
import { CompletingEncoder } from '../parts/completing.ts';
import { checkedKeys, commonKeys, endsWithKey, maxKey } from '../parts/keys.ts';
import { checkField, layoutOfKeys, lengthForms, lengthKeys } from '../parts/length-keys.ts';
import { Matcher } from '../parts/match.ts';

const schema = z
  .strictObject({
    ...commonKeys,
    kind: z.literal('length').describe('A length field tells the size.'),
    ...lengthKeys,
    magic: hexOption
      .optional()
      .describe('What each frame begins with, in hex. Any other head closes the link. Default: "match".'),
    endsWith: endsWithKey,
    strip: stripOption
      .optional()
      .describe(
        'Bytes to strip: head, or [head, tail]. Default: everything up to the end of the length field, and "endsWith". 0: nothing.',
      ),
    complete: z
      .boolean()
      .default(false)
      .describe(
        'With "strip": 0. True: when sending, the length and the checksum are written into the message, which has other bytes there; the header before them may vary. Default false: the message is sent as it is.',
      ),
    ...checkedKeys,
    max: maxKey,
  })
  .superRefine(checkField)
  .meta(lengthForms);

/** Frames with one or several length fields, see {@link LengthMeasure}. */
export const lengthKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { strip, endsWith, max, magic } = rule;
    const [head, tail] = strip ?? [MEASURED, endsWith?.length ?? 0];
    const layout = layoutOfKeys(rule, { magic, endsWith, head, tail, max });
    if (magic !== undefined && magic.length > (layout.fields[0] as LengthField).offset)
      throw new Error('"magic" of the rule must end where the length field begins or before: raise "offset"');
    const measure = (): Measure => new LengthMeasure(layout);
    const field = layout.fields.length === 1 && layout.flag === undefined ? layout.fields[0] : undefined;
    const shape = {
      head: head === MEASURED ? (fixedHeader(layout) ?? MEASURED) : head,
      tail,
      endsWith,
      measure,
      plain: plainLength(layout),
      decided: decidedBy(layout),
      anchored: magic !== undefined,
    };
    if (rule.complete) {
      if (head !== 0 || tail !== 0) throw new Error('"complete" goes with "strip": 0');
      if (field === undefined) throw new Error('"complete" goes with one length field');
      const { fromStart, adjust } = layout;
      const check = Checks.of(rule);
      return { ...shape, encoder: () => new CompletingEncoder({ field, fromStart, adjust, check, measure }) };
    }
    if (head === 0 && tail === 0) return { ...shape, encoder: () => new PlainEncoder('length') };
    return {
      ...shape,
      encoder: () =>
        new BlueprintEncoder({
          kind: 'length',
          matcher: Matcher.of(rule.match, magic === undefined ? [] : [[{ at: 0, bytes: magic }]]),
          head: shape.head,
          tail: tailParts(tail, endsWith),
          endsWith,
          check: Checks.of(rule),
          field: field !== undefined && shape.head !== 0 ? field : undefined,
          fromStart: layout.fromStart,
          adjust: layout.adjust,
          measure,
        }),
    };
  },
  word: { alone: false, number: 'size', most: 8 },
};
