/** The inbox: devices that nobody has registered. */
import { z } from 'zod';
import { deviceName, filterText, named, nothing, parameters, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'inbox';
const path = `${API_BASE}/inbox` as const;
const entryParams = z.strictObject({ id: z.string().describe('Id of the entry.') });

const guessSchema = named(
  'InboxGuess',
  z.object({
    profile: z.string(),
    score: z.number().describe('0 to 1: the higher the better. It only ranks.'),
    because: z.array(z.string()).describe('What speaks for it, and against it.'),
  }),
);

const entrySchema = named(
  'InboxEntry',
  z.object({
    id: z.string(),
    listener: z.string(),
    profile: z
      .string()
      .describe('Name of the profile that recognised the device; empty: none of its listener did.'),
    identity: z
      .string()
      .describe(
        'What the device says it is; of a sub-device its address; if no profile recognised it, its IP address.',
      ),
    parent: z.string().optional().describe('Name of its gateway device: of a sub-device only.'),
    remote: z.string().describe('The address that it connected from last.'),
    firstSeen: time,
    lastSeen: time,
    count: z.int().describe('How often it connected.'),
    bytes: z.int().describe('Bytes that it has sent.'),
    frames: z.array(z.string()).describe('Its first frames, in hexadecimal.'),
    connected: z.boolean().describe('Whether it waits on an open link.'),
    guess: z
      .array(guessSchema)
      .optional()
      .describe(
        'The profiles that its bytes fit best: if none recognised it, and only where one entry is asked for.',
      ),
  }),
);
export type InboxEntryView = z.output<typeof entrySchema>;

const enrollSchema = named(
  'Enrolment',
  z.strictObject({
    name: z.string().describe('Name of the new device.'),
    profile: z.string().optional().describe('Its profile: only, and always, if none recognised it.'),
    identity: z.string().optional().describe('Its identity: only, and always, if no profile recognised it.'),
    label: z.string().optional(),
    type: z.enum(['standard', 'gateway']).optional().describe('Default: standard.'),
    secret: z.string().optional().describe('What the device proves itself with, if its profile asks for it.'),
    parameters: parameters.optional(),
  }),
);

const enrolledSchema = named(
  'Enrolled',
  z.object({
    name: deviceName,
    profile: z.string(),
    identity: z.string(),
    connected: z.boolean().describe('Whether it was connected: what it sent is decoded now.'),
  }),
);
export type Enrolled = z.output<typeof enrolledSchema>;

export const inbox = {
  list: operation({
    id: 'listInbox',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'List unknown devices, the one seen last first',
    query: z.strictObject({ filter: filterText }),
    response: { 200: z.array(entrySchema) },
    problems: [400],
  }),
  get: operation({
    id: 'getInboxEntry',
    method: 'GET',
    path: `${path}/:id`,
    tag,
    scope: 'read',
    summary: 'Show an unknown device',
    params: entryParams,
    response: { 200: entrySchema },
    problems: [404],
  }),
  enroll: operation({
    id: 'enrollDevice',
    method: 'POST',
    path: `${path}/:id/enroll`,
    tag,
    scope: 'operate',
    summary: 'Register an unknown device',
    description:
      'The device gets the profile and the identity of the entry, or those of the request if no profile recognised it. If it is connected, it stays so, and what it has sent is decoded.',
    params: entryParams,
    body: enrollSchema,
    response: { 201: enrolledSchema },
    problems: [400, 404, 409],
  }),
  drop: operation({
    id: 'dropInboxEntry',
    method: 'DELETE',
    path: `${path}/:id`,
    tag,
    scope: 'operate',
    summary: 'Remove an entry and close the link of the device',
    params: entryParams,
    response: { 204: nothing('Removed.') },
    problems: [404],
  }),
};
