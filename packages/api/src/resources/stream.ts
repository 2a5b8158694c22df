/** The event stream: messages as they come. */
import { z } from 'zod';
import { deviceName, named, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** The header with which a reader that lost its stream names the last event that it has. Browsers send it by themselves. */
export const LAST_EVENT_ID = 'last-event-id';

export const eventSchema = named(
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
  scope: 'read',
  summary: 'Messages as they come, as server-sent events',
  description:
    'The data of each event is {"time","device","kind","values"}; kind is attributes, events, raw (values {"hex"}) or status (values {"status", "state", "code"}). ' +
    'Each event has an id. A reader that was away sends the last one as the header Last-Event-ID and gets what came since, or an event "reset" if that is no longer kept. ' +
    'A reader that is much too slow gets an event "missed" with the number of messages that it was not sent.',
  query: z.strictObject({ device: z.string().optional().describe('Only messages of this device.') }),
  headers: z.object({
    [LAST_EVENT_ID]: z.string().optional().describe('Id of the last event that the reader has.'),
  }),
  stream: { type: EVENT_STREAM_TYPE, item: eventSchema, description: 'Each event has this as its data.' },
  problems: [400, 404, 503],
});

export const tapEventSchema = named(
  'TapEvent',
  z.object({
    time,
    link: z.string().describe('Id of the link.'),
    device: deviceName.optional().describe('Absent until the device is known.'),
    what: z
      .enum(['received', 'sent', 'frame', 'message', 'refused', 'closed'])
      .describe(
        'received, sent: bytes on the wire. frame: what the framing made of them. message: what was published. refused: what was not. closed: the end of the link.',
      ),
    size: z.int().optional().describe('Bytes.'),
    hex: z
      .string()
      .optional()
      .describe('The first of the bytes, in hexadecimal. Tokens of Fairlead are masked.'),
    of: deviceName.optional().describe('Of a message: its device.'),
    kind: z.enum(['attributes', 'events', 'raw']).optional(),
    measured: time.optional().describe('Of a message: when it was measured.'),
    values: z.unknown().optional(),
    code: z.string().optional(),
    reason: z.string().optional(),
  }),
);
export type TapEventView = z.output<typeof tapEventSchema>;

export const openTap = operation({
  id: 'openTap',
  method: 'GET',
  path: `${API_BASE}/tap`,
  tag: 'stream',
  scope: 'read',
  summary: 'What happens on a link as it happens, as server-sent events',
  description:
    'The data of each event is one thing that was seen on the link. The stream of a link ends with the link; that of a device goes on when it connects again. A reader that is too slow gets an event "missed" with the number of events that it was not sent.',
  query: z.strictObject({ target: z.string().describe('Name of a device, or id of a link.') }),
  stream: { type: EVENT_STREAM_TYPE, item: tapEventSchema, description: 'Each event has this as its data.' },
  problems: [400, 404, 503],
});
