import { type Clock, durationOption, parseOptions } from '@fairlead/core';
import { type ClientOptions, type Codec, type ServeOptions, tcpLimits } from '@fairlead/tcp';
import { limitOption } from '@fairlead/tcp/internal';
import { z } from 'zod';
import { messagingLimits } from './limits.ts';
import type { Incoming, Message } from './message.ts';

const defaults = messagingLimits.values;

/** The part of the options that can be written down as data. */
export const messagingSchema = z.strictObject({
  source: z.string().default('fairlead').describe('Names this side in the metadata of what it sends.'),
  sendQueue: limitOption
    .default(defaults.sendQueue)
    .describe('Bytes of encoded messages that wait for one peer that is slow or away.'),
  sendTotal: limitOption
    .default(defaults.sendTotal)
    .describe('The same for all clients of a server together.'),
  inbox: z
    .strictObject({
      size: limitOption
        .default(defaults.inbox)
        .describe('Memory of the messages of one peer that wait for receive(): bytes, by an estimate.'),
      total: limitOption
        .default(defaults.inboxTotal)
        .describe('The same for all clients of a server together.'),
      onFull: z
        .enum(['wait', 'drop-oldest'])
        .default('wait')
        .describe(
          'wait: a peer is not read until there is room. drop-oldest: the oldest give way and are counted.',
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
  requestTimeout: durationOption.default(defaults.requestTimeout).describe('Time that an answer may take.'),
  heartbeat: z
    .union([
      z.literal(false),
      z.strictObject({
        every: durationOption.describe('Time between the heartbeats that this side sends.'),
        timeout: durationOption
          .optional()
          .describe('Longest silence of a peer, then IDLE_TIMEOUT. Default: three times "every".'),
      }),
    ])
    .default(false)
    .describe('Heartbeat messages; off by default.'),
  drain: durationOption
    .default(tcpLimits.values.closeGrace)
    .describe('Time that disconnect() gives to messages that wait to be sent.'),
});

export interface MessagingOptions extends z.input<typeof messagingSchema> {
  /** How messages travel: `messageJson()` by default, or `messagePack()`. */
  readonly codec?: Codec<Incoming, Message>;
  readonly clock?: Clock;
}

export interface TcpClientOptions extends MessagingOptions {
  /** Where `connect()` connects without an argument. Default `localhost:8080`. */
  readonly endpoint?: string;
  /** The link's own options, as of `connect()`: reconnecting, time limits, sockets. */
  readonly connection?: Omit<
    ClientOptions<Incoming, Message>,
    'codec' | 'handshake' | 'frames' | 'clock' | 'whileDown'
  >;
}

export interface TcpServerOptions extends MessagingOptions {
  /** Where `connect()` listens without an argument. Default `127.0.0.1:8080`; `:8080` is every address. */
  readonly endpoint?: string;
  /** The listener's own options, as of `serve()`: limits, sockets. */
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
