import { z } from 'zod';
import { tcpLimits } from '../../../limits.ts';
import { JsonMeasure } from '../../json-measure.ts';
import { PlainEncoder } from '../../payload.ts';
import type { RuleKind } from '../kind.ts';
import { commonKeys, maxKey } from '../parts/keys.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z
    .literal('json')
    .describe(
      'JSON objects or arrays one after another, found by their brackets; white space between them is skipped.',
    ),
  max: maxKey,
});

/** The measure is that of the codec `json`. */
export const jsonKind: RuleKind<typeof schema> = {
  schema,
  shape({ max }, page) {
    const brackets = '{}[]"';
    if (
      page !== undefined &&
      !(page.encodable(brackets) && page.encode(brackets).equals(Buffer.from(brackets)))
    )
      throw new Error(`JSON is found by its brackets in ASCII, which ${page.name} writes as other bytes`);
    return {
      measure: () => new JsonMeasure(max, tcpLimits.values.jsonDepth),
      encoder: () => new PlainEncoder('json'),
      cost: max,
      nests: true,
    };
  },
  word: { alone: true },
};
