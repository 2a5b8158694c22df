import { z } from 'zod';
import { tcpLimits } from '../../limits.ts';
import { limitOption, timeOption } from '../option-schemas.ts';
import type { RuleKind } from './kind.ts';
import { ruleKinds } from './rule-kinds.ts';

/*
 * A framing written down as data: the first rule that matches at the head of the buffer frames what comes next.
 *
 *     { "rules": [ { "name": "short", "match": { "bytes": "7878" }, "kind": "length", "offset": 2, "size": 1, ... },
 *                  { "name": "long",  "match": { "bytes": "7979" }, "kind": "length", "offset": 2, "size": 2, ... } ] }
 *
 * The descriptions of the keys are the reference in docs/framing.md.
 */

export const resyncSchema = z.strictObject({
  max: limitOption
    .default(tcpLimits.values.resync)
    .describe('Bytes that are passed over at most before a frame follows. Default 64 KiB.'),
});

/** The schema of specs whose rules are of these kinds. */
export function specSchemaOf<K extends RuleKind>(kinds: readonly K[]) {
  const schemas = kinds.map(({ schema }) => schema) as [K['schema'], ...K['schema'][]];
  const rules = z
    .array(z.discriminatedUnion('kind', schemas))
    .min(1)
    .max(tcpLimits.values.framingRules)
    .meta({ id: 'rules' });
  return z.strictObject({
    rules: rules.describe('A list of rules: the first that matches frames what comes next.'),
    sent: rules
      .optional()
      .describe(
        'Rules of what this side sends, where they are other ones. Default: those of what is received.',
      ),
    resync: resyncSchema
      .optional()
      .describe(
        '`{}` or `{"max": "64KiB"}`: bytes that follow no rule are passed over up to the next place that does, instead of ending the link.',
      ),
    frameTimeout: timeOption
      .optional()
      .describe(
        'Time that a begun frame may take: milliseconds, or 5s and the like. Then it is passed over, up to the next place where a frame begins. Default: as long as it takes.',
      ),
  });
}

/** The schema of a framing spec; `parseFraming` explains mistakes better. */
export const framingSpecSchema = specSchemaOf(ruleKinds);

/** A framing as data, as people write it. */
export type FramingSpec = z.input<typeof framingSpecSchema>;
