import { type Clock, type Duration, durationOption, sizeOption } from '@fairlead/core';
import { z } from 'zod';
import type { Codec } from '../framing/codec.ts';
import { tcpLimits } from '../limits.ts';
import type { Dial, Lookup } from '../link/dial.ts';
import type { Link } from '../link/link.ts';
import { type TlsOptions, tlsSchema } from '../link/tls-options.ts';
import { type Correlation, requestsSchema } from '../request/options.ts';

const defaults = tcpLimits.values;

const reconnectSchema = z.strictObject({
  min: durationOption
    .default(defaults.reconnectMin)
    .describe('Upper end of the first random wait; it doubles.'),
  max: durationOption.default(defaults.reconnectMax).describe('Upper end that the random wait grows to.'),
  jitter: z.enum(['full', 'none']).default('full').describe('full: wait a random part of the bound.'),
  stable: durationOption
    .default(defaults.reconnectStable)
    .describe('A link that lived this long starts the waits from the beginning.'),
});

const whileDownSchema = z.strictObject({
  queue: sizeOption
    .default(defaults.whileDown)
    .describe('Bytes of encoded messages kept while not connected.'),
  onFull: z
    .enum(['reject', 'drop-oldest'])
    .default('reject')
    .describe('reject: send() throws QUEUE_FULL. drop-oldest: the oldest give way and are counted.'),
});

const probeSchema = z
  .strictObject({
    every: durationOption.describe('Silence of the peer after which it is asked whether it lives.'),
    timeout: durationOption.default(defaults.probeTimeout).describe('Time for its answer.'),
    send: z.unknown().optional().describe('A message, as send() takes it.'),
    bytes: z
      .union([z.instanceof(Uint8Array), z.string()])
      .optional()
      .describe('Or bytes as they go over the wire; text in UTF-8.'),
    expect: z
      .unknown()
      .optional()
      .describe('The frame that answers, or a function that knows it. Without it whatever arrives is proof.'),
  })
  .refine(({ send, bytes }) => (send === undefined) !== (bytes === undefined), {
    message: 'a probe has either "send" or "bytes"',
  });

/** The part of the options that can be written down as data. */
export const clientSchema = z.strictObject({
  connectTimeout: durationOption
    .default(defaults.connect)
    .describe('Time for one attempt, over all addresses.'),
  handshakeTimeout: durationOption.default(defaults.handshake).describe('Time for the handshake hook.'),
  idle: durationOption
    .optional()
    .describe('Longest silence of the peer before the link is given up. Off by default.'),
  probe: probeSchema.optional().describe('Proof of life of a silent peer. Off by default.'),
  reconnect: z
    .union([z.literal(false), reconnectSchema])
    .prefault({})
    .describe('Waits between attempts; false: one attempt, one link.'),
  whileDown: z
    .union([z.literal(false), whileDownSchema])
    .prefault({})
    .describe('What send() does while not connected; false: it throws NOT_CONNECTED.'),
  requests: requestsSchema.prefault({}).describe('Bounds of request().'),
  tls: tlsSchema
    .optional()
    .describe('Speak TLS: whom to trust, and who we are. Not with tcp:// or unix: endpoints.'),
  noDelay: z.boolean().default(true).describe('Send small pieces at once.'),
  keepAlive: z
    .union([z.literal(false), durationOption])
    .optional()
    .describe('Silence after which the operating system probes the peer.'),
  writeBuffer: sizeOption
    .default(defaults.writeBuffer)
    .describe('Bytes that may wait for a peer that does not read.'),
  writeHighWater: sizeOption
    .default(defaults.writeHighWater)
    .describe('Bytes waiting from which send() answers false.'),
  closeGrace: durationOption.default(defaults.closeGrace).describe('Time that close() gives to what waits.'),
});

/** Proof of life: what is sent to a peer that has been silent, and what it shall answer. */
export interface ProbeOptions<In, Out> {
  readonly every: Duration;
  readonly timeout?: Duration | undefined;
  readonly send?: Out | undefined;
  readonly bytes?: Uint8Array | string | undefined;
  /** The answer; it is consumed and does not reach the program. */
  readonly expect?: In | ((frame: In) => boolean) | undefined;
}

export interface ClientOptions<In, Out> extends Omit<z.input<typeof clientSchema>, 'probe' | 'tls'> {
  readonly codec: Codec<In, Out>;
  /**
   * Runs on each new link before messages flow; when it throws, the link ends and the next attempt follows. The link's
   * `request()`, `send()` and `receive()` are for it alone meanwhile.
   */
  readonly handshake?: (link: Link<In, Out>, context: { signal: AbortSignal }) => void | Promise<void>;
  /** Frames as they come, in batches. Without it use `receive()` or `batches()`. */
  readonly frames?: (batch: In[]) => void;
  readonly probe?: ProbeOptions<In, Out> | undefined;
  /** How replies find their requests (default `order`). */
  readonly correlate?: Correlation<In, Out>;
  readonly tls?: TlsOptions | undefined;
  /** Finds the addresses of a name; the operating system's way by default. */
  readonly lookup?: Lookup;
  readonly clock?: Clock;
  /** 0 (included) to 1 (excluded): for the jitter. */
  readonly random?: () => number;
  /** How a transport is opened; over sockets by default. */
  readonly dial?: Dial;
}

/** What of the options can be written down; the rest is code. */
export function dataOf<In, Out>(options: ClientOptions<In, Out>): Record<string, unknown> {
  const { codec, handshake, frames, correlate, lookup, clock, random, dial, ...data } = options;
  return data;
}
