import type { FairleadError } from '@fairlead/core';
import type { Codec, FrameNoise } from '../framing/codec.ts';
import type { Unfinished } from '../framing/deframer.ts';
import type { RequestOptions } from '../request/options.ts';
import type { LinkStats } from '../stats/link.ts';
import type { Reader } from './inlet.ts';
import type { SocketTable, SocketTrouble } from './socket-table.ts';
import type { LinkState } from './state.ts';
import type { PeerIdentity } from './transport.ts';

/** Observes the received and sent bytes of a link. It must return at once, and must not change them. */
export interface LinkObserver {
  received(chunk: Uint8Array): void;
  /** The pieces of one write. */
  sent(pieces: readonly Uint8Array[]): void;
}

/** One live connection, framed. A link is never reopened: a client creates a new one. */
export interface Link<In, Out = In> {
  readonly state: LinkState;
  /** Why the link ended or is about to end; set as soon as it is known. */
  readonly cause: FairleadError | undefined;
  /** The framing in use. */
  readonly codec: Codec<In, Out>;
  /** The peer's address. */
  readonly remote: string;
  readonly local: string;
  /** The identity that the peer has proved, over TLS. */
  readonly peer: PeerIdentity | undefined;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes that wait to be sent. */
  readonly backlog: number;
  /** Whether reading is paused. */
  readonly paused: boolean;
  /** Whether received frames or bytes wait, and no reader waits for them. */
  readonly unread: boolean;
  /** Whether our side may still send. */
  readonly usable: boolean;
  /** Received bytes that are in no frame, as the framing reports them, and the first reason. */
  readonly noise: FrameNoise;

  /**
   * Sends a message. All messages of one tick leave in one write. If it returns false, wait for {@link drained} before you
   * send more; that rejects with the cause if the link has ended. Throws `MESSAGE_NOT_ENCODABLE`.
   */
  send(message: Out): boolean;
  /** Sends bytes that are encoded already. Otherwise like {@link send}. */
  forward(encoded: Uint8Array): boolean;
  /** Like {@link forward}, for several pieces that leave in one write. */
  forwardAll(encoded: readonly Uint8Array[]): boolean;
  /**
   * Sends a message and resolves with its reply. `frames`, `receive()` and `batches()` do not get replies. Rejects with
   * `REQUEST_TIMEOUT`, `ABORTED`, `REQUESTS_FULL`, `REQUEST_KEY_TAKEN`, `MESSAGE_NOT_ENCODABLE`, or the cause when the
   * link ends first.
   */
  request(message: Out, options?: RequestOptions): Promise<In>;
  /** Resolves when `send` may be called again. Rejects with the cause if the link ends first, or with `ABORTED`. */
  drained(signal?: AbortSignal): Promise<void>;
  /** Resolves when the operating system has taken every byte sent so far. Rejects with the cause when the link ends first. */
  written(): Promise<void>;
  /** Writes at once the messages that would be written at the end of the tick. */
  flush(): void;

  /**
   * The next frame, for one reader at a time. Rejects with the cause when the link ends first, or with `ABORTED`. Without
   * a reader the socket is not read, so that TCP slows the peer down.
   */
  receive(options?: { signal?: AbortSignal }): Promise<In>;
  /**
   * {@link receive} without a promise, for programs with thousands of links. Returns the next frame if it has arrived.
   * Otherwise returns undefined and later calls `reader` once, with the frame or with the cause.
   */
  take(reader: Reader<In>): In | undefined;
  /** Frames as they arrive, in batches that are never empty. Ends when the peer closes; throws on any other end. */
  batches(options?: { signal?: AbortSignal }): AsyncGenerator<In[], void, undefined>;
  /**
   * Uses another framing from the byte after the last frame on, for sending too. Not while several requests wait for
   * their replies.
   */
  use(codec: Codec<In, Out>): void;
  /** Stops reading, so that TCP slows the peer down. Bytes that were read already may still be delivered. */
  pause(): void;
  resume(): void;

  /** Sends waiting messages, then closes. Frames that arrive later are not delivered. */
  close(cause?: FairleadError): void;
  /** Ends at once. Messages that wait to be sent are lost. */
  destroy(cause?: FairleadError): void;

  stats(): LinkStats;
  /** What the system's table of sockets says of the link; undefined: the peer answers, or there is no socket of TCP. */
  trouble(table: SocketTable): SocketTrouble | undefined;
  /**
   * Asks the system to find out within seconds whether the peer is there. If it is not, the link ends, or {@link trouble} says so.
   * Afterwards keep-alive probes are sent each minute of silence.
   */
  probe(): void;
  /** Sets the observer of all later bytes; undefined: none. */
  observe(observer: LinkObserver | undefined): void;
  /** The first bytes that could not be framed or are not complete, for diagnosis. */
  head(): Buffer;
  /** The received part of the next frame; undefined: none, or the frame is complete. */
  unfinished(): Unfinished | undefined;
}
