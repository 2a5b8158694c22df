/** The schema of conditions. */
import { z } from 'zod';

const text = z.string().max(65_536);
const flag = z.boolean();

/** A check has exactly one of these conditions. The modifiers can be added to it. */
export const conditionShape = {
  equal: text.describe('The message is this text.'),
  notEqual: text.describe('The message is not this text.'),
  contains: text.describe('The message contains this text.'),
  notContains: text.describe('The message does not contain this text.'),
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
  length: z
    .int()
    .nonnegative()
    .describe('The message has this number of characters (bytes, with on: bytes).'),
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
    ignoreCase: flag.optional().describe('Upper case and lower case are equal.'),
    trim: flag.optional().describe('White space at both ends of the message is ignored.'),
    on: z
      .enum(['text', 'bytes'])
      .optional()
      .describe('bytes: compare the received bytes; write the wanted bytes in hexadecimal.'),
  })
  .superRefine((value, context) => {
    const asked = conditionNames.filter((name) => value[name] !== undefined);
    if (asked.length === 1) return;
    const message =
      asked.length === 0
        ? `expected one condition, such as equal, contains, matches or larger`
        : `a check takes one condition; this one has ${asked.join(' and ')}`;
    context.addIssue({ code: 'custom', message });
  });
export type ConditionDefinition = z.output<typeof conditionSchema>;
