/** Links of devices, and the listeners that accept them. */
import { z } from 'zod';
import { filterText, named, nothing, protocol, time, timeRange } from '../fields.ts';
import { apiLimits } from '../limits.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'links';
const path = `${API_BASE}/links` as const;
const linkParams = z.strictObject({ id: z.string() });
const state = z.enum(['handshaking', 'open', 'closed']);

const refusedFrame = named(
  'RefusedFrame',
  z.object({
    time,
    code: z.string(),
    reason: z.string().describe('The same in words, with the values involved.'),
    size: z.int().describe('Bytes of the whole message.'),
    hex: z.string().describe('Its first bytes, 64 at most, in hexadecimal.'),
  }),
);

const linkSchema = named(
  'Link',
  z.object({
    id: z.string(),
    listener: z.string(),
    remote: z.string(),
    device: z.string().optional().describe('Absent until the device is known.'),
    state,
    openedAt: time,
    closedAt: time.optional(),
    code: z.string().optional().describe('Why it closed.'),
    reason: z.string().optional().describe('The same in words, with the values involved.'),
    bytesIn: z.int(),
    bytesOut: z.int(),
    framesIn: z.int(),
    framesOut: z.int(),
    lastReceivedAt: time.optional(),
    refusals: z.record(z.string(), z.int()).describe('Messages refused while the link stayed open, by code.'),
    lastRefusal: z.string().optional(),
    refusedFrames: z
      .array(refusedFrame)
      .describe(
        'The last messages that were refused while the link stayed open, five at most, oldest first.',
      ),
    offending: z.string().optional().describe('The first bytes of what could not be framed, in hexadecimal.'),
  }),
);
export type LinkView = z.output<typeof linkSchema>;

export const listenerSchema = named(
  'Listener',
  z.object({
    name: z.string(),
    protocol,
    address: z.string().describe('As bound: 127.0.0.1:7653.'),
    sessions: z.int(),
  }),
);
export type ListenerView = z.output<typeof listenerSchema>;

export const links = {
  list: operation({
    id: 'listLinks',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'List links: open ones, then closed ones, newest first',
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(10_000).default(apiLimits.values.page),
      device: z.string().optional(),
      state: state.optional(),
      filter: filterText,
      ...timeRange('links that were open'),
    }),
    response: { 200: z.array(linkSchema) },
    problems: [400],
  }),
  get: operation({
    id: 'getLink',
    method: 'GET',
    path: `${path}/:id`,
    tag,
    scope: 'read',
    summary: 'Show a link',
    params: linkParams,
    response: { 200: linkSchema },
    problems: [404],
  }),
  close: operation({
    id: 'closeLink',
    method: 'DELETE',
    path: `${path}/:id`,
    tag,
    scope: 'operate',
    summary: 'Close a link',
    params: linkParams,
    response: { 204: nothing('Closed.') },
    problems: [404, 409],
  }),
};

export const listeners = {
  list: operation({
    id: 'listListeners',
    method: 'GET',
    path: `${API_BASE}/listeners`,
    tag,
    scope: 'read',
    summary: 'List the listeners that devices connect to',
    response: { 200: z.array(listenerSchema) },
  }),
};
