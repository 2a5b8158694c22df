import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Codec } from '../framing/codec.ts';
import { tcpLimits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import type { Dial } from '../link/tcp.ts';
import { durationOption, sizeOption } from '../options.ts';

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

/** The part of the options that can be written down as data. */
export const clientSchema = z.strictObject({
  connectTimeout: durationOption
    .default(defaults.connect)
    .describe('Time for one attempt, over all addresses.'),
  handshakeTimeout: durationOption.default(defaults.handshake).describe('Time for the handshake hook.'),
  idle: durationOption
    .optional()
    .describe('Longest silence of the peer before the link is given up. Off by default.'),
  reconnect: z
    .union([z.literal(false), reconnectSchema])
    .prefault({})
    .describe('Waits between attempts; false: one attempt, one link.'),
  whileDown: z
    .union([z.literal(false), whileDownSchema])
    .prefault({})
    .describe('What send() does while not connected; false: it throws NOT_CONNECTED.'),
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

export interface ClientOptions<In, Out> extends z.input<typeof clientSchema> {
  readonly codec: Codec<In, Out>;
  /** Runs on each new link before messages flow; when it throws, the link ends and the next attempt follows. */
  readonly handshake?: (link: Link<In, Out>, context: { signal: AbortSignal }) => void | Promise<void>;
  /** Frames as they come, in batches. Without it use `receive()` or `batches()`. */
  readonly frames?: (batch: In[]) => void;
  readonly clock?: Clock;
  /** 0 (included) to 1 (excluded): for the jitter. */
  readonly random?: () => number;
  /** How a transport is opened; over sockets by default. */
  readonly dial?: Dial;
}
