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
    .describe('Upper limit of the first random wait; it doubles with each failure.'),
  max: durationOption.default(defaults.reconnectMax).describe('Largest upper limit of the random wait.'),
  jitter: z
    .enum(['full', 'none'])
    .default('full')
    .describe('full: a random wait up to the limit. none: the limit.'),
  stable: durationOption
    .default(defaults.reconnectStable)
    .describe('After a link that lasted this long, the waits start at "min" again.'),
});

const whileDownSchema = z.strictObject({
  queue: sizeOption
    .default(defaults.whileDown)
    .describe('Bytes of encoded messages kept while not connected.'),
  onFull: z
    .enum(['reject', 'drop-oldest'])
    .default('reject')
    .describe('reject: send() throws QUEUE_FULL. drop-oldest: the oldest are dropped and counted.'),
});

const probeSchema = z
  .strictObject({
    every: durationOption.describe('Silence of the peer after which it is probed.'),
    timeout: durationOption.default(defaults.probeTimeout).describe('Time for the peer to answer.'),
    send: z.unknown().optional().describe('The message to send as a probe.'),
    bytes: z
      .union([z.instanceof(Uint8Array), z.string()])
      .optional()
      .describe('Instead of "send": the bytes to send, without framing; text in UTF-8.'),
    expect: z
      .unknown()
      .optional()
      .describe(
        'The frame that is the answer, or a function that recognises it. Default: any received bytes.',
      ),
  })
  .refine(({ send, bytes }) => (send === undefined) !== (bytes === undefined), {
    message: 'a probe has either "send" or "bytes"',
  });

/** The options that are plain data. */
export const clientSchema = z.strictObject({
  connectTimeout: durationOption
    .default(defaults.connect)
    .describe('Time for one attempt, over all addresses.'),
  handshakeTimeout: durationOption.default(defaults.handshake).describe('Time for the handshake hook.'),
  idle: durationOption
    .optional()
    .describe('Silence of the peer after which the link is closed. Off by default.'),
  probe: probeSchema.optional().describe('Probes of a silent peer. Off by default.'),
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
    .describe('Use TLS: trusted authorities and own certificate. Not with tcp:// or unix: endpoints.'),
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
    .describe('Waiting bytes at which send() starts to return false.'),
  closeGrace: durationOption.default(defaults.closeGrace).describe('Time for close() to send waiting bytes.'),
});

/** Probes: the message for a silent peer, and the expected answer. */
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
   * Runs on each new link before it is ready. If it throws, the link ends and the next attempt follows. Until it ends, only
   * the handshake uses `request()`, `send()` and `receive()` of the link.
   */
  readonly handshake?: (link: Link<In, Out>, context: { signal: AbortSignal }) => void | Promise<void>;
  /** Frames as they arrive, in batches. Without it use `receive()` or `batches()`. */
  readonly frames?: (batch: In[]) => void;
  readonly probe?: ProbeOptions<In, Out> | undefined;
  /** How replies are matched to requests (default `order`). */
  readonly correlate?: Correlation<In, Out>;
  readonly tls?: TlsOptions | undefined;
  /** Finds the addresses of a name. Default: the look-up of the operating system. */
  readonly lookup?: Lookup;
  readonly clock?: Clock;
  /** Random numbers from 0 (included) to 1 (excluded), for the jitter. */
  readonly random?: () => number;
  /** Opens transports. Default: sockets. */
  readonly dial?: Dial;
}

/** The options that are plain data; the others are code. */
export function dataOf<In, Out>(options: ClientOptions<In, Out>): Record<string, unknown> {
  const { codec, handshake, frames, correlate, lookup, clock, random, dial, ...data } = options;
  return data;
}
