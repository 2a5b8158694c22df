/**
 * One live transport, framed. A link is never opened again; who wants that uses a client.
 *
 *   transport --chunk--> Inlet --frames--> owner.frames(link, batch), receive(), batches() or the request they answer
 *   send(message), request(message) --> Outlet --one write a tick--> transport
 */
import { coreErrors, type FairleadError, type Timer } from '@fairlead/core';
import type { Codec, FrameNoise } from '../framing/codec.ts';
import type { Unfinished } from '../framing/deframer.ts';
import type { RequestOptions } from '../request/options.ts';
import { Requests } from '../request/requests.ts';
import type { LinkStats } from '../stats/link.ts';
import { FrameTimers } from './frame-timers.ts';
import { Inlet, type Reader } from './inlet.ts';
import { Outlet } from './outlet.ts';
import type { LinkSettings } from './settings.ts';
import { type LinkEvent, type LinkState, linkTransitions } from './state.ts';
import type { PeerIdentity, Transport, TransportEvents } from './transport.ts';

/** Who made the link. One owner serves all links of a listener, so that a link carries no closures. */
export interface LinkOwner<In, Out> {
  /** All frames that one chunk completed, never none. Replies to requests are not among them. */
  frames(link: Link<In, Out>, batch: In[]): void;
  /** What waited to be sent has left, after a `send` that answered false. */
  writable?(link: Link<In, Out>): void;
  /** The peer has ended its side of a link whose frames do not flow; what it sent may still be unread. */
  ended?(link: Link<In, Out>): void;
  /** The last call. */
  closed(link: Link<In, Out>, cause: FairleadError): void;
}

export class Link<In, Out = In> implements TransportEvents {
  readonly settings: LinkSettings;
  /** Why the link ended or is about to; set from the first moment on at which it is known. */
  cause: FairleadError | undefined;
  state: LinkState = 'open';
  /** Bytes received. */
  bytesIn = 0;
  /** Monotonic milliseconds at which bytes last arrived, or reading went on after a pause. */
  receivedAt: number;
  /** The framing in use. */
  codec: Codec<In, Out>;
  /** What waits for replies; made by the first {@link request}, or given by who made the link. */
  requests: Requests<In, Out> | undefined;
  readonly #owner: LinkOwner<In, Out>;
  readonly #transport: Transport;
  readonly #inlet: Inlet<In>;
  readonly #outlet: Outlet<Out>;
  #paused = true;
  /** Made by the first frame whose framing sets a time. */
  #frameTimers: FrameTimers | undefined;
  #closeTimer: Timer | undefined;

  constructor(
    transport: Transport,
    codec: Codec<In, Out>,
    owner: LinkOwner<In, Out>,
    settings: LinkSettings,
  ) {
    this.#transport = transport;
    this.#owner = owner;
    this.settings = settings;
    this.codec = codec;
    this.receivedAt = settings.clock.monotonic();
    this.#inlet = new Inlet(this, codec);
    this.#outlet = new Outlet(this, transport, codec.encoder(), this.receivedAt);
    transport.start(this);
  }

  /** The peer's address. */
  get remote(): string {
    return this.#transport.remote;
  }

  get local(): string {
    return this.#transport.local;
  }

  /** Who the peer has proved to be, where the transport can tell: over TLS. */
  get peer(): PeerIdentity | undefined {
    return this.#transport.identity;
  }

  /** Bytes that wait to be sent. */
  get backlog(): number {
    return this.#outlet.backlog;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Whether received frames or bytes wait for a reader, and none is there. */
  get unread(): boolean {
    return !this.#inlet.reading && this.#inlet.unread;
  }

  /** Whether our side may still send. */
  get usable(): boolean {
    return this.state === 'open' || this.state === 'half-closed';
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /**
   * Sends a message; all messages of one tick leave in one write. false: wait for {@link drained} before sending more,
   * or, when the link has ended, hear from it why. Throws `MESSAGE_NOT_ENCODABLE`.
   */
  send(message: Out): boolean {
    return this.usable && this.#outlet.send(message);
  }

  /** Sends bytes that the encoder has made already. Otherwise as {@link send}. */
  forward(encoded: Uint8Array): boolean {
    return this.usable && this.#outlet.forward(encoded);
  }

  /** The same for bytes in pieces, which leave in one write: large ones need no joining. */
  forwardAll(encoded: readonly Uint8Array[]): boolean {
    return this.usable && this.#outlet.forwardAll(encoded);
  }

  /**
   * Sends a message and resolves with the reply to it; replies do not reach `frames`, `receive()` and `batches()`.
   * Rejects with `REQUEST_TIMEOUT`, `ABORTED`, `REQUESTS_FULL`, `REQUEST_KEY_TAKEN`, `MESSAGE_NOT_ENCODABLE`, or the
   * cause when the link ends first.
   */
  request(message: Out, options?: RequestOptions): Promise<In> {
    if (this.state !== 'open') return Promise.reject(this.cause ?? coreErrors.error('PEER_CLOSED'));
    let { requests } = this;
    if (requests === undefined) {
      requests = this.requests = new Requests(this.settings.clock, this.settings.requests);
      requests.attach(this);
      requests.open();
    }
    return requests.request(message, options, true);
  }

  /** Resolves when `send` may go on. Rejects with the cause when the link ends first, or with `ABORTED`. */
  drained(signal?: AbortSignal): Promise<void> {
    return this.usable ? this.#outlet.drained(signal) : Promise.reject(this.cause);
  }

  /** Resolves when the operating system has taken every byte sent so far. Rejects with the cause when the link ends first. */
  written(): Promise<void> {
    return this.state === 'closed' ? Promise.reject(this.cause) : this.#outlet.written();
  }

  /** Writes now what would be written when the tick ends. */
  flush(): void {
    this.#outlet.write();
  }

  // --- receiving -----------------------------------------------------------------------------------------------------

  /** From now on frames go to the owner as they come, in batches. */
  flow(): void {
    if (!this.#inlet.flowing && this.usable) this.#inlet.flow();
  }

  /**
   * The next frame, for one reader at a time. Rejects with the cause when the link ends first.
   * What was not asked for stays unread, so that TCP slows the peer down.
   */
  receive(options: { signal?: AbortSignal } = {}): Promise<In> {
    return this.#inlet.receive(options.signal);
  }

  /**
   * {@link receive} without a promise, for those with thousands of links: the next frame where it has arrived already,
   * else undefined, and `reader` is called back, once, with the frame or with what ended the link.
   */
  take(reader: Reader<In>): In | undefined {
    return this.#inlet.take(reader);
  }

  /** Frames as they come, in batches that are never empty; it ends when the peer closes and throws on any other end. */
  batches(options: { signal?: AbortSignal } = {}): AsyncGenerator<In[], void, undefined> {
    return this.#inlet.batches(options.signal);
  }

  /**
   * Goes on with another framing from the byte after the last frame received; what is sent follows it too.
   * Not while several requests wait for replies: their frames are taken as they come.
   */
  use(codec: Codec<In, Out>): void {
    this.codec = codec;
    this.#inlet.use(codec);
    this.#outlet.encoder = codec.encoder();
  }

  /** Stops reading, so that TCP slows the peer down. What was read already may still be delivered. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#frameTimers?.stop();
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#paused || this.state === 'closed') return;
    this.#paused = false;
    this.receivedAt = this.settings.clock.monotonic();
    this.watchFrames();
    this.#transport.resume();
  }

  /** Called by the inlet. */
  deliver(batch: In[]): void {
    this.#owner.frames(this, batch);
  }

  /** Called before a request is sent: what came before it is no reply to it. */
  expect(): void {
    this.#inlet.expect();
  }

  /**
   * Some framings end a frame with silence, or limit its time: the codec says how long, the link has the timers. They run
   * while bytes are read and somebody waits for frames. Called by the inlet.
   */
  watchFrames(): void {
    const inlet = this.#inlet;
    const waits = this.state === 'open' && !this.#paused && (inlet.flowing || inlet.reading || inlet.asked);
    if (!waits || (inlet.idleMs === undefined && inlet.frameTimeout === undefined)) {
      this.#frameTimers?.stop();
      return;
    }
    this.#frameTimers ??= new FrameTimers(this.settings.clock, inlet);
    this.#frameTimers.watch();
  }

  // --- ending --------------------------------------------------------------------------------------------------------

  /** Sends what waits, then closes. Nothing that arrives from now on is delivered. */
  close(cause: FairleadError = coreErrors.error('LINK_CLOSED')): void {
    this.#outlet.write();
    if (!this.usable) return;
    this.#finish('close', cause);
    const { clock, closeGrace } = this.settings;
    this.#closeTimer = clock.after(closeGrace, () => this.#transport.destroy(cause));
    this.#transport.end();
    this.#paused = true;
    this.resume(); // to see the peer's end
  }

  /** Ends at once; what waits to be sent is lost. */
  destroy(cause: FairleadError = coreErrors.error('LINK_CLOSED')): void {
    if (this.state === 'closed') return;
    this.#finish('close', cause);
    this.#transport.destroy(this.cause ?? cause);
  }

  stats(): LinkStats {
    const { clock } = this.settings;
    const { skipped, dropped, timedOut = 0 } = this.#inlet.noise;
    const quiet = clock.monotonic() - Math.max(this.receivedAt, this.#outlet.writtenAt);
    return {
      bytesIn: this.bytesIn,
      bytesOut: this.#outlet.bytes,
      framesIn: this.#inlet.frames,
      framesOut: this.#outlet.frames,
      writeBufferPeak: this.#outlet.peak,
      backlog: this.backlog,
      pending: this.#inlet.pending,
      bytesSkipped: skipped,
      framesDropped: dropped,
      framesTimedOut: timedOut,
      lastActivity: Math.round(clock.now() - quiet),
    };
  }

  /** What was received and is in no frame, as the framing says so; and the first reason for that. */
  get noise(): FrameNoise {
    return this.#inlet.noise;
  }

  /** The first bytes that could not be framed or are not complete, for diagnosis. */
  head(): Buffer {
    return this.#inlet.head();
  }

  /** What has come of the next frame, where it is not complete; undefined: nothing. */
  unfinished(): Unfinished | undefined {
    return this.#inlet.unfinished();
  }

  /** From now on nothing is delivered, sent or awaited. The first cause stays. */
  #finish(event: LinkEvent, cause: FairleadError): void {
    this.cause ??= cause;
    this.#become(event);
    this.settings.clock.clear(this.#closeTimer);
    this.#closeTimer = undefined;
    this.#frameTimers?.stop();
    this.#inlet.fail(this.cause);
    this.#outlet.fail(this.cause);
    this.requests?.detach(this, this.cause);
  }

  #become(event: LinkEvent): void {
    this.state = linkTransitions.next(this.state, event);
  }

  // --- what the transport tells --------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    this.bytesIn += chunk.length;
    if (this.state !== 'open') return;
    this.receivedAt = this.settings.clock.monotonic();
    // Answers that are given at once leave together, without waiting for the tick.
    const gathers = this.#outlet.gather();
    try {
      this.#inlet.data(chunk);
    } finally {
      if (gathers) this.#outlet.flush();
    }
  }

  onDrain(): void {
    this.#outlet.onDrain();
    if (this.usable) this.#owner.writable?.(this);
  }

  onEnd(): void {
    if (this.state !== 'open') return;
    this.#become('peer-end');
    this.#inlet.end();
    this.requests?.detach(this, coreErrors.error('PEER_CLOSED'));
    if (!this.#inlet.flowing) this.#owner.ended?.(this);
  }

  onClosed(cause: FairleadError): void {
    if (this.state === 'closed') return;
    this.#finish('gone', cause);
    this.#outlet.release();
    this.#owner.closed(this, this.cause ?? cause);
  }
}
