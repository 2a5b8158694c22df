/** The event stream: messages as they come. */
import { z } from 'zod';
import { deviceName, named, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

export const EVENT_STREAM_TYPE = 'text/event-stream';

const eventSchema = named(
  'StreamEvent',
  z.object({
    time,
    device: deviceName,
    kind: z.enum(['attributes', 'events', 'raw', 'status']),
    values: z.unknown(),
  }),
);
export type StreamEvent = z.output<typeof eventSchema>;

export const openStream = operation({
  id: 'openStream',
  method: 'GET',
  path: `${API_BASE}/stream`,
  tag: 'stream',
  summary: 'Messages as they come, as server-sent events',
  description:
    'The data of each event is {"time","device","kind","values"}; kind is attributes, events, raw (values {"hex"}) or status (values {"status"}). ' +
    'A reader that is too slow gets an event "missed" with the number of messages that it was not sent.',
  query: z.strictObject({ device: z.string().optional().describe('Only messages of this device.') }),
  stream: { type: EVENT_STREAM_TYPE, item: eventSchema, description: 'Each event has this as its data.' },
  problems: [400, 404, 503],
});
