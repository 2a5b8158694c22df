/** Conditions as people write them. */
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
