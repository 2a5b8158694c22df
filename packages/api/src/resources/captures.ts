/** Captures: what happened on the links of a device, in a file. */
import { durationOption, sizeOption } from '@fairlead/core';
import { z } from 'zod';
import { deviceName, named, nothing, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';
import { NDJSON_TYPE } from './import.ts';

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

const frameSchema = named(
  'ReplayedFrame',
  z.object({
    link: z.string().describe('Id of the link.'),
    at: time.describe('When the bytes came.'),
    of: deviceName.optional().describe('The device of the link, where it was known.'),
    hex: z.string().describe('The bytes of the frame.'),
    identity: z.string().optional(),
    kind: z.enum(['attributes', 'events']).optional(),
    time: time.optional().describe('When it was measured, where the script says so.'),
    device: z.string().optional().describe('Address of the sub-device that the message is of.'),
    values: z.unknown().optional(),
    messages: z.array(z.unknown()).optional().describe('Where a frame yields several.'),
    reply: z.string().optional().describe('What the script answers, in hexadecimal. It is not sent.'),
    error: z.string().optional().describe('Code of the error.'),
    reason: z.string().optional(),
  }),
);

const differenceSchema = named(
  'ReplayDifference',
  z.object({
    diff: z
      .enum(['changed', 'added', 'removed'])
      .describe('added: only the replay has it. removed: only the capture has it.'),
    of: z.enum(['message', 'frame', 'error']),
    link: z.string(),
    at: time.describe('When the bytes came.'),
    device: z.string().optional(),
    hex: z.string().optional().describe('The frame.'),
    changes: z
      .array(z.object({ field: z.string(), old: z.unknown().optional(), new: z.unknown().optional() }))
      .optional()
      .describe('Fields of a changed message: what the capture recorded, and what the replay yields.'),
    kind: z.union([z.string(), z.object({ old: z.string(), new: z.string() })]).optional(),
    measured: z.object({ old: z.string(), new: z.string() }).optional(),
    values: z.unknown().optional().describe('Of a message that only one side has.'),
    code: z.union([z.string(), z.object({ old: z.string(), new: z.string() })]).optional(),
    reason: z.string().optional(),
  }),
);

const replayLineSchema = named(
  'ReplayLine',
  z.union([
    frameSchema,
    differenceSchema,
    z.object({
      summary: z.object({
        links: z.int(),
        frames: z.int().describe('Frames, and gaps between them.'),
        messages: z.int(),
        errors: z.int(),
        differences: z.int(),
        missed: z.int().describe('Events that the capture lacks.'),
        unreadable: z.int().describe('Lines of the file that are none of a capture.'),
        published: z.int().describe('Messages that were published.'),
        refused: z.int().describe('Messages that were not.'),
      }),
    }),
    z.object({ failed: z.object({ code: z.string(), message: z.string() }) }),
  ]),
);
export type ReplayLineView = z.output<typeof replayLineSchema>;

export const replayCapture = operation({
  id: 'replayCapture',
  recorded: ['profile', 'publish', 'device'],
  scope: 'operate',
  method: 'POST',
  path: `${path}/:id/replay`,
  tag,
  summary: 'Decode a capture again, with a profile of the service',
  description:
    'Framing and script of the profile run over the bytes of the capture, with a fresh state for each link and the times of the capture. Nothing is sent to a device, and nothing is published without `publish`. The answer has a line for each frame, or with `diff` for each difference from what the capture recorded; the last line has a summary, or says why the replay failed. A capture with the payload `all` needs the scope `admin`, as its export does.',
  params,
  body: named(
    'NewReplay',
    z.strictObject({
      profile: z.string().describe('Name of the profile.'),
      diff: z.boolean().default(false).describe('Compare with what the capture recorded.'),
      frames: z
        .boolean()
        .optional()
        .describe(
          'Decode the frames of the capture instead of its bytes. By default so for devices of the official protocol.',
        ),
      known: z
        .boolean()
        .default(false)
        .describe('The first bytes of its links hold no token, and no frame must identify the device.'),
      publish: z.boolean().default(false).describe('Publish the messages, as those of `device`.'),
      device: z.string().optional().describe('Name of the device whose messages are published.'),
    }),
  ),
  stream: { type: NDJSON_TYPE, item: replayLineSchema, description: 'A JSON document in each line.' },
  problems: [400, 404, 409, 422, 503],
});
