/** Messages of devices. */
import { z } from 'zod';
import { deviceName, deviceParams, filterText, named, pageSize, time, timeRange } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'devices';
const path = `${API_BASE}/devices/:name` as const;

const kind = z.enum(['attributes', 'events', 'raw']);

const messageSchema = named(
  'Message',
  z.object({
    id: z.int(),
    device: deviceName,
    kind,
    time,
    values: z
      .unknown()
      .describe(
        'For raw {"hex": ...}; for a message too long to be kept whole {"cut": ...}; for one that is not JSON, or nested too deeply, {"text": ...}.',
      ),
    size: z.int().describe('Bytes of the whole message; a long one is kept cut.'),
  }),
);
export type MessageView = z.output<typeof messageSchema>;

export const messages = {
  list: operation({
    id: 'listMessages',
    method: 'GET',
    path: `${path}/messages`,
    tag,
    scope: 'read',
    summary: 'List the messages of a device, newest first',
    params: deviceParams,
    query: z.strictObject({
      limit: pageSize.describe('Most messages in the answer.'),
      kind: kind.optional(),
      filter: filterText,
      ...timeRange('messages measured'),
      before: z.coerce
        .number()
        .int()
        .positive()
        .optional()
        .describe('Only messages with an id below this one.'),
    }),
    response: { 200: z.array(messageSchema) },
    problems: [400, 404],
  }),
};
