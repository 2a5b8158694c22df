/** The schema of `profile.yaml`. */
import { durationOption, sizeOption } from '@fairlead/core';
import { matchSchema } from '@fairlead/tcp/internal';
import { z } from 'zod';
import { profilesLimits } from '../limits.ts';
import { patternProblem } from './pattern.ts';

const limits = profilesLimits.values;
const text = (most: number) => z.string().min(1).max(most);

/** Names of profiles: those of devices. */
const profileName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_:-]{0,63}$/,
    'expected letters, digits, "_", ":" and "-", at most 64; the first a letter or digit',
  );

/** Forms in which a field of a frame holds an identity. */
const identityForms = [
  'ascii',
  'latin1',
  'hex',
  'bcd',
  'u16',
  'u16le',
  'u32',
  'u32le',
  'u64',
  'u64le',
] as const;

const matchIdentity = z.strictObject({
  by: z.literal('match'),
  at: z.int().describe('Bytes before the field; negative: counted from the end of the frame.'),
  length: z.int().min(1).max(256).describe('Bytes of the field.'),
  as: z
    .enum(identityForms)
    .describe('What the bytes are. Text ends at a zero byte and loses white space at its ends.'),
  strip: z
    .literal('leading zeros')
    .optional()
    .describe(
      'Zeros at the start of the text are removed, as of the 15 digits of an IMEI in 8 bytes of BCD.',
    ),
  when: matchSchema.optional().describe('Only frames that match hold the field.'),
  frames: z.int().min(1).max(64).default(limits.identityFrames),
});

const identity = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('token') }),
    z.strictObject({
      by: z.literal('script'),
      frames: z.int().min(1).max(64).default(limits.identityFrames),
    }),
    z.strictObject({ by: z.literal('none') }),
    matchIdentity,
  ])
  .describe('How a device is known: by a token, a field of its first frames, or what the script says.');

const hex = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2})+$/, 'expected hexadecimal digits, two a byte')
  .max(2_048);

const replies = z.strictObject({
  auth: hex.optional().describe('Sent after the device is identified.'),
  ack: hex.optional().describe('Sent after each message that is safe.'),
  heartbeatEcho: z.boolean().optional(),
});

const parameter = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'list', 'object']),
  default: z.json().optional(),
  about: text(500),
});

const request = z
  .strictObject({
    name: text(64).describe('Key of the value.'),
    send: text(1_024).optional().describe('Text that is sent.'),
    sendHex: hex.optional().describe('Bytes that are sent, in hex.'),
    every: durationOption.optional(),
    timeout: durationOption.optional(),
    as: z.enum(['number', 'text', 'hex', 'json']).default('text').describe('What the answer is.'),
    pattern: text(256)
      .superRefine((pattern, { addIssue }) => {
        const message = patternProblem(pattern);
        if (message !== undefined) addIssue({ code: 'custom', message });
      })
      .optional()
      .describe('RE2 with one group, which is the value. Default: the whole answer.'),
    scale: z.number().optional(),
    unit: text(32).optional(),
  })
  .refine(({ send, sendHex }) => (send === undefined) !== (sendHex === undefined), {
    path: ['send'],
    message: 'expected either "send" or "sendHex"',
  });

const poll = z.strictObject({
  every: durationOption.default(1_000),
  timeout: durationOption.default(2_000),
  gap: durationOption.default(0),
  oneAtATime: z.boolean().default(true),
  unasked: z
    .enum(['take', 'refuse'])
    .optional()
    .describe('A frame that no request expects: the script takes it (the default), or it is refused.'),
  fixed: z
    .boolean()
    .optional()
    .describe(
      'What `poll` of the script asks depends on the parameters alone: it is called once, and again when the device or its profile is changed. Not so where it looks at a state.',
    ),
  requests: z.array(request).max(256).default([]),
});

const rate = z
  .strictObject({
    messages: z.int().min(1).optional(),
    bytes: sizeOption.refine((size) => size > 0, { message: 'expected at least one byte' }).optional(),
    per: durationOption.refine((time) => time > 0, { message: 'expected a time above 0' }),
    exceeded: z.enum(['wait', 'refuse']).optional(),
  })
  .refine(({ messages, bytes }) => (messages ?? bytes) !== undefined, {
    message: 'expected "messages", "bytes" or both',
  })
  .describe('How much a device may send; beyond it, it is slowed down, or its messages are refused.');
const downlinks = z
  .strictObject({
    keep: durationOption
      .optional()
      .describe('Messages to a device that is not connected are kept for so long.'),
    window: durationOption
      .optional()
      .describe('The device listens only for so long after it was heard. Default: always.'),
    gap: durationOption.optional().describe('Least time between two kept messages.'),
  })
  .describe('How messages reach the device.');

const place = z.strictObject({
  from: z.int().describe('Bytes before it in the payload; negative: counted from the end.'),
  length: z.int().min(1).max(512).describe('Bytes of it.'),
  when: matchSchema.optional().describe('Only frames that match have it there.'),
});

const field = z.strictObject({
  unit: text(32).optional(),
  about: text(500),
  at: z
    .union([place.transform((one) => [one]), z.array(place).min(1).max(16)])
    .optional()
    .describe('Where it is in a frame. Default: found by changing the bytes one by one.'),
});

export const profileSchema = z.strictObject({
  name: profileName,
  title: text(120),
  makers: z.array(text(120)).max(100).optional(),
  models: z.array(text(120)).max(200).optional(),
  source: z.array(text(500)).min(1).max(50).describe('Where the facts come from.'),
  version: z.string().regex(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/, 'expected a version such as 1.0.0'),
  direction: z.enum(['listens', 'dials']).default('listens'),
  framing: z.union([text(65_536), z.record(z.string(), z.json())]),
  requests: z.union([text(65_536), z.record(z.string(), z.json())]).optional(),
  detect: z.array(matchSchema).min(1).max(32).optional(),
  identity: identity.optional(),
  heartbeat: durationOption.optional(),
  idle: durationOption.optional(),
  replies: replies.default({}),
  rate: rate.optional(),
  secret: z.enum(['none', 'optional', 'required']).default('none'),
  parameters: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/), parameter)
    .refine((all) => Object.keys(all).length <= limits.parameters, {
      message: `expected at most ${limits.parameters} parameters`,
    })
    .default({}),
  poll: poll.optional(),
  downlinks: downlinks.optional(),
  fields: z.record(z.string(), field).default({}),
  commands: z
    .record(z.string(), z.strictObject({ about: text(500), example: z.json().optional() }))
    .default({}),
});

export type ParsedProfile = z.output<typeof profileSchema>;
export type ProfileIdentity = NonNullable<ParsedProfile['identity']>;
export type MatchIdentity = Extract<ProfileIdentity, { readonly by: 'match' }>;
export type PollTerms = NonNullable<ParsedProfile['poll']>;
export type Match = z.input<typeof matchSchema>;
