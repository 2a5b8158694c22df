/** Which bytes yield which field. */
import { z } from 'zod';
import { deviceName, named, parameters, time } from '../fields.ts';
import { apiLimits } from '../limits.ts';
import { API_BASE, operation } from '../operation.ts';

const range = z.tuple([z.int(), z.int()]).describe('First and last byte, both included.');
const ranges = z.array(range);
const most = apiLimits.values.explainBytes;

const explanationSchema = named(
  'Explanation',
  z.object({
    size: z.int().describe('Bytes that were looked at, from the start of the frame.'),
    fields: z.array(
      z.object({
        name: z
          .string()
          .describe(
            'Path among the values: latitude, cells[0].lac; time, device and identity are of the message.',
          ),
        value: z.unknown(),
        bytes: ranges.describe('Empty: it does not come from these bytes.'),
        declared: z.literal(true).optional().describe('The profile says where it is.'),
      }),
    ),
    kind: ranges.describe('Bytes that decide what kind of frame it is.'),
    check: ranges,
    framing: ranges.describe('Marks, lengths, and what else the framing needs.'),
    reply: ranges.describe('Bytes that only the reply depends on.'),
    complete: z.boolean().describe('False: time ran out, or the script did not end.'),
  }),
);
export type ExplanationView = z.output<typeof explanationSchema>;

const message = {
  kind: z.enum(['attributes', 'events']),
  time: time.optional(),
  device: z.string().optional(),
};

const frameSchema = named(
  'ExplainedFrame',
  z.object({
    hex: z.string(),
    identity: z.string().optional(),
    kind: message.kind.optional(),
    time: message.time,
    device: message.device,
    values: z.unknown().optional(),
    messages: z.array(z.object({ ...message, values: z.unknown() })).optional(),
    reply: z.string().optional().describe('In hexadecimal.'),
    error: z.string().optional().describe('Code of the catalogue.'),
    reason: z.string().optional(),
    explained: explanationSchema.optional().describe('Absent of bytes that are in no frame.'),
  }),
);
export type ExplainedFrameView = z.output<typeof frameSchema>;

const request = named(
  'ExplainRequest',
  z.strictObject({
    profile: z.string().optional().describe('Name of a profile. Either this, or "device".'),
    device: deviceName
      .optional()
      .describe('A device: its profile, its parameters, and copies of what its scripts keep now.'),
    hex: z
      .string()
      .regex(/^(?:[0-9a-fA-F]{2}|\s)*$/, 'expected hexadecimal digits, two a byte')
      .refine((text) => text.replaceAll(/\s/g, '').length <= 2 * most, `expected at most ${most} bytes`)
      .optional(),
    message: z
      .int()
      .positive()
      .optional()
      .describe('In place of "hex": id of a stored message of the device of the kind raw.'),
    of: z
      .enum(['wire', 'payload'])
      .default('wire')
      .describe(
        'wire: bytes as they were sent, of one frame or several. payload: one frame as the framing delivered it.',
      ),
    parameters: parameters.optional(),
  }),
);

export const explain = {
  run: operation({
    id: 'explainBytes',
    method: 'POST',
    path: `${API_BASE}/explain`,
    tag: 'profiles',
    scope: 'read',
    summary: 'Which bytes of a frame yield which field',
    description:
      'Each bit of the first 512 bytes of a frame is changed in a copy, which the script decodes again, in the sandbox and with copies of the states. What differs tells what the byte is for. Places that the profile declares with "at" count more. Nothing is stored or sent.',
    body: request,
    response: { 200: z.object({ frames: z.array(frameSchema) }) },
    problems: [400, 404, 409, 422, 503],
  }),
};
