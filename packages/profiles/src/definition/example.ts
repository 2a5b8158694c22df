/** The schema of `examples.json`: a list of what a profile must yield for given bytes. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { profilesLimits } from '../limits.ts';

const hexText = z.string().regex(/^(?:[0-9a-fA-F]{2}|\s)*$/, 'expected hexadecimal digits, two a byte');

const message = z.strictObject({
  kind: z.enum(['attributes', 'events']).optional(),
  time: z.string().optional(),
  device: z.string().optional(),
  values: z.record(z.string(), z.json()).optional(),
});

/** What comes of received bytes. A key that is absent is not compared. */
const yielded = {
  identity: z.string().optional(),
  kind: z.enum(['attributes', 'events']).optional(),
  time: z.string().optional(),
  values: z.record(z.string(), z.json()).optional().describe('Of the one message. Further keys are allowed.'),
  messages: z.array(message).optional().describe('All messages, in order.'),
  reply: hexText.optional().describe('All bytes that are sent back; empty: none.'),
  answers: z
    .union([z.string(), z.number()])
    .optional()
    .describe('The request that the device answers: the `id` of a downlink.'),
  refused: z.string().optional().describe('Why the device says that it does not do what was asked.'),
  error: z.string().optional().describe('Code of the first error.'),
};

/** What the device sends. */
const received = {
  hex: hexText.describe('Bytes that the device sends: one frame, or several.'),
  ...yielded,
};

/** The device is silent, which may complete a frame. */
const silent = {
  silence: durationOption.describe('Time without a byte, such as 400ms.'),
  ...yielded,
};

/** What is sent to the device, and the bytes of it. */
const sent = {
  downlink: z.strictObject({ kind: z.enum(['attributes', 'command']), values: z.json() }),
  bytes: hexText.optional(),
  id: z.union([z.string(), z.number()]).optional().describe('How the answer of the device will call it.'),
  error: z.string().optional(),
};

/** What `poll` asks. */
const asked = { poll: z.array(hexText).describe('The requests, in order.') };

const remark = { now: z.string().optional(), note: z.string().optional() };
const step = z.union([
  z.strictObject({ ...received, ...remark }),
  z.strictObject({ ...silent, ...remark }),
  z.strictObject({ ...sent, ...remark }),
  z.strictObject({ ...asked, ...remark }),
]);

const about = {
  name: z.string().min(1).max(200),
  note: z.string().optional(),
  source: z.string().optional(),
  trust: z.enum(['asserted', 'spec', 'published', 'run', 'composed']).optional(),
  /** RFC 3339: when the bytes come. */
  now: z.string().optional(),
  parameters: z.record(z.string(), z.json()).optional(),
  secret: z.string().optional(),
};

export const exampleSchema = z.union([
  z.strictObject({ ...about, ...received }),
  z.strictObject({ ...about, ...sent }),
  z.strictObject({ ...about, ...asked }),
  z.strictObject({ ...about, conversation: z.array(step).min(1).max(profilesLimits.values.steps) }),
]);

export type Example = z.output<typeof exampleSchema>;
export type Step = z.output<typeof step>;
/** What a step expects of received bytes. */
export type Yielded = Omit<Extract<Step, { readonly hex: string }>, 'hex' | 'now' | 'note'>;
