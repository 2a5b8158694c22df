import { z } from 'zod';
import { tcpErrors } from '../../../catalogue.ts';
import type { Measure } from '../../measure.ts';
import { timeOption } from '../../option-schemas.ts';
import { PlainEncoder } from '../../payload.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { commonKeys, maxKey } from '../parts/keys.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('silence').describe('Bytes up to a silence, or up to the close.'),
  idleMs: timeOption
    .default(50)
    .describe('How long the line must be silent: milliseconds, or a time such as 1s. Default 50 ms.'),
  max: maxKey,
});

/** Frames that end with silence or with the close. */
export const silenceKind: RuleKind<typeof schema> = {
  schema,
  shape: ({ max, idleMs }) => ({
    measure: () => new SilenceMeasure(max),
    encoder: () => new PlainEncoder('silence'),
    idleMs,
    cost: max,
  }),
};

class SilenceMeasure implements Measure {
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  measure(window: ByteWindow): number {
    const have = window.length;
    if (have > this.#max) throw tcpErrors.error('FRAME_TOO_LARGE', { size: have, limit: this.#max });
    window.short(have + 1);
    return 0;
  }

  finish(window: ByteWindow): number {
    return window.length;
  }
}
