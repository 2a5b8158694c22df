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
    .describe('Most bytes that are skipped before the next frame. Default 64 KiB.'),
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
    rules: rules.describe('A list of rules: the first that matches frames the next bytes.'),
    sent: rules.optional().describe('The rules of what this side sends. Default: the same as "rules".'),
    resync: resyncSchema
      .optional()
      .describe(
        '`{}` or `{"max": "64KiB"}`: bytes that no rule matches are skipped up to the next place where a rule matches, instead of ending the link.',
      ),
    frameTimeout: timeOption
      .optional()
      .describe(
        'Time in which a frame must be complete: milliseconds, or a time such as 5s. After that, its bytes are skipped up to the next place where a frame begins. Default: no limit.',
      ),
    silence: timeOption
      .optional()
      .describe(
        'A silence that ends a begun frame: after so many milliseconds without a byte, or a time such as 50ms, the bytes of an incomplete frame are skipped. For protocols that separate frames by pauses, such as Modbus RTU. Default: none.',
      ),
  });
}

/** The schema of a framing spec; `parseFraming` explains mistakes better. */
export const framingSpecSchema = specSchemaOf(ruleKinds);

/** A framing as data, as people write it. */
export type FramingSpec = z.input<typeof framingSpecSchema>;
