/** Messages of devices, and downlinks to them. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { deviceName, deviceParams, named, pageSize, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'devices';
const path = `${API_BASE}/devices/:name` as const;

const downlinkSchema = named(
  'Downlink',
  z.strictObject({
    kind: z.enum(['attributes', 'command']).default('attributes'),
    values: z.unknown().describe('The attributes to set, or the command.'),
    wait: durationOption
      .optional()
      .describe(
        'Wait until the operating system has accepted every byte, at most this long: 5s, or milliseconds.',
      ),
  }),
);

const receiptSchema = named(
  'Receipt',
  z.object({ device: deviceName, status: z.enum(['queued', 'written']), bytes: z.int() }),
);
export type Receipt = z.output<typeof receiptSchema>;

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

export const downlinks = {
  send: operation({
    id: 'sendDownlink',
    method: 'POST',
    path: `${path}/downlinks`,
    tag,
    scope: 'operate',
    recorded: ['kind', 'values'],
    summary: 'Send attributes or a command to a device',
    description:
      'With "wait" the answer comes when every byte is written (200), without it as soon as the link of the device has accepted it (202).',
    params: deviceParams,
    body: downlinkSchema,
    response: { 200: receiptSchema, 202: receiptSchema },
    problems: [400, 404, 409, 422, 504],
  }),
};

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
