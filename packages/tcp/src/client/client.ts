import type { EventEmitter } from 'node:events';
import type { Endpoint, FairleadError } from '@fairlead/core';
import type { Link } from '../link/link.ts';
import type { RequestOptions } from '../request/options.ts';
import type { ClientState } from './state.ts';
import type { ClientStats } from './stats.ts';

/** A change of state; `cause` is set if something ended. */
export interface StateChange {
  readonly from: ClientState;
  readonly to: ClientState;
  readonly cause?: FairleadError | undefined;
}

/** A logical connection over successive links. Created by `connect()`. */
export interface Client<In, Out = In> extends EventEmitter<{ state: [StateChange] }>, AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly state: ClientState;
  /** Why the last link or attempt ended. */
  readonly cause: FairleadError | undefined;
  /** The identity that the peer has proved, over TLS, on the current link. */
  readonly peer: Link<In, Out>['peer'];

  /** Resolves when the client is ready. Rejects when the client is closed or stops reconnecting, and with `ABORTED`. */
  ready(options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Sends a message, or queues it until the peer is back. If it returns false, wait for {@link drained} before you send more.
   * Throws `QUEUE_FULL`, `NOT_CONNECTED` (no queue), `MESSAGE_NOT_ENCODABLE`, or the cause when the client is closed.
   */
  send(message: Out): boolean;
  /**
   * Sends a message and resolves with its reply. Without a connection it waits for one. `frames`, `receive()` and
   * `batches()` do not get replies. If the link is lost before the reply, the request is not sent again, because the peer may
   * have carried it out: it rejects with the cause of the link. It also rejects like `Link.request`.
   */
  request(message: Out, options?: RequestOptions): Promise<In>;
  /** Resolves when `send` may be called again. */
  drained(signal?: AbortSignal): Promise<void>;
  /** The next frame, from the current link or a later one. Rejects when the client is closed or stops reconnecting. */
  receive(options?: { signal?: AbortSignal }): Promise<In>;
  /** The received part of the next frame on the current link; undefined: none, or the frame is complete. */
  unfinished(): ReturnType<Link<In, Out>['unfinished']>;
  /** Frames in batches, over all links. Ends when the client is closed; throws when the client stops reconnecting. */
  batches(options?: { signal?: AbortSignal }): AsyncGenerator<In[], void, undefined>;
  /**
   * Accepts no more messages, sends those that it has accepted, waits for the replies, then closes. Connects for that if
   * necessary. If the signal fires first, it ends at once and rejects with `ABORTED`.
   */
  drain(options?: { signal?: AbortSignal }): Promise<void>;
  /** Sends the messages that wait on the link, closes it, and does not reconnect. */
  close(): Promise<void>;
  /** Ends at once. Messages that wait to be sent are lost. */
  destroy(cause?: FairleadError): Promise<void>;
  stats(): ClientStats;
}
