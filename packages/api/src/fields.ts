/** Schemas of fields that several resources have. */
import { z } from 'zod';
import { apiLimits } from './limits.ts';
import { parseMoment } from './moment.ts';

/** Gives a schema its name in the OpenAPI document, where generated clients find it as a type. */
export function named<S extends z.ZodType>(id: string, schema: S): S {
  return schema.meta({ ...schema.meta(), id }) as S;
}

export const time = z.string().describe('RFC 3339 in UTC with milliseconds.');
export const deviceName = z.string().describe('Name of the device.');
export const protocol = z
  .string()
  .describe(
    'Name of a protocol that the service speaks: official, custom, or profile for devices that a named profile describes from the first byte.',
  );

export const revision = z
  .int()
  .describe('Number of the latest change. It is the ETag, too; a change sends it as If-Match.');

/** Values for the parameters of a profile. */
export const parameters = z
  .record(z.string(), z.unknown())
  .describe(
    'Values for the parameters that the profile declares. Text is read as the type of its parameter: "3" is a number where one is expected.',
  );

/** Name of a user or of a token. */
export const accessName = z.string().describe('1 to 64 letters, digits, ".", "_", "@" and "-".');

/** A moment in a query; the service reads it with `parseMoment`. */
export const moment = z
  .string()
  .refine(
    (text) => parseMoment(text, 0) !== undefined,
    'expected a time such as 2026-03-01T09:30:00Z, or an age such as 15m, 24h or 7d',
  );

/** The two ends of a time range in the query of a list. */
export const timeRange = (what: string) => ({
  since: moment
    .optional()
    .describe(`Only ${what} at this time or later: RFC 3339, or an age such as 15m, 24h or 7d.`),
  until: moment.optional().describe(`Only ${what} before this time.`),
});

/** A flag in the query: `?cascade` and `?cascade=true` set it. */
export const flag = z
  .enum(['', 'true', 'false', '1', '0'])
  .optional()
  .transform((text) => text === '' || text === 'true' || text === '1');

/** Which entries of a list are wanted; see `filter/parse.ts`. */
export const filterText = z
  .string()
  .optional()
  .describe(
    'Only entries that match: FIELD:VALUE, all of several terms; -FIELD:VALUE negates, A,B are alternatives, > and < compare, * stands for any text.',
  );

/** How many entries of a list are wanted. */
export const pageSize = z.coerce
  .number()
  .int()
  .min(1)
  .max(apiLimits.values.page)
  .default(apiLimits.values.pageDefault);

export const secrets = flag.describe(
  'Show bodies, names and keys of rules, and the texts of messages; without it they are masked.',
);
/** Beside a query with `secrets`: who may see them. */
export const raisedBySecrets = { secrets: 'admin' } as const;
export const secretsQuery = z.strictObject({ secrets });
export const deviceParams = z.strictObject({ name: deviceName });

/** The answer of an operation that has nothing to say. */
export const nothing = (description: string) => z.undefined().describe(description);
