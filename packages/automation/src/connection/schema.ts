/** A connection: saved settings of a TCP connection, not a live socket. */
import { isIP } from 'node:net';
import { durationOption, type Endpoint, optionError, sizeOption } from '@fairlead/core';
import {
  type Codec,
  framingFromSpec,
  type Payload,
  parseFraming,
  raw,
  type ServerTlsOptions,
  type TlsOptions,
} from '@fairlead/tcp';
import { z } from 'zod';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import { secondsOption } from '../seconds.ts';

const limits = automationLimits.values;
const AS_IT_ARRIVES = 'as-it-arrives';

/** Names of connections, tasks, triggers and jobs. */
export const nameSchema = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,63}$/u, {
  error: () => 'expected 1 to 64 letters, digits, spaces, "_", ".", ":" or "-", the first a letter or digit',
});

/** An IP address or a DNS name, internationalised names included. */
function isHost(text: string): boolean {
  if (isIP(text.replace(/%[\w.-]+$/, '')) !== 0) return true;
  // Digits and dots alone are a mistyped address, not a name.
  return (
    /^[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}_])?(\.[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}_])?)*\.?$/u.test(
      text,
    ) && !/^[\d.]+$/.test(text)
  );
}

const port = z.int().min(0).max(65_535);

const file = z.string().min(1).max(65_536);
const tlsFields = z.strictObject({
  ca: file
    .optional()
    .describe(
      'Certificate authorities to trust instead of the default ones: PEM, or the path of a PEM file.',
    ),
  cert: file.optional().describe('Own certificate: PEM, or the path of a PEM file.'),
  key: file.optional().describe('Private key of the certificate: PEM, or the path of a PEM file.'),
  passphrase: z.string().optional().describe('Passphrase of the private key.'),
  servername: z
    .string()
    .optional()
    .describe('Name that the certificate of the peer must have. Default: the address.'),
  insecure: z.boolean().default(false).describe('true: accepts any certificate of the peer. For tests only.'),
});

const device = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_:-]{0,63}$/, {
  error: () => 'expected the name of a device',
});

export const connectionSchema = z.strictObject({
  device: device
    .optional()
    .describe(
      'Name of a device that Fairlead dials. Its link is used instead of a connection of its own; address, port, framing and tls are those of the device.',
    ),
  wait: durationOption
    .default(limits.deviceWait)
    .describe('With device: time that a task waits for the link.'),
  hold: durationOption
    .refine((ms) => ms >= 1 && ms <= limits.deviceHoldMax, { error: () => 'expected 1ms to 10m' })
    .default(limits.deviceHold)
    .describe('With device: time that a task has the link at most. Polls and commands wait meanwhile.'),
  address: z
    .string()
    .min(1)
    .max(253)
    .refine((address) => isHost(address), {
      error: () =>
        'expected an IPv4 or IPv6 address, or a name such as plc-7.local; the port is a separate field',
    })
    .default('127.0.0.1')
    .describe(
      'IPv4 or IPv6 address, or a DNS name for a task. A trigger listens here; 0.0.0.0 or :: means all addresses.',
    ),
  port: port.default(9_090).describe('Port of the peer, or to listen on.'),
  group: z.string().max(64).optional().describe('Group in lists.'),
  timeout: secondsOption
    .refine((ms) => ms >= 0, { error: 'expected seconds to wait; 0 means without limit' })
    .default(limits.receive)
    .describe(
      'Time that a receive waits for a message: seconds, or a duration such as 500ms. 0: until the socket closes.',
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
      'For bytes that are invalid in the code page, and characters that it lacks. strict: fails the run. replace: substitutes a character.',
    ),
  maxClients: z
    .union([z.null(), z.int().nonnegative()])
    .default(limits.clients)
    .transform((count) => count ?? 0)
    .describe(
      'Clients of a trigger at the same time. A further client is closed. 0 or empty: as many as the memory of all runs allows.',
    ),
  allowHttp: z
    .boolean()
    .default(false)
    .describe(
      'true: a trigger treats HTTP requests as ordinary messages. By default it closes a client whose first line is an HTTP request, because a web page can make a browser send one.',
    ),
  logSent: z.boolean().default(true).describe('Whether sent messages appear in the output.'),
  logReceived: z.boolean().default(true).describe('Whether received messages appear in the output.'),
  framing: z
    .union([z.string(), z.looseObject({ rules: z.array(z.unknown()) })])
    .default(AS_IT_ARRIVES)
    .describe(
      'How messages are separated. as-it-arrives: one read is one message; or line, length:2, fixed:12, rules as JSON.',
    ),
  maxMessage: sizeOption
    .refine((bytes) => bytes >= 1)
    .default(limits.message)
    .describe('Largest message without framing, such as 64KiB. A longer read becomes several messages.'),
  keepAlive: z
    .union([z.literal(false), durationOption])
    .optional()
    .describe('Silence after which the operating system probes the peer; false: never.'),
  tls: z
    .union([z.boolean(), tlsFields])
    .default(false)
    .describe('Whether the connection is encrypted. A trigger needs cert and key.'),
  connectTimeout: durationOption.default(limits.connect).describe('Time for one attempt to connect.'),
  reconnect: z
    .strictObject({
      attempts: z
        .int()
        .nonnegative()
        .max(1_000)
        .default(0)
        .describe('Further attempts when a task cannot connect.'),
      delay: durationOption.default(1_000).describe('Wait between attempts.'),
    })
    .prefault({})
    .describe('Retries when a task cannot connect. An exchange that has begun is never restarted.'),
});

/** As written. */
export type ConnectionDefinition = z.input<typeof connectionSchema>;
/** Checked, with defaults. */
export type Connection = z.output<typeof connectionSchema>;

/** Fields of a socket that Fairlead opens for the rules. */
const OF_SOCKETS = [
  'address',
  'port',
  'maxClients',
  'allowHttp',
  'framing',
  'maxMessage',
  'keepAlive',
  'tls',
  'connectTimeout',
];
const OF_DEVICES = ['wait', 'hold'];

/** Fields that have no meaning, because the connection is, or is not, the link of a device. */
export function strayFields(fields: unknown): { readonly field: string; readonly reason: string }[] {
  if (typeof fields !== 'object' || fields === null) return [];
  const given = fields as Record<string, unknown>;
  const strays = (names: readonly string[], why: string) =>
    names
      .filter((name) => given[name] !== undefined)
      .map((field) => ({ field, reason: `"${field}" ${why}` }));
  return given.device === undefined
    ? strays(OF_DEVICES, 'is for a connection with "device"')
    : strays(OF_SOCKETS, 'has no meaning with "device": it is that of the device');
}

/** Checks the fields of a connection. Throws DEFINITION_INVALID. */
export function parseConnection(written: unknown): Connection {
  const [stray] = strayFields(written);
  if (stray !== undefined)
    throw automationErrors.error('DEFINITION_INVALID', { kind: 'connection', reason: stray.reason });
  const fields = withDeviceTimeout(written);
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

/** A poll waits while a run has the link of a device: it must not wait long for a device that is silent. */
function withDeviceTimeout(fields: unknown): unknown {
  const isOfDevice = typeof fields === 'object' && fields !== null && 'device' in fields;
  return isOfDevice ? { timeout: `${limits.deviceTimeout}ms`, ...fields } : fields;
}

/** Whether messages end where a read ends, so that characters may be split between them. */
export const isUnframed = (codec: { readonly name: string }): boolean => codec.name === 'raw';

/** The framing of a connection, over bytes. Throws FRAMING_SPEC_INVALID or CODE_PAGE_UNKNOWN. */
export function codecOf({ framing, maxMessage, codePage: encoding }: Connection): Codec<Buffer, Payload> {
  if (framing === AS_IT_ARRIVES || framing === 'raw') return raw({ max: maxMessage });
  return typeof framing === 'string'
    ? parseFraming(framing, { encoding })
    : framingFromSpec(framing as never, { encoding });
}

type TcpEndpoint = Extract<Endpoint, { host: string }>;

/** Where a task connects to. */
export function endpointOf({ address, port: number, tls }: Connection): TcpEndpoint {
  return { protocol: tls === false ? 'tcp' : 'tls', host: address, port: number };
}

/** How a task is encrypted: options of `connect()`. */
export function clientTlsOf({ tls }: Connection): { tls?: TlsOptions } {
  if (tls === false) return {};
  const { insecure = false, ...fields } = tls === true ? {} : tls;
  return { tls: { ...present(fields), rejectUnauthorized: !insecure } };
}

/** How a trigger is encrypted: options of `serve()`. Throws DEFINITION_INVALID where the certificate is missing. */
export function serverTlsOf({ tls }: Connection): { tls?: ServerTlsOptions } {
  if (tls === false) return {};
  const { cert, key, passphrase, ca } = tls === true ? ({} as z.output<typeof tlsFields>) : tls;
  if (cert === undefined || key === undefined) {
    const reason = 'a trigger with tls needs tls.cert and tls.key';
    throw automationErrors.error('DEFINITION_INVALID', { kind: 'connection', reason });
  }
  const clients = ca === undefined ? {} : { ca, clients: 'require' as const };
  return { tls: { cert, key, ...present({ passphrase }), ...clients } };
}

function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Where a trigger listens. Throws ADDRESS_NOT_LISTENABLE for a name. */
export function listenEndpointOf(connection: Connection): TcpEndpoint {
  const { address } = connection;
  if (isIP(address.replace(/%.*$/, '')) !== 0) return endpointOf(connection);
  if (address === 'localhost') return { ...endpointOf(connection), host: '127.0.0.1' };
  const reason = 'it is a name, and a name may belong to several machines';
  throw automationErrors.error('ADDRESS_NOT_LISTENABLE', { address, reason });
}
