/** Rules as people write them, in YAML or JSON. The published JSON Schema comes from here. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { type ConditionDefinition, conditionSchema } from '../match/schema.ts';
import { secondsOption } from '../seconds.ts';

const text = z.string().max(65_536);
const flag = z.boolean();

const ITERATIONS = 'expected a whole number from 1, or forever (-1)';
const iterations = z
  .union([z.literal('forever'), z.int().refine((n) => n === -1 || n >= 1, { error: ITERATIONS })], {
    error: () => ITERATIONS,
  })
  .transform((value) => (value === 'forever' || value === -1 ? Number.POSITIVE_INFINITY : value));

const common = {
  name: z.string().min(1).max(200).describe('Shown in the output. Default: generated from the rule.'),
  key: z.string().min(1).max(200).describe('Adds the message to the result list under this key.'),
  keyFormat: flag.describe('The key is a number format: D2 gives 01, 02, ...'),
  fire: flag.describe('Fires the trigger with this message, then clears the result list.'),
  exit: z
    .enum(['success', 'failure'])
    .describe('Ends the exchange after this rule and the rules below it, and closes the connection.'),
};

const sendShape = {
  send: z
    .union([text, z.strictObject({ hex: text })], {
      error: () => 'expected a text, or {hex: "02 41 0D"} for bytes',
    })
    .describe('What to send: text with {{variables}} and escapes, or bytes in hexadecimal.'),
  ...z
    .object({
      ...common,
      iterations: iterations.describe('Repetitions, with all rules below it. forever or -1: without end.'),
      delayBefore: durationOption.describe('Wait before sending: 500ms, 2s, or milliseconds.'),
      delayAfter: durationOption.describe('Wait after sending: 500ms, 2s, or milliseconds.'),
    })
    .partial().shape,
};

const receiveShape = {
  receive: z
    .union([z.null(), secondsOption], {
      error: () =>
        'expected seconds to wait, a duration such as 500ms, 0 (until the socket closes), or nothing for the timeout of the connection',
    })
    .describe(
      'Waits for a message. Empty or -1: the timeout of the connection; 0: until the socket closes; else seconds or a duration.',
    ),
  ...z
    .object({
      ...common,
      iterations: iterations.describe('Repetitions, with all rules below it. forever or -1: without end.'),
    })
    .partial().shape,
};

const checkShape = {
  check: z
    .union([z.literal('otherwise'), conditionSchema])
    .describe(
      'Condition on the message of the rule above. otherwise: always met, for the last branch of a group.',
    ),
  ...z
    .object({
      ...common,
      group: z
        .int()
        .nonnegative()
        .describe(
          'Of the checks with the same group in one list, only the first that is met runs. 0: no group.',
        ),
    })
    .partial().shape,
};

export const kinds = ['send', 'receive', 'check'] as const;
export type Kind = (typeof kinds)[number];
const below = { rules: z.array(z.unknown()).optional() };

/**
 * One rule without the rules below it, by its kind. The compiler checks rules with it, level by level. The condition of a
 * check is validated separately, so that a mistake in it has its own position.
 */
export const ruleSchemas = {
  send: z.strictObject({ ...sendShape, ...below }),
  receive: z.strictObject({ ...receiveShape, ...below }),
  check: z.strictObject({ ...checkShape, check: z.unknown(), ...below }),
} as const;

const ofLevel = 'Rules that run after this one, each time it runs.';
const anyRule: z.ZodType = z.union([
  z.literal('receive').describe('A receive without options.'),
  z.strictObject({
    ...sendShape,
    get rules() {
      return z.array(anyRule).optional().describe(ofLevel);
    },
  }),
  z.strictObject({
    ...receiveShape,
    get rules() {
      return z.array(anyRule).optional().describe(ofLevel);
    },
  }),
  z.strictObject({
    ...checkShape,
    get rules() {
      return z.array(anyRule).optional().describe(ofLevel);
    },
  }),
]);

/** The keys of a file of rules, all but `rules` for people and for `fairlead task run FILE`. */
export const fileSchema = z.strictObject({
  $schema: z.string().optional().describe('URL of this schema, for editors.'),
  name: z.string().optional(),
  description: z.string().optional(),
  connection: z
    .union([z.string(), z.looseObject({})])
    .optional()
    .describe('Name of a saved connection, or its fields.'),
  group: z.string().max(64).optional().describe('Group in lists, if it is saved.'),
  enabled: z.boolean().optional().describe('For a saved trigger: whether it starts with the service.'),
  rules: z.array(z.unknown()).describe('The tree of rules.'),
});

/** The published JSON Schema of a file of rules. */
export function rulesJsonSchema(): object {
  const whole = fileSchema.extend({ rules: z.array(anyRule).describe('The tree of rules.') });
  return {
    ...z.toJSONSchema(whole, { io: 'input' }),
    $id: 'https://fairlead.dev/schemas/rules.schema.json',
    title: 'Fairlead rules',
  };
}

/** A rule as it is written. */
export interface RuleDefinition {
  readonly send?: string | { readonly hex: string };
  readonly receive?: number | string | null;
  readonly check?: 'otherwise' | ConditionDefinition;
  readonly name?: string;
  readonly key?: string;
  readonly keyFormat?: boolean;
  readonly fire?: boolean;
  readonly exit?: 'success' | 'failure';
  readonly iterations?: number | 'forever';
  readonly delayBefore?: number | string;
  readonly delayAfter?: number | string;
  readonly group?: number;
  readonly rules?: readonly (RuleDefinition | 'receive')[];
}

/** A file of rules as it is written. */
export interface RulesDefinition {
  readonly name?: string;
  readonly description?: string;
  readonly connection?: string | Readonly<Record<string, unknown>>;
  readonly rules: readonly (RuleDefinition | 'receive')[];
}
