/** The live stream of a browser: topics whose values are sent when they change, and records as they come. */
import { z } from 'zod';
import { named, time } from '../fields.ts';
import { apiLimits } from '../limits.ts';
import { API_BASE, operation } from '../operation.ts';
import { EVENT_STREAM_TYPE, LAST_EVENT_ID } from './stream.ts';

const tag = 'stream';
const path = `${API_BASE}/live` as const;
const streamParams = z.strictObject({ id: z.string().describe('Of the stream, from its event "hello".') });
const topic = z.string().describe('In its one form: the query in the order of its keys.');
const number = z.int().describe('Number of a record in its topic.');
const topicList = z.array(z.string().max(2_000)).max(apiLimits.values.liveTopics);

const version = z.string().describe('Of the service.');

/** Every event; the name of the event is `event` here. */
const liveEventSchema = named(
  'LiveEvent',
  z.discriminatedUnion('event', [
    z.object({ event: z.literal('hello'), stream: z.string(), time, version, topics: z.array(topic) }),
    z.object({ event: z.literal('heartbeat'), time, version }),
    z.object({ event: z.literal('state'), topic, time, value: z.unknown() }),
    z.object({ event: z.literal('gone'), topic, time, code: z.string(), detail: z.string() }),
    z.object({ event: z.literal('records'), topic, from: number, to: number, records: z.array(z.unknown()) }),
    z.object({ event: z.literal('skipped'), topic, n: z.int(), from: number, to: number }),
    z.object({ event: z.literal('reset') }),
  ]),
);
export type LiveEventView = z.output<typeof liveEventSchema>;

const recordsSchema = named(
  'LiveRecords',
  z.object({ topic, from: number, to: number, records: z.array(z.unknown()) }),
);

export const live = {
  open: operation({
    id: 'openLive',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'Topics of the service as they change, as server-sent events',
    description:
      'The data of an event is the JSON of the schema without "event", which is its name. "state": the value of a topic. "gone": it has none, and why. "records": all records of a topic from number "from" to number "to". ' +
      '"skipped": records that were left out because there were too many; they can be loaded. "heartbeat": every 5 s. "reset": events are missing; all values follow again. ' +
      'After a lost connection, send the header Last-Event-ID and the same topics.',
    query: z.strictObject({
      topic: z
        .union([z.string().transform((one) => [one]), topicList])
        .default([])
        .describe('May be repeated.'),
    }),
    headers: z.object({ [LAST_EVENT_ID]: z.string().optional() }),
    stream: {
      type: EVENT_STREAM_TYPE,
      item: liveEventSchema,
      description: 'Each event has this as its data.',
    },
    problems: [400, 404, 503],
  }),
  setTopics: operation({
    id: 'setLiveTopics',
    method: 'PUT',
    path: `${path}/:id/topics`,
    tag,
    scope: 'read',
    summary: 'Choose the topics of a live stream',
    params: streamParams,
    body: z.strictObject({ topics: topicList }),
    response: { 200: z.object({ topics: z.array(topic) }) },
    problems: [400, 404, 503],
  }),
  records: operation({
    id: 'loadLiveRecords',
    method: 'GET',
    path: `${path}/:id/records`,
    tag,
    scope: 'read',
    summary: 'Load records of a topic that were skipped',
    description:
      'The answer has those of them that are still kept, up to a limit; its "from" and "to" say which.',
    params: streamParams,
    query: z.strictObject({
      topic: z.string(),
      from: z.coerce.number().int().positive(),
      to: z.coerce.number().int().positive(),
    }),
    response: { 200: recordsSchema },
    problems: [400, 404],
  }),
};
