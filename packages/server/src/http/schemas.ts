/** What goes in and out of the API: parsing, types and the OpenAPI document come from here. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { serverLimits } from '../limits.ts';

const time = z.string().describe('RFC 3339 in UTC with milliseconds.');
const name = z.string().describe('Name of the device.');
const hex = z.string().regex(/^([0-9A-Fa-f]{2})+$/, 'expected bytes in hexadecimal, two digits each');
const bufferSize = z.int().positive().describe('Bytes; largest piece read or written at once.');
const protocol = z.enum(['official', 'custom']);
const status = z.enum(['online', 'offline']);

const profileFields = {
  framing: z
    .union([z.string(), z.looseObject({ rules: z.array(z.unknown()) })])
    .describe('raw, line, fixed:N, length:N, or rules as JSON.'),
  uplink: z.string().describe('Source of the script that turns frames into readings.'),
  downlink: z.string().describe('Source of a script for downlinks, where it is not in the first.'),
  authReply: hex.describe('Sent after authentication, in hexadecimal.'),
  heartbeatEcho: z.boolean().describe('Whether heartbeats are sent back.'),
  ack: hex.describe('Sent after each message that was taken over, in hexadecimal.'),
};

// --- devices ---------------------------------------------------------------------------------------------------------

export const deviceParams = z.strictObject({ name });

export const definitionSchema = z.strictObject({
  name: z.string().describe('1 to 64 of letters, digits, "_", ":" and "-". It never changes.'),
  label: z
    .string()
    .optional()
    .describe('Free text, without control characters and those that change the direction of writing.'),
  protocol: protocol.optional().describe('Default: official.'),
  type: z.enum(['standard', 'gateway', 'sub']).optional().describe('Default: standard.'),
  parent: z.string().optional().describe('Name of the gateway device: makes this a sub-device.'),
  address: z.string().optional().describe('Address of the sub-device behind its gateway.'),
  token: z.string().optional().describe('A token from elsewhere. By default one is made.'),
  profile: z.string().optional().describe('Name of a profile, instead of framing, scripts and replies.'),
  inboundBuffer: bufferSize.optional(),
  outboundBuffer: bufferSize.optional(),
  ...z.strictObject(profileFields).partial().shape,
});

const nullable = <S extends z.ZodType>(schema: S) => schema.nullable().optional();
export const patchSchema = z
  .strictObject({
    label: nullable(z.string()),
    profile: nullable(z.string()),
    framing: nullable(profileFields.framing),
    uplink: nullable(profileFields.uplink),
    downlink: nullable(profileFields.downlink),
    authReply: nullable(profileFields.authReply),
    heartbeatEcho: nullable(profileFields.heartbeatEcho),
    ack: nullable(profileFields.ack),
    inboundBuffer: nullable(bufferSize),
    outboundBuffer: nullable(bufferSize),
  })
  .describe('What is to change; null takes a field back to its default.');

export const addedSchema = z.object({
  name,
  token: z
    .string()
    .optional()
    .describe('The AccessToken: shown here and never again. A sub-device has none.'),
  parent: z.string().optional(),
  address: z.string().optional(),
});

export const deviceSchema = z.object({
  name,
  label: z.string().optional(),
  type: z.enum(['standard', 'gateway', 'sub']),
  protocol,
  parent: z.string().optional(),
  address: z.string().optional(),
  profile: z.string().optional().describe('Name of the profile, where it has one.'),
  framing: z.string().optional(),
  status,
  since: time.optional().describe('Since when it has been online or offline; absent if it never was online.'),
  createdAt: time,
});
export type DeviceView = z.output<typeof deviceSchema>;

export const deviceDetailSchema = deviceSchema.extend({
  link: z.string().optional().describe('Its open link.'),
  values: z
    .record(z.string(), z.object({ value: z.unknown(), time }))
    .describe('The latest value of each key.'),
  uplink: z.string().optional(),
  downlink: z.string().optional(),
  authReply: z.string().optional(),
  heartbeatEcho: z.boolean().optional(),
  ack: z.string().optional(),
  inboundBuffer: z.int(),
  outboundBuffer: z.int(),
});
export type DeviceDetail = z.output<typeof deviceDetailSchema>;

const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(serverLimits.values.page)
  .default(serverLimits.values.pageDefault);
const flag = z
  .enum(['', 'true', 'false', '1', '0'])
  .optional()
  .transform((text) => text === '' || text === 'true' || text === '1');

export const devicesQuery = z.strictObject({
  limit: limit.describe('Most devices in the answer.'),
  after: z.string().optional().describe('Only names after this one: the last of the page before.'),
  prefix: z.string().optional().describe('Only names that begin so.'),
});

export const removeQuery = z.strictObject({
  cascade: flag.describe('Remove the sub-devices of a gateway together with it.'),
});

export const importQuery = z.strictObject({
  existing: z
    .enum(['refuse', 'keep', 'rotate'])
    .default('refuse')
    .describe(
      'A line whose device is there already, just as the line says: refused with DEVICE_EXISTS; taken, and the device keeps its token; or taken, and it gets a new token. A device that is another than the line says is refused in any case.',
    ),
});

export const importResultSchema = z.object({
  line: z.int().describe('Counted from 1.'),
  name: z.string().optional(),
  token: z.string().optional(),
  existing: z.boolean().optional().describe('True: the device was there before.'),
  code: z.string().optional().describe('Why this line was refused; the others are not affected.'),
  message: z.string().optional(),
});

// --- downlinks and messages --------------------------------------------------------------------------------------------

export const downlinkSchema = z.strictObject({
  kind: z.enum(['attributes', 'command']).default('attributes'),
  values: z.unknown().describe('What is to be set, or the command.'),
  wait: durationOption
    .optional()
    .describe(
      'Wait until the operating system has taken every byte, this long at most: 5s, or milliseconds.',
    ),
});

export const receiptSchema = z.object({
  device: name,
  status: z.enum(['queued', 'written']),
  bytes: z.int(),
});

export const messagesQuery = z.strictObject({
  limit: limit.describe('Most messages in the answer.'),
  kind: z.enum(['attributes', 'events', 'raw']).optional(),
  before: z.coerce.number().int().positive().optional().describe('Only messages with an id below this one.'),
});

export const messageSchema = z.object({
  id: z.int(),
  device: name,
  kind: z.enum(['attributes', 'events', 'raw']),
  time,
  values: z
    .unknown()
    .describe(
      'For raw {"hex": ...}; for a message too long to be kept whole {"cut": ...}; for one that is no JSON, or nested too deeply, {"text": ...}.',
    ),
  size: z.int().describe('Bytes that the message had; a long one is kept cut.'),
});
export type MessageView = z.output<typeof messageSchema>;

// --- links, listeners, status --------------------------------------------------------------------------------------------

export const linkParams = z.strictObject({ id: z.string() });

export const linkSchema = z.object({
  id: z.string(),
  listener: z.string(),
  remote: z.string(),
  device: z.string().optional().describe('Absent until the device has said who it is.'),
  state: z.enum(['handshaking', 'open', 'closed']),
  openedAt: time,
  closedAt: time.optional(),
  code: z.string().optional().describe('Why it closed.'),
  reason: z.string().optional().describe('The same in words, with the values that met.'),
  bytesIn: z.int(),
  bytesOut: z.int(),
  framesIn: z.int(),
  framesOut: z.int(),
  lastReceivedAt: time.optional(),
  refusals: z.record(z.string(), z.int()).describe('Messages refused while the link stayed open, by code.'),
  lastRefusal: z.string().optional(),
  refusedFrames: z
    .array(
      z.object({
        time,
        code: z.string(),
        reason: z.string().describe('The same in words, with the values that met.'),
        size: z.int().describe('Bytes of the whole message.'),
        hex: z.string().describe('Its first bytes, 64 at most, in hexadecimal.'),
      }),
    )
    .describe('The last messages that were refused while the link stayed open, five at most, oldest first.'),
  offending: z.string().optional().describe('The first bytes of what could not be framed, in hexadecimal.'),
});
export type LinkView = z.output<typeof linkSchema>;

export const linksQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).default(serverLimits.values.page),
  device: z.string().optional(),
  state: z.enum(['handshaking', 'open', 'closed']).optional(),
});

export const listenerSchema = z.object({
  name: z.string(),
  protocol,
  address: z.string(),
  sessions: z.int(),
});

export const readySchema = z.object({
  ready: z.boolean(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
});
export type Readiness = z.output<typeof readySchema>;

export const statusSchema = z.object({
  version: z.string(),
  startedAt: time,
  uptime: z.number().describe('Seconds.'),
  ready: readySchema,
  bus: z.object({
    kind: z.string(),
    state: z.string(),
    published: z.int(),
    received: z.int(),
    queuedMessages: z.int(),
    queuedBytes: z.int(),
    reconnects: z.int(),
  }),
  listeners: z.array(listenerSchema),
  counts: z.object({
    devices: z.int(),
    online: z.int(),
    sessions: z.int(),
    streams: z.int(),
  }),
});
export type ServiceStatus = z.output<typeof statusSchema>;

export const streamQuery = z.strictObject({
  device: z.string().optional().describe('Only messages of this device.'),
});

export const eventSchema = z.object({
  time,
  device: name,
  kind: z.enum(['attributes', 'events', 'raw', 'status']),
  values: z.unknown(),
});
