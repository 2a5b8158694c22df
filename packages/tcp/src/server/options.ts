import { type Clock, durationOption, type FairleadError, sizeOption } from '@fairlead/core';
import { z } from 'zod';
import type { Codec } from '../framing/codec.ts';
import { tcpLimits } from '../limits.ts';
import type { Listen } from '../link/dial.ts';
import { type ServerTlsOptions, serverTlsSchema } from '../link/tls-options.ts';
import { type Correlation, requestsSchema } from '../request/options.ts';
import type { Session } from './session.ts';

const defaults = tcpLimits.values;

/** Bounds of a server. `docs/limits.md` explains each. */
const serverLimitsSchema = z.strictObject({
  sessions: z.int().positive().default(defaults.sessions).describe('Links at the same time.'),
  perAddress: z
    .int()
    .positive()
    .optional()
    .describe(
      'Links of one address that have not finished their handshake. Unlimited by default: fleets sit behind NAT.',
    ),
  acceptRate: z
    .strictObject({
      perSecond: z.number().positive().describe('New links a second, in the long run.'),
      burst: z.int().positive().optional().describe('New links at once; those of one second by default.'),
    })
    .optional()
    .describe('How fast new links are let in; more are closed at once. Unlimited by default.'),
  handshake: durationOption
    .default(defaults.handshake)
    .describe('Time that a peer may take for its handshake; our own look-ups do not count.'),
  idle: durationOption
    .optional()
    .describe('Longest silence of a peer. Off by default; keep-alive probes find peers that are gone.'),
  frameTotal: sizeOption
    .default(defaults.frameTotal)
    .describe('Bytes of incomplete frames of all peers of the server together.'),
  writeBuffer: sizeOption
    .default(defaults.writeBuffer)
    .describe('Bytes that may wait for a peer that does not read.'),
  writeBufferTotal: sizeOption
    .default(defaults.writeBufferTotal)
    .describe('The same for all peers of the server together. Beyond it each may have an equal part.'),
  writeHighWater: sizeOption
    .default(defaults.writeHighWater)
    .describe('Bytes waiting from which send() answers false.'),
  closeGrace: durationOption
    .default(defaults.closeGrace)
    .describe('Time that a closing link has to send what waits, before it is destroyed.'),
});
export type ServerLimits = z.input<typeof serverLimitsSchema>;

/** The part of the options that can be written down as data. */
export const serverSchema = z.strictObject({
  name: z.string().default('session').describe('Names the server in session ids.'),
  limits: serverLimitsSchema.prefault({}),
  allow: z
    .array(z.string())
    .optional()
    .describe('Addresses and ranges that may connect; without it all that are not denied.'),
  deny: z.array(z.string()).optional().describe('Addresses and ranges that may not, allowed or not.'),
  tls: serverTlsSchema
    .optional()
    .describe('Speak TLS: our certificates, and whom to let in. Not with tcp:// or unix: endpoints.'),
  requests: requestsSchema.prefault({}).describe('Bounds of request() of each session.'),
  noDelay: z.boolean().optional().describe('Send small pieces at once (default true).'),
  keepAlive: z
    .union([z.literal(false), durationOption])
    .optional()
    .describe('Silence after which the operating system probes the peer (default one minute).'),
});

export interface ServeOptions<In, Out, Data> extends Omit<z.input<typeof serverSchema>, 'tls'> {
  readonly codec: Codec<In, Out>;
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * The handshake: takes frames with `session.receive()`, says who it is with `session.send()`, may change the framing
   * with `session.use()`. What it returns becomes `session.data`; when it throws, the link ends with that error.
   */
  accept?(session: Session<In, Out, Data>, context: { signal: AbortSignal }): Data | Promise<Data>;
  /** Frames of a session, in batches. Without it use `session.receive()` or `session.batches()`. */
  frames?(session: Session<In, Out, Data>, batch: In[]): void;
  /** A session may send again after `send` answered false. */
  writable?(session: Session<In, Out, Data>): void;
  /** A session, handshaken or not, has ended. */
  closed?(session: Session<In, Out, Data>, cause: FairleadError): void;
  /** How replies find the requests of a session (default `order`). */
  readonly correlate?: Correlation<In, Out>;
  readonly clock?: Clock;
  /** Where transports come from; sockets by default. */
  readonly listen?: Listen;
}

/** What of the options can be written down; the rest is code. */
export function dataOf<In, Out, Data>(options: ServeOptions<In, Out, Data>): Record<string, unknown> {
  const { codec, accept, frames, writable, closed, correlate, clock, listen, ...data } = options;
  return data;
}
