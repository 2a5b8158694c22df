/** A connection: a saved definition of where and how to talk, never a live socket. */
import { isIP } from 'node:net';
import {
  type Codec,
  durationOption,
  framingFromSpec,
  optionError,
  type Payload,
  parseFraming,
  raw,
  sizeOption,
} from '@fairlead/tcp';
import { z } from 'zod';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import { patience } from '../rules/schema.ts';

const limits = automationLimits.values;
const AS_IT_ARRIVES = 'as-it-arrives';

/** What connections, tasks, triggers and jobs are called. */
export const nameSchema = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,63}$/u, {
  error: () => 'expected 1 to 64 letters, digits, blanks, "_", ".", ":" or "-", the first a letter or digit',
});

const port = z.int().min(0).max(65_535);

export const connectionSchema = z.strictObject({
  address: z
    .string()
    .min(1)
    .max(253)
    .default('127.0.0.1')
    .describe(
      'IPv4 or IPv6 address, or for a task a DNS name. A trigger listens here; 0.0.0.0 or :: is everywhere.',
    ),
  port: port.default(9_090).describe('Of the peer, or to listen on.'),
  group: z.string().max(64).optional().describe('For ordering in lists.'),
  timeout: patience
    .refine((ms) => ms >= 0, { error: 'expected seconds to wait, 0 for without an end' })
    .default(limits.receive)
    .describe(
      'How long a receive waits for a message: seconds, or a duration such as 500ms; 0: until the socket closes.',
    ),
  codePage: z
    .string()
    .min(1)
    .max(60)
    .default('utf-8')
    .describe('Encoding of the text: utf-8, windows-1252, shift_jis, utf-16le, ...'),
  onInvalid: z
    .enum(['strict', 'replace'])
    .default('replace')
    .describe(
      'Bytes that are not valid in the code page, and text that it does not have. strict: fails the run. replace: another character stands in.',
    ),
  maxClients: z
    .union([z.null(), z.int().nonnegative()])
    .default(0)
    .transform((count) => count ?? 0)
    .describe('Clients of a trigger at the same time; one more is closed. 0 or empty: no bound.'),
  logSent: z.boolean().default(true).describe('Sent messages stand in the output.'),
  logReceived: z.boolean().default(true).describe('Received messages stand in the output.'),
  framing: z
    .union([z.string(), z.looseObject({ rules: z.array(z.unknown()) })])
    .default(AS_IT_ARRIVES)
    .describe(
      'Where a message ends. as-it-arrives: what one read gives; or line, length:2, fixed:12, rules as JSON.',
    ),
  maxMessage: sizeOption
    .refine((bytes) => bytes >= 1)
    .default(limits.message)
    .describe('Largest message without framing: 64KiB; what is longer makes several.'),
  keepAlive: z
    .union([z.literal(false), durationOption])
    .optional()
    .describe('Silence after which the operating system probes the peer; false: never.'),
  connectTimeout: durationOption.default(limits.connect).describe('Time for one attempt to connect.'),
  reconnect: z
    .strictObject({
      attempts: z
        .int()
        .nonnegative()
        .max(1_000)
        .default(0)
        .describe('Further attempts when a task cannot connect.'),
      delay: durationOption.default(1_000).describe('Wait between them.'),
    })
    .prefault({})
    .describe('What a task does when it cannot connect. An exchange that has begun is never begun anew.'),
});

/** As written. */
export type ConnectionDefinition = z.input<typeof connectionSchema>;
/** Checked, with defaults. */
export type Connection = z.output<typeof connectionSchema>;

/** Checks the fields of a connection. Throws DEFINITION_INVALID. */
export function parseConnection(fields: unknown): Connection {
  const parsed = connectionSchema.safeParse(fields);
  if (!parsed.success) {
    const { message } = optionError(connectionSchema, fields, parsed.error, '');
    throw automationErrors.error('DEFINITION_INVALID', {
      kind: 'connection',
      reason: message.replace(/\.$/, ''),
    });
  }
  codecOf(parsed.data);
  return parsed.data;
}

/** Whether messages end where a read ends, so that characters may be split between them. */
export function isUnframed({ framing }: Connection): boolean {
  return framing === AS_IT_ARRIVES || framing === 'raw';
}

/** The framing of a connection, over bytes. Throws FRAMING_SPEC_INVALID. */
export function codecOf(connection: Connection): Codec<Buffer, Payload> {
  const { framing, maxMessage } = connection;
  if (isUnframed(connection)) return raw({ max: maxMessage });
  return typeof framing === 'string' ? parseFraming(framing) : framingFromSpec(framing as never);
}

/** Where a task connects to. */
export function endpointOf({ address, port: number }: Connection): {
  protocol: 'tcp';
  host: string;
  port: number;
} {
  return { protocol: 'tcp', host: address, port: number };
}

/** Where a trigger listens. Throws ADDRESS_NOT_LISTENABLE for a name. */
export function listenEndpointOf(connection: Connection): { protocol: 'tcp'; host: string; port: number } {
  const { address } = connection;
  if (isIP(address.replace(/%.*$/, '')) !== 0) return endpointOf(connection);
  if (address === 'localhost') return { ...endpointOf(connection), host: '127.0.0.1' };
  const reason = 'it is a name, and a name may stand for several machines';
  throw automationErrors.error('ADDRESS_NOT_LISTENABLE', { address, reason });
}
