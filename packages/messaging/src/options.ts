import { type Clock, durationOption, parseOptions } from '@fairlead/core';
import { type ClientOptions, type Codec, type ServeOptions, tcpLimits } from '@fairlead/tcp';
import { limitOption } from '@fairlead/tcp/internal';
import { z } from 'zod';
import { messagingLimits } from './limits.ts';
import type { Incoming, Message } from './message.ts';

const defaults = messagingLimits.values;

/** The options that are plain data. */
export const messagingSchema = z.strictObject({
  source: z
    .string()
    .default('fairlead')
    .describe('Name of this side, in the metadata of messages that it sends.'),
  sendQueue: limitOption
    .default(defaults.sendQueue)
    .describe('Bytes of encoded messages that may wait for one slow or disconnected peer.'),
  sendTotal: limitOption
    .default(defaults.sendTotal)
    .describe('The same for all clients of a server together.'),
  inbox: z
    .strictObject({
      size: limitOption
        .default(defaults.inbox)
        .describe('Estimated memory, in bytes, of the messages of one peer that wait for receive().'),
      total: limitOption
        .default(defaults.inboxTotal)
        .describe('The same for all clients of a server together.'),
      onFull: z
        .enum(['wait', 'drop-oldest'])
        .default('wait')
        .describe(
          'wait: a peer is not read until there is room. drop-oldest: the oldest are dropped and counted.',
        ),
    })
    .prefault({}),
  handlers: z
    .int()
    .positive()
    .default(defaults.handlers)
    .describe('Handlers that run at the same time; 1: one message after another.'),
  requests: z
    .int()
    .positive()
    .default(defaults.requests)
    .describe('Requests that wait for their answer at the same time.'),
  requestTimeout: durationOption.default(defaults.requestTimeout).describe('Time for a peer to answer.'),
  heartbeat: z
    .union([
      z.literal(false),
      z.strictObject({
        every: durationOption.describe('Interval of the heartbeats that this side sends.'),
        timeout: durationOption
          .optional()
          .describe(
            'Silence of a peer after which its link is closed with IDLE_TIMEOUT. Default: three times "every".',
          ),
      }),
    ])
    .default(false)
    .describe('Heartbeat messages; off by default.'),
  drain: durationOption
    .default(tcpLimits.values.closeGrace)
    .describe('Time for disconnect() to send waiting messages.'),
});

export interface MessagingOptions extends z.input<typeof messagingSchema> {
  /** The codec of messages: `messageJson()` by default, or `messagePack()`. */
  readonly codec?: Codec<Incoming, Message>;
  readonly clock?: Clock;
}

export interface TcpClientOptions extends MessagingOptions {
  /** Where `connect()` connects without an argument. Default `localhost:8080`. */
  readonly endpoint?: string;
  /** Options of the link, as of `connect()`: reconnecting, time limits, sockets. */
  readonly connection?: Omit<
    ClientOptions<Incoming, Message>,
    'codec' | 'handshake' | 'frames' | 'clock' | 'whileDown'
  >;
}

export interface TcpServerOptions extends MessagingOptions {
  /** Where `connect()` listens without an argument. Default `127.0.0.1:8080`; `:8080` means all addresses. */
  readonly endpoint?: string;
  /** Options of the listener, as of `serve()`: limits, sockets. */
  readonly listener?: Omit<
    ServeOptions<Incoming, Message, undefined>,
    'codec' | 'accept' | 'frames' | 'writable' | 'closed' | 'clock' | 'name'
  >;
}

export type MessagingSettings = z.output<typeof messagingSchema>;

export function messagingSettings(options: MessagingOptions, where: string): MessagingSettings {
  const {
    codec: _codec,
    clock: _clock,
    endpoint: _endpoint,
    connection: _connection,
    listener: _listener,
    ...data
  } = options as TcpClientOptions & TcpServerOptions;
  return parseOptions(messagingSchema, data, where);
}

/** Milliseconds of silence after which a peer is disconnected. */
export function heartbeatTimeout({ heartbeat }: MessagingSettings): number | undefined {
  return heartbeat === false ? undefined : (heartbeat.timeout ?? heartbeat.every * 3);
}
