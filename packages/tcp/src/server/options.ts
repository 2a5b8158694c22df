import { type Clock, durationOption, type FairleadError, sizeOption } from '@fairlead/core';
import { z } from 'zod';
import type { Codec } from '../framing/codec.ts';
import { tcpLimits } from '../limits.ts';
import type { Listen } from '../link/dial.ts';
import { type ServerTlsOptions, serverTlsSchema } from '../link/tls-options.ts';
import { type Correlation, requestsSchema } from '../request/options.ts';
import type { Session } from './session.ts';

const defaults = tcpLimits.values;

/** Limits of a server. `docs/limits.md` explains each. */
export const serverLimitsSchema = z.strictObject({
  sessions: z.int().positive().default(defaults.sessions).describe('Links at the same time.'),
  perAddress: z
    .int()
    .positive()
    .optional()
    .describe(
      'Links of one address that have not finished their handshake. Unlimited by default: many devices may share an address behind NAT.',
    ),
  acceptRate: z
    .strictObject({
      perSecond: z.number().positive().describe('New links per second, on average.'),
      burst: z.int().positive().optional().describe('New links at once. Default: perSecond.'),
    })
    .optional()
    .describe('Rate of new links; further links are closed at once. Unlimited by default.'),
  acceptRatePerAddress: z
    .strictObject({
      perSecond: z.number().positive().describe('New links per second of one address, on average.'),
      burst: z.int().positive().optional().describe('New links at once. Default: perSecond.'),
    })
    .optional()
    .describe('The same for each address (of IPv6: each network of 64 bits). Unlimited by default.'),
  lockout: z
    .strictObject({
      failures: z
        .int()
        .positive()
        .max(defaults.lockoutFailures)
        .describe('Different wrong proofs of one address after which it is locked out.'),
      within: durationOption.prefault('1m').describe('Time within which they count.'),
      time: durationOption.prefault('10m').describe('Time for which its new links are closed at once.'),
    })
    .optional()
    .describe(
      'Locks out addresses (of IPv6: networks of 64 bits) whose peers fail to prove who they are: see `session.blame()`. Those of proxies are not counted. Off by default.',
    ),
  handshake: durationOption
    .default(defaults.handshake)
    .describe('Time for a peer to finish its handshake. Time of our own look-ups does not count.'),
  idle: durationOption
    .optional()
    .describe(
      'Silence of a peer after which its link is closed. Off by default; keep-alive probes detect peers that are gone.',
    ),
  frameTotal: sizeOption
    .default(defaults.frameTotal)
    .describe('Bytes of incomplete frames of all peers of the server together.'),
  writeBuffer: sizeOption
    .default(defaults.writeBuffer)
    .describe('Bytes that may wait for a peer that does not read.'),
  writeBufferTotal: sizeOption
    .default(defaults.writeBufferTotal)
    .describe('The same for all peers of the server together. Beyond it, each peer may use an equal share.'),
  writeHighWater: sizeOption
    .default(defaults.writeHighWater)
    .describe('Waiting bytes at which send() starts to return false.'),
  closeGrace: durationOption
    .default(defaults.closeGrace)
    .describe('Time for a closing link to send its waiting bytes. Then it is destroyed.'),
});
export type ServerLimits = z.input<typeof serverLimitsSchema>;

/** The options that are plain data. */
export const serverSchema = z.strictObject({
  name: z.string().default('session').describe('Name of the server in session ids.'),
  limits: serverLimitsSchema.prefault({}),
  allow: z
    .array(z.string())
    .optional()
    .describe('Addresses and ranges that may connect. Default: all that are not denied.'),
  deny: z
    .array(z.string())
    .optional()
    .describe('Addresses and ranges that may not connect, even if "allow" lists them.'),
  proxy: z
    .strictObject({
      trusted: z.array(z.string()).min(1).describe('Addresses and ranges of the proxies.'),
      required: z
        .boolean()
        .default(true)
        .describe('false: these addresses may also connect for themselves, without a header.'),
    })
    .optional()
    .describe(
      'Proxies that begin each link with a header of the PROXY protocol (version 1 or 2). The address in it counts as that of the peer. A header from any other address closes the link.',
    ),
  tls: serverTlsSchema
    .optional()
    .describe(
      'Use TLS: own certificates, and checks of client certificates. Not with tcp:// or unix: endpoints.',
    ),
  requests: requestsSchema.prefault({}).describe('Limits of request() of each session.'),
  noDelay: z.boolean().optional().describe('Send small pieces at once (default true).'),
  keepAlive: z
    .union([z.literal(false), durationOption])
    .optional()
    .describe('Silence after which the operating system probes the peer (default one minute).'),
});

export interface ServeOptions<In, Out, Data> extends Omit<z.input<typeof serverSchema>, 'tls'> {
  readonly codec: Codec<In, Out>;
  readonly tls?: ServerTlsOptions | undefined;
  /** A link was accepted; its PROXY header and its TLS handshake may follow, before `accept`. */
  opened?(session: Session<In, Out, Data>): void;
  /**
   * The handshake: it may receive frames with `session.receive()`, send with `session.send()`, and change the framing with
   * `session.use()`. Its result becomes `session.data`. If it throws, the link ends with that error.
   */
  accept?(session: Session<In, Out, Data>, context: { signal: AbortSignal }): Data | Promise<Data>;
  /** Frames of a session, in batches. Without it use `session.receive()` or `session.batches()`. */
  frames?(session: Session<In, Out, Data>, batch: In[]): void;
  /** A session may send again after `send` returned false. */
  writable?(session: Session<In, Out, Data>): void;
  /** An address is locked out from now on (ADDRESS_LOCKED_OUT). */
  lockedOut?(address: string, error: FairleadError): void;
  /** A session has ended, before or after its handshake. */
  closed?(session: Session<In, Out, Data>, cause: FairleadError): void;
  /** How replies are matched to the requests of a session (default `order`). */
  readonly correlate?: Correlation<In, Out>;
  readonly clock?: Clock;
  /** Accepts transports. Default: sockets. */
  readonly listen?: Listen;
}

export interface BroadcastOptions<In, Out, Data> {
  /** Selects the sessions. Default: all that have finished their handshake. */
  readonly filter?: ((session: Session<In, Out, Data>) => boolean) | undefined;
  /**
   * The treatment of a session for which more than `limits.writeHighWater` bytes wait. `keep` (the default): the message is
   * queued too; beyond `limits.writeBuffer` the session ends with WRITE_BUFFER_FULL. `skip`: the session does not get it.
   */
  readonly slow?: 'keep' | 'skip' | undefined;
}

/** The options that are plain data; the others are code. */
export function dataOf<In, Out, Data>(options: ServeOptions<In, Out, Data>): Record<string, unknown> {
  const { codec, opened, accept, frames, writable, lockedOut, closed, correlate, clock, listen, ...data } =
    options;
  return data;
}
