import { z } from 'zod';
import { tcpLimits } from '../../../limits.ts';
import { binaryField } from '../../length-field.ts';
import { type LengthLayout, LengthMeasure, plainLength } from '../../length-measure.ts';
import { limitOption } from '../../option-schemas.ts';
import { PlainEncoder } from '../../payload.ts';
import type { RuleKind } from '../kind.ts';
import { commonKeys } from '../parts/keys.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('tp').describe('Whole packets of the official protocol, header and payload.'),
  max: limitOption.default(tcpLimits.values.frame).describe('Largest payload. Default 1 MiB.'),
});

const HEADER = 8;

/**
 *     'T' 'P' TYPE COMMAND LENGTH (4) PAYLOAD      delivered whole; the codec `tp` delivers them taken apart
 */
export const tpKind: RuleKind<typeof schema> = {
  schema,
  shape({ max }) {
    const layout: LengthLayout = {
      fields: [binaryField(4, 4, false)],
      fromStart: false,
      adjust: 0,
      flag: undefined,
      magic: Buffer.from('TP'),
      endsWith: Buffer.alloc(0),
      head: 0,
      tail: 0,
      min: 0,
      max: max + HEADER,
    };
    return {
      plain: plainLength(layout),
      anchored: true,
      measure: () => new LengthMeasure(layout),
      encoder: () => new PlainEncoder('tp'),
    };
  },
  word: { alone: true },
};
