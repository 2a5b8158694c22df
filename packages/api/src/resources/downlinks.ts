/** Downlinks: what is sent to devices, and the ledger of what is kept for them. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { deviceName, deviceParams, filterText, named, pageSize, time, timeRange } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'downlinks';
const ofDevice = `${API_BASE}/devices/:name` as const;
const path = `${API_BASE}/downlinks` as const;
const idParams = z.strictObject({ id: z.string().describe('Id of the downlink.') });

const kind = z.enum(['attributes', 'command']);
const delivery = z.enum(['at-most-once', 'at-least-once']);
const state = z.enum(['queued', 'attempted', 'written', 'acknowledged', 'failed', 'expired', 'cancelled']);

const downlinkSchema = named(
  'Downlink',
  z.strictObject({
    kind: kind.default('attributes'),
    values: z.unknown().describe('The attributes to set, or the command.'),
    wait: durationOption
      .optional()
      .describe('Wait for what "until" says, at most this long: 5s, or milliseconds.'),
    until: z
      .enum(['written', 'acknowledged'])
      .optional()
      .describe(
        'Default written: the operating system has accepted every byte. acknowledged: the device has answered; only profiles whose scripts can tell it, and devices that are polled.',
      ),
    keep: z
      .union([z.boolean(), durationOption])
      .optional()
      .describe(
        'Keep it until the device is connected and listens, for so long: 10m, or milliseconds; true: a day. Default: as the device says, else it is not kept.',
      ),
    key: z
      .string()
      .optional()
      .describe(
        'Idempotency key, up to 128 characters: a second downlink of the device with this key is not sent, and gets the outcome of the first.',
      ),
    delivery: delivery
      .optional()
      .describe(
        'at-most-once (default): tried once. at-least-once: sent again until the device has answered, or until it is written where an answer cannot be told.',
      ),
  }),
);

const receiptSchema = named(
  'Receipt',
  z.object({
    device: deviceName,
    status: z.enum(['queued', 'written', 'acknowledged']),
    bytes: z.int().optional().describe('Bytes that were sent; absent for one in the ledger.'),
    id: z.string().optional().describe('Of one in the ledger.'),
  }),
);
export type Receipt = z.output<typeof receiptSchema>;

const keptSchema = named(
  'KeptDownlink',
  z.object({
    id: z.string(),
    device: deviceName,
    kind,
    values: z.unknown(),
    state: state.describe(
      'attempted: it is being sent. written: the end where an answer cannot be told; otherwise the answer is awaited until "finishedAt" is there.',
    ),
    delivery,
    key: z.string().optional(),
    createdAt: time,
    expiresAt: time,
    writtenAt: time.optional(),
    finishedAt: time.optional().describe('Absent while something may still become of it.'),
    attempts: z.int().describe('How often it was tried.'),
    code: z.string().optional().describe('Why it failed, or is tried again.'),
    reason: z.string().optional(),
  }),
);
export type KeptDownlinkView = z.output<typeof keptSchema>;

export const downlinks = {
  send: operation({
    id: 'sendDownlink',
    method: 'POST',
    path: `${ofDevice}/downlinks`,
    tag,
    scope: 'operate',
    recorded: ['kind', 'values'],
    summary: 'Send attributes or a command to a device',
    description:
      'With "wait" or "until" the answer comes when every byte is written, or acknowledged by the device (200), without them as soon as the link of the device has accepted it, or it is kept (202).',
    params: deviceParams,
    body: downlinkSchema,
    response: { 200: receiptSchema, 202: receiptSchema },
    problems: [400, 404, 409, 422, 503, 504],
  }),
  list: operation({
    id: 'listDownlinks',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'List the ledger: downlinks that are or were kept, newest first',
    query: z.strictObject({
      limit: pageSize.describe('Most entries in the answer.'),
      device: z.string().optional().describe('Only those of this device.'),
      state: state.optional(),
      filter: filterText,
      ...timeRange('those created'),
      before: z.string().optional().describe('Only ids before this one: the last of the page before.'),
    }),
    response: { 200: z.array(keptSchema) },
    problems: [400],
  }),
  get: operation({
    id: 'getDownlink',
    method: 'GET',
    path: `${path}/:id`,
    tag,
    scope: 'read',
    summary: 'Show a downlink of the ledger',
    params: idParams,
    response: { 200: keptSchema },
    problems: [404],
  }),
  cancel: operation({
    id: 'cancelDownlink',
    method: 'DELETE',
    path: `${path}/:id`,
    tag,
    scope: 'operate',
    summary: 'Cancel a downlink that is queued',
    params: idParams,
    response: { 200: keptSchema },
    problems: [404, 409],
  }),
};
