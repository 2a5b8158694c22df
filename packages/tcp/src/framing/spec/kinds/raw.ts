import { z } from 'zod';
import { tcpLimits } from '../../../limits.ts';
import { limitOption } from '../../option-schemas.ts';
import { PlainEncoder } from '../../payload.ts';
import { RawDecoder } from '../../raw.ts';
import type { RuleKind } from '../kind.ts';
import { commonKeys } from '../parts/keys.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('raw').describe('Bytes as they arrive.'),
  max: limitOption
    .default(tcpLimits.values.rawFrame)
    .describe('Largest piece; what arrives at once is cut into such pieces. Default 64 KiB.'),
});

/** No framing; the measure is that of the codec `raw`. */
export const rawKind: RuleKind<typeof schema> = {
  schema,
  shape: ({ max }) => ({ measure: () => new RawDecoder(max), encoder: () => new PlainEncoder('raw') }),
  word: { alone: true, number: 'max' },
};
