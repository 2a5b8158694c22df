/** Rules as people write them, in YAML or JSON. The published JSON Schema comes from here. */
import { durationOption } from '@fairlead/tcp';
import { z } from 'zod';

const text = z.string().max(65_536);
const flag = z.boolean();

/** Exactly one of these says what a check asks; the modifiers stand beside it. */
export const conditionShape = {
  equal: text.describe('The message is this text.'),
  notEqual: text.describe('The message is not this text.'),
  contains: text.describe('The text stands somewhere in the message.'),
  notContains: text.describe('The text stands nowhere in the message.'),
  startsWith: text.describe('The message begins with this text.'),
  notStartsWith: text.describe('The message does not begin with this text.'),
  endsWith: text.describe('The message ends with this text.'),
  notEndsWith: text.describe('The message does not end with this text.'),
  matches: text.describe('The regular expression (RE2) matches somewhere in the message.'),
  notMatches: text.describe('The regular expression (RE2) matches nowhere in the message.'),
  larger: z.number().describe('The message is a number above this one.'),
  largerOrEqual: z.number().describe('The message is a number, this one or above.'),
  smaller: z.number().describe('The message is a number below this one.'),
  smallerOrEqual: z.number().describe('The message is a number, this one or below.'),
  number: z.number().describe('The message is this number, however it is written.'),
  notNumber: z.number().describe('The message is not this number.'),
  length: z.int().nonnegative().describe('The message has so many characters (bytes, with on: bytes).'),
  notLength: z.int().nonnegative().describe('The message has another number of characters.'),
  longer: z.int().nonnegative().describe('The message has more characters.'),
  shorter: z.int().nonnegative().describe('The message has fewer characters.'),
  empty: flag.describe('true: the message is empty; false: it is not.'),
} as const;
export type ConditionName = keyof typeof conditionShape;
export const conditionNames = Object.keys(conditionShape) as ConditionName[];

export const conditionSchema = z
  .strictObject({
    ...z.object(conditionShape).partial().shape,
    ignoreCase: flag.optional().describe('Capital and small letters are the same.'),
    trim: flag.optional().describe('Blanks and line ends around the message do not count.'),
    on: z
      .enum(['text', 'bytes'])
      .optional()
      .describe('bytes: compare the bytes as they came; what to look for is written in hexadecimal.'),
  })
  .superRefine((value, context) => {
    const asked = conditionNames.filter((name) => value[name] !== undefined);
    if (asked.length === 1) return;
    const message =
      asked.length === 0
        ? `expected one condition, such as equal, contains, matches or larger`
        : `only one condition has a place in a check; here are ${asked.join(' and ')}`;
    context.addIssue({ code: 'custom', message });
  });
export type ConditionDefinition = z.output<typeof conditionSchema>;

const ITERATIONS = 'expected a whole number from 1, or forever (-1)';
const iterations = z
  .union([z.literal('forever'), z.int().refine((n) => n === -1 || n >= 1, { error: ITERATIONS })], {
    error: () => ITERATIONS,
  })
  .transform((value) => (value === 'forever' || value === -1 ? Number.POSITIVE_INFINITY : value));

const common = {
  name: z.string().min(1).max(200).describe('Shown in the output; made from the rule if absent.'),
  key: z.string().min(1).max(200).describe('Puts the message into the result list under this key.'),
  keyFormat: flag.describe('The key is a format of numbers: D2 gives 01, 02, ...'),
  fire: flag.describe('Fires the trigger with this message; the result list is cleared after.'),
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
      iterations: iterations.describe('How often, with all rules below it; forever or -1: without an end.'),
      delayBefore: durationOption.describe('Wait before sending: 500ms, 2s, or milliseconds.'),
      delayAfter: durationOption.describe('Wait after sending: 500ms, 2s, or milliseconds.'),
    })
    .partial().shape,
};

/** Plain numbers are seconds, as operators of such rules are used to. Output: milliseconds, 0 or -1. */
export const patience = z.union([z.number(), z.string()]).transform((value, context) => {
  if (typeof value === 'number' && (value === -1 || value >= 0)) return value > 0 ? value * 1_000 : value;
  const duration = durationOption.safeParse(value);
  if (typeof value === 'string' && duration.success) return duration.data;
  context.addIssue({ code: 'custom', message: 'not a time to wait' });
  return z.NEVER;
});

const receiveShape = {
  receive: z
    .union([z.null(), patience], {
      error: () =>
        'expected seconds to wait, a duration such as 500ms, 0 (until the socket closes), or nothing for the timeout of the connection',
    })
    .describe(
      'Waits for a message: nothing or -1 for as long as the connection says, 0 until the socket closes, else seconds or a duration.',
    ),
  ...z
    .object({
      ...common,
      iterations: iterations.describe('How often, with all rules below it; forever or -1: without an end.'),
    })
    .partial().shape,
};

const checkShape = {
  check: z
    .union([z.literal('otherwise'), conditionSchema])
    .describe('What the message above must be like; otherwise: anything, the last branch of a group.'),
  ...z
    .object({
      ...common,
      group: z
        .int()
        .nonnegative()
        .describe(
          'Of the checks of one group in the same list only the first that matches is processed; 0: none.',
        ),
    })
    .partial().shape,
};

export const kinds = ['send', 'receive', 'check'] as const;
export type Kind = (typeof kinds)[number];
const below = { rules: z.array(z.unknown()).optional() };

/**
 * One rule without the rules below it, by its kind: what a check of rules goes by, level by level. What a check asks is
 * looked at on its own, so that a mistake in it is told where it stands.
 */
export const ruleSchemas = {
  send: z.strictObject({ ...sendShape, ...below }),
  receive: z.strictObject({ ...receiveShape, ...below }),
  check: z.strictObject({ ...checkShape, check: z.unknown(), ...below }),
} as const;

const ofLevel = 'Rules below this one: they run after it, each time it runs.';
const anyRule: z.ZodType = z.union([
  z.literal('receive').describe('A receive with nothing to say about it.'),
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
  $schema: z.string().optional().describe('Where an editor finds this schema.'),
  name: z.string().optional(),
  description: z.string().optional(),
  connection: z
    .union([z.string(), z.looseObject({})])
    .optional()
    .describe('Name of a saved connection, or its fields.'),
  group: z.string().max(64).optional().describe('For ordering in lists, where it is saved.'),
  enabled: z.boolean().optional().describe('Of a trigger that is saved: whether it starts with the service.'),
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
