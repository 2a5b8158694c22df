/** Captures: what happened on the links of a device, in a file. */
import { durationOption, sizeOption } from '@fairlead/core';
import { z } from 'zod';
import { named, nothing, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'captures';
const path = `${API_BASE}/captures` as const;
const params = z.strictObject({ id: z.string().describe('Id of the capture.') });

const payload = z
  .enum(['masked', 'all', 'none'])
  .describe(
    'masked: tokens that Fairlead made are asterisks. all: every byte as it was. none: only sizes. Links over TLS are captured as plain text.',
  );

const HOUR = 3_600_000;
const LONGEST = 7 * 24 * HOUR;
const LEAST = 65_536;
const LARGEST = 2 ** 30;

const newCapture = named(
  'NewCapture',
  z.strictObject({
    target: z.string().describe('Name of a device, id of an open link, or id of an entry of the inbox.'),
    time: durationOption
      .refine((ms) => ms >= 1 && ms <= LONGEST, 'expected at most 7d')
      .default(HOUR)
      .describe('It ends after this time: 1h, or milliseconds. Default 1h, at most 7d.'),
    size: sizeOption
      .refine((bytes) => bytes >= LEAST && bytes <= LARGEST, 'expected 64KiB to 1GiB')
      .default(16 * 2 ** 20)
      .describe('It ends when its file has this size: 16MiB, or bytes. Default 16MiB, from 64KiB to 1GiB.'),
    payload: payload.default('masked'),
  }),
);

const captureSchema = named(
  'Capture',
  z.object({
    id: z.string(),
    target: z.string(),
    of: z.enum(['device', 'link', 'inbox']),
    running: z.boolean(),
    startedAt: time,
    until: time.describe('When it ends at the latest.'),
    size: z.int().describe('Bytes at which it ends.'),
    bytes: z.int().describe('Bytes that its file has.'),
    payload,
    reason: z
      .string()
      .optional()
      .describe(
        'Why it ended: stopped, time, size, closed (the link), gone (the target, after a restart) or failed (the disk).',
      ),
  }),
);
export type CaptureView = z.output<typeof captureSchema>;

export const captures = {
  list: operation({
    id: 'listCaptures',
    scope: 'read',
    method: 'GET',
    path,
    tag,
    summary: 'List captures, the newest first',
    response: { 200: z.array(captureSchema) },
  }),
  start: operation({
    id: 'startCapture',
    recorded: ['target', 'payload'],
    scope: 'admin',
    method: 'POST',
    path,
    tag,
    summary: 'Capture what happens on the links of a target',
    description:
      'A capture of a device goes on when it connects again, and after a restart of the service. It is written beside the traffic and does not slow it down.',
    body: newCapture,
    response: { 201: captureSchema },
    problems: [400, 404, 503],
  }),
  get: operation({
    id: 'getCapture',
    scope: 'read',
    method: 'GET',
    path: `${path}/:id`,
    tag,
    summary: 'Show a capture',
    params,
    response: { 200: captureSchema },
    problems: [404],
  }),
  stop: operation({
    id: 'stopCapture',
    scope: 'operate',
    method: 'POST',
    path: `${path}/:id/stop`,
    tag,
    summary: 'End a capture; its file stays',
    params,
    response: { 200: captureSchema },
    problems: [404],
  }),
  remove: operation({
    id: 'removeCapture',
    scope: 'operate',
    method: 'DELETE',
    path: `${path}/:id`,
    tag,
    summary: 'End a capture and remove its file',
    params,
    response: { 204: nothing('Removed.') },
    problems: [404],
  }),
};

export const exportCapture = operation({
  id: 'exportCapture',
  scope: 'admin',
  method: 'GET',
  path: `${path}/:id/export`,
  tag,
  summary: 'The file of a capture',
  description:
    'jsonl: a line of JSON for each event. pcapng: for Wireshark, with headers of Ethernet, IP and TCP that are made up; messages and refusals are comments of packets.',
  params,
  query: z.strictObject({ format: z.enum(['jsonl', 'pcapng']).default('jsonl') }),
  stream: {
    type: 'application/octet-stream',
    item: z.string().meta({ format: 'binary' }),
    description: 'The file.',
  },
  problems: [400, 404],
});
