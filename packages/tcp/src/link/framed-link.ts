/**
 * A link over a transport.
 *
 *   transport --chunk--> Inlet --frames--> owner.frames(link, batch), receive(), batches() or the request they answer
 *   send(message), request(message) --> Outlet --one write a tick--> transport
 */
import { coreErrors, type FairleadError, type Timer } from '@fairlead/core';
import type { Codec, FrameNoise } from '../framing/codec.ts';
import type { Unfinished } from '../framing/deframer.ts';
import { tcpLimits } from '../limits.ts';
import type { RequestOptions } from '../request/options.ts';
import { Requests } from '../request/requests.ts';
import type { LinkStats } from '../stats/link.ts';
import { FrameTimers } from './frame-timers.ts';
import { Inlet, type Reader } from './inlet.ts';
import type { Link, LinkObserver } from './link.ts';
import { Outlet } from './outlet.ts';
import type { LinkSettings } from './settings.ts';
import type { SocketTable, SocketTrouble } from './socket-table.ts';
import { type LinkEvent, type LinkState, linkTransitions } from './state.ts';
import type { PeerIdentity, Transport, TransportEvents } from './transport.ts';

/** The owner of a link. One object serves all links of a listener, so that a link has no closures. */
export interface LinkOwner<In, Out> {
  /** All frames that one chunk completed, at least one. Replies to requests are not included. */
  frames(link: FramedLink<In, Out>, batch: In[]): void;
  /** After `send` returned false: the waiting bytes have been sent. */
  writable?(link: FramedLink<In, Out>): void;
  /** The peer has ended its side of a link that is not flowing. Frames that it sent may still be unread. */
  ended?(link: FramedLink<In, Out>): void;
  /** The last call. */
  closed(link: FramedLink<In, Out>, cause: FairleadError): void;
}

const PROBING = tcpLimits.values.probing;

export class FramedLink<In, Out = In> implements Link<In, Out>, TransportEvents {
  readonly settings: LinkSettings;
  /** Bytes received. */
  bytesIn = 0;
  /** Monotonic milliseconds at which bytes last arrived, or reading resumed after a pause. */
  receivedAt: number;
  /** Requests that wait for replies. The first {@link request} creates it, or the owner sets it. */
  requests: Requests<In, Out> | undefined;
  observer: LinkObserver | undefined;
  #state: LinkState = 'open';
  #cause: FairleadError | undefined;
  #codec: Codec<In, Out>;
  readonly #owner: LinkOwner<In, Out>;
  readonly #transport: Transport;
  readonly #inlet: Inlet<In>;
  readonly #outlet: Outlet<Out>;
  #paused = true;
  /** Created for the first frame whose framing has a time. */
  #frameTimers: FrameTimers | undefined;
  #closeTimer: Timer | undefined;
  /** While the peer is probed: the timer. */
  #probing: Timer | undefined;

  constructor(
    transport: Transport,
    codec: Codec<In, Out>,
    owner: LinkOwner<In, Out>,
    settings: LinkSettings,
  ) {
    this.#transport = transport;
    this.#owner = owner;
    this.settings = settings;
    this.#codec = codec;
    this.receivedAt = settings.clock.monotonic();
    this.#inlet = new Inlet(this, codec);
    this.#outlet = new Outlet(this, transport, codec.encoder(), this.receivedAt);
    transport.start(this);
  }

  get state(): LinkState {
    return this.#state;
  }

  get cause(): FairleadError | undefined {
    return this.#cause;
  }

  get codec(): Codec<In, Out> {
    return this.#codec;
  }

  get remote(): string {
    return this.#transport.remote;
  }

  get local(): string {
    return this.#transport.local;
  }

  get peer(): PeerIdentity | undefined {
    return this.#transport.identity;
  }

  get backlog(): number {
    return this.#outlet.backlog;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get unread(): boolean {
    return !this.#inlet.reading && this.#inlet.unread;
  }

  get usable(): boolean {
    return this.#state === 'open' || this.#state === 'half-closed';
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  send(message: Out): boolean {
    return this.usable && this.#outlet.send(message);
  }

  forward(encoded: Uint8Array): boolean {
    return this.usable && this.#outlet.forward(encoded);
  }

  forwardAll(encoded: readonly Uint8Array[]): boolean {
    return this.usable && this.#outlet.forwardAll(encoded);
  }

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

  drained(signal?: AbortSignal): Promise<void> {
    return this.usable ? this.#outlet.drained(signal) : Promise.reject(this.cause);
  }

  written(): Promise<void> {
    return this.state === 'closed' ? Promise.reject(this.cause) : this.#outlet.written();
  }

  flush(): void {
    this.#outlet.write();
  }

  // --- receiving -----------------------------------------------------------------------------------------------------

  /** Passes frames to the owner as they arrive, in batches. */
  flow(): void {
    if (!this.#inlet.flowing && this.usable) this.#inlet.flow();
  }

  receive(options: { signal?: AbortSignal } = {}): Promise<In> {
    return this.#inlet.receive(options.signal);
  }

  take(reader: Reader<In>): In | undefined {
    return this.#inlet.take(reader);
  }

  batches(options: { signal?: AbortSignal } = {}): AsyncGenerator<In[], void, undefined> {
    return this.#inlet.batches(options.signal);
  }

  use(codec: Codec<In, Out>): void {
    this.#codec = codec;
    this.#inlet.use(codec);
    this.#outlet.encoder = codec.encoder();
  }

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

  /** Bytes of delivered frames and skipped bytes. */
  get passed(): number {
    return this.#inlet.passed;
  }

  /** Called by the inlet. */
  deliver(batch: In[]): void {
    this.#owner.frames(this, batch);
  }

  /** Called before a request is sent: frames that arrived before it are not its reply. */
  expect(): void {
    this.#inlet.expect();
  }

  /**
   * Some framings end a frame with silence, or limit its time: the codec specifies the times, the link has the timers. They run
   * while bytes are read and frames are awaited. Called by the inlet.
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

  close(cause: FairleadError = coreErrors.error('LINK_CLOSED')): void {
    this.#outlet.write();
    if (!this.usable) return;
    this.#finish('close', cause);
    const { clock, closeGrace } = this.settings;
    this.#closeTimer = clock.after(closeGrace, () => this.#transport.destroy(cause));
    this.#transport.end();
    this.#paused = true;
    this.resume(); // to notice the end of the peer
  }

  destroy(cause: FairleadError = coreErrors.error('LINK_CLOSED')): void {
    if (this.state === 'closed') return;
    this.#finish('close', cause);
    this.#transport.destroy(this.cause ?? cause);
  }

  observe(observer: LinkObserver | undefined): void {
    this.observer = observer;
  }

  probe(): void {
    if (this.#probing !== undefined || this.state === 'closed') return;
    const { clock } = this.settings;
    this.#transport.probe?.(true);
    this.#probing = clock.after(PROBING, () => {
      this.#probing = undefined;
      this.#transport.probe?.(false);
    });
    this.#probing.unref?.();
  }

  trouble(table: SocketTable): SocketTrouble | undefined {
    return this.#transport.trouble?.(table);
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

  get noise(): FrameNoise {
    return this.#inlet.noise;
  }

  head(): Buffer {
    return this.#inlet.head();
  }

  unfinished(): Unfinished | undefined {
    return this.#inlet.unfinished();
  }

  /** Ends delivery, sending and waiting. The first cause is kept. */
  #finish(event: LinkEvent, cause: FairleadError): void {
    this.#cause ??= cause;
    this.#become(event);
    this.settings.clock.clear(this.#closeTimer);
    this.#closeTimer = undefined;
    this.settings.clock.clear(this.#probing);
    this.#probing = undefined;
    this.#frameTimers?.stop();
    this.#inlet.fail(this.#cause);
    this.#outlet.fail(this.#cause);
    this.requests?.detach(this, this.#cause);
  }

  #become(event: LinkEvent): void {
    this.#state = linkTransitions.next(this.#state, event);
  }

  // --- events of the transport --------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    this.bytesIn += chunk.length;
    if (this.state !== 'open') return;
    this.receivedAt = this.settings.clock.monotonic();
    this.observer?.received(chunk);
    // Messages that the owner sends while it handles these frames are written together, without waiting for the tick.
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
