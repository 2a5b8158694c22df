/** The history of values of devices. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { deviceParams, moment, named, pageSize, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const sampleSchema = named(
  'HistorySample',
  z.object({
    time,
    values: z.record(z.string(), z.unknown()).describe('The values of a message, or the one asked for.'),
  }),
);
export type HistorySampleView = z.output<typeof sampleSchema>;

const bucketSchema = named(
  'HistoryBucket',
  z.object({
    field: z.string(),
    time: time.describe('Start of the interval, a multiple of "every".'),
    count: z.int().describe('Values in the interval.'),
    min: z.number().optional().describe('Of the values that are numbers; absent if none is.'),
    max: z.number().optional(),
    mean: z.number().optional(),
    last: z.unknown().describe('The last value; absent if it is too long.'),
  }),
);
export type HistoryBucketView = z.output<typeof bucketSchema>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LONGEST = 7 * 24 * HOUR;

/** Intervals that buckets of minutes and of hours can be joined to. */
const interval = durationOption.refine(
  (ms) => (ms < HOUR ? ms >= MINUTE && ms % MINUTE === 0 : ms % HOUR === 0 && ms <= LONGEST),
  'expected whole minutes below an hour, or whole hours up to 7d',
);

const next = z
  .string()
  .optional()
  .describe('There may be more: "after" of the next page. A page may have fewer entries than asked for.');

const rangeQuery = {
  field: z.string().optional().describe('Only this field, a key at the top level of the values.'),
  from: moment.default('1h').describe('Start of the range: RFC 3339, or an age such as 1h.'),
  to: moment
    .default('now')
    .describe('End of the range, which is not part of it: RFC 3339, an age such as 5m, or now.'),
  limit: pageSize.describe('Most entries in the answer.'),
  after: z
    .string()
    .regex(/^-?\d{1,16}\.\d{1,16}$/, 'expected the "next" of a page')
    .optional()
    .describe('"next" of the page before; "from" is then not used.'),
};

export const history = {
  samples: operation({
    id: 'listHistory',
    method: 'GET',
    path: `${API_BASE}/devices/:name/history`,
    tag: 'devices',
    scope: 'read',
    summary: 'List the values of a device as they came, the oldest first',
    description:
      'Messages with attributes, which are kept for hours. Of messages with the same keys within 100 ms the last one is kept.',
    params: deviceParams,
    query: z.strictObject(rangeQuery),
    response: { 200: named('HistorySamples', z.object({ items: z.array(sampleSchema), next })) },
    problems: [400, 404, 409],
  }),
  buckets: operation({
    id: 'listHistoryBuckets',
    method: 'GET',
    path: `${API_BASE}/devices/:name/history/buckets`,
    tag: 'devices',
    scope: 'read',
    summary: 'List minimum, maximum, mean, count and last value of each field of a device over intervals',
    description: 'The oldest first. Intervals begin at multiples of their length, counted from 1970.',
    params: deviceParams,
    query: z.strictObject({
      ...rangeQuery,
      every: interval
        .default(MINUTE)
        .describe(
          'Length of the intervals: whole minutes below an hour, or whole hours up to 7d. Default: 1m.',
        ),
    }),
    response: { 200: named('HistoryBuckets', z.object({ items: z.array(bucketSchema), next })) },
    problems: [400, 404, 409],
  }),
};
