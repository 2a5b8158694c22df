/** The service itself. */
import { z } from 'zod';
import { named, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';
import { listenerSchema } from './links.ts';

const tag = 'service';

const readySchema = named(
  'Readiness',
  z.object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
  }),
);
export type Readiness = z.output<typeof readySchema>;

const statusSchema = named(
  'ServiceStatus',
  z.object({
    version: z.string(),
    startedAt: time,
    uptime: z.number().describe('Seconds.'),
    openFiles: z
      .int()
      .optional()
      .describe(
        'How many files the process may open, connections included. Absent if the system does not say.',
      ),
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
      online: z.int().describe('Suspect ones included.'),
      suspect: z.int(),
      dead: z.int().describe('Offline because they did not answer. At most 5 s old, as "never" is.'),
      never: z.int().describe('Never connected.'),
      flapping: z.int().describe('Devices whose links replace each other.'),
      sessions: z.int(),
      streams: z.int(),
    }),
    traffic: z
      .object({ messages: z.int(), bytesIn: z.int(), bytesOut: z.int() })
      .describe('Since the start, over all listeners.'),
    process: z
      .object({
        loopDelay: z.number().describe('Milliseconds by which timers were late, of 99 in a hundred.'),
        memory: z.int().describe('Bytes in memory.'),
        diskFree: z.int().optional().describe('Bytes that are free where the data folder is.'),
        diskSize: z.int().optional(),
      })
      .describe('At most 5 s old.'),
  }),
);
export type ServiceStatus = z.output<typeof statusSchema>;

export const service = {
  health: operation({
    id: 'getHealth',
    method: 'GET',
    path: '/healthz',
    tag,
    scope: 'open',
    summary: 'Whether the process is alive',
    response: { 200: z.object({ ok: z.literal(true) }) },
  }),
  readiness: operation({
    id: 'getReadiness',
    method: 'GET',
    path: '/readyz',
    tag,
    scope: 'open',
    summary: 'Whether devices are served, and if not, why',
    response: { 200: readySchema, 503: readySchema },
  }),
  metrics: operation({
    id: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    tag,
    scope: 'metrics',
    summary: 'Metrics for Prometheus',
    stream: { type: 'text/plain', item: z.string(), description: 'The text format of Prometheus.' },
  }),
  status: operation({
    id: 'getStatus',
    method: 'GET',
    path: `${API_BASE}/status`,
    tag,
    scope: 'read',
    summary: 'Show the state of the service',
    response: { 200: statusSchema },
  }),
};
