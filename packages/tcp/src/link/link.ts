/**
 * One live transport, framed. A link is never opened again; who wants that uses a client.
 *
 *   transport --chunk--> Deframer --frames--> owner.frames(link, batch)   or   receive(), batches()
 *   send(message) --> encoder --> ByteSink --one write a tick--> transport
 */
import { tcpErrors } from '../catalogue.ts';
import type { Clock, Timer } from '../clock.ts';
import type { FairleadError } from '../errors.ts';
import type { Codec, FrameEncoder } from '../framing/codec.ts';
import { Deframer } from '../framing/deframer.ts';
import { ByteSink } from '../framing/sink.ts';
import { tcpLimits } from '../limits.ts';
import type { LinkStats } from '../stats/link.ts';
import { type LinkEvent, type LinkState, linkTransitions } from './state.ts';
import type { Transport, TransportEvents } from './transport.ts';
import { Waiters } from './waiters.ts';

/** From this many gathered bytes on a tick's messages are written before the tick ends. */
const WRITE_AT = 65_536;

/** Who made the link. One owner serves all links of a listener, so that a link carries no closures. */
export interface LinkOwner<In, Out> {
  /** All frames that one chunk completed, never none. */
  frames(link: Link<In, Out>, batch: In[]): void;
  /** What waited to be sent has left, after a `send` that answered false. */
  writable?(link: Link<In, Out>): void;
  /** The last call. */
  closed(link: Link<In, Out>, cause: FairleadError): void;
}

/** What all links of one owner share. */
export interface LinkSettings {
  readonly clock: Clock;
  /** Bytes that may wait for a peer that does not read; beyond it `WRITE_BUFFER_FULL`. */
  readonly writeBuffer: number;
  /** Milliseconds that a closing link has to send what waits and to see the peer close. */
  readonly closeGrace: number;
}

export class Link<In, Out = In> implements TransportEvents {
  readonly settings: LinkSettings;
  /** Why the link ended or is about to; set from the first moment on at which it is known. */
  cause: FairleadError | undefined;
  state: LinkState = 'open';
  /** Bytes received; who watches for silence looks whether it grows. */
  bytesIn = 0;
  readonly #owner: LinkOwner<In, Out>;
  readonly #transport: Transport;
  readonly #deframer: Deframer<In>;
  #encoder: FrameEncoder<Out>;
  #sink: ByteSink | undefined;
  /** Frames go to the owner as they come (true), or wait for a reader (false). */
  #flowing = false;
  #paused = true;
  #writing = false;
  #blocked = false;
  #timer: Timer | undefined;
  #readers: Waiters | undefined;
  #writers: Waiters | undefined;
  #ready: In[] | undefined;
  #bytesOut = 0;
  #framesIn = 0;
  #framesOut = 0;
  #writePeak = 0;

  constructor(
    transport: Transport,
    codec: Codec<In, Out>,
    owner: LinkOwner<In, Out>,
    settings: LinkSettings,
  ) {
    this.#transport = transport;
    this.#owner = owner;
    this.settings = settings;
    this.#deframer = new Deframer(codec.decoder(), codec.name);
    this.#encoder = codec.encoder();
    transport.start(this);
  }

  /** The peer's address. */
  get remote(): string {
    return this.#transport.remote;
  }

  get local(): string {
    return this.#transport.local;
  }

  /** Bytes that wait to be sent. */
  get backlog(): number {
    return this.#transport.writableLength + (this.#sink?.length ?? 0);
  }

  get paused(): boolean {
    return this.#paused;
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /**
   * Sends a message; all messages of one tick leave in one write. false: wait for {@link drained} before sending more,
   * or, when the link has ended, hear from it why. Throws `MESSAGE_NOT_ENCODABLE`.
   */
  send(message: Out): boolean {
    if (!this.#usable()) return false;
    let sink = this.#sink;
    if (sink === undefined) sink = this.#sink = new ByteSink();
    this.#encoder.encode(message, sink);
    return this.#sent(sink);
  }

  /** Sends bytes that the encoder has made already. Otherwise as {@link send}. */
  forward(encoded: Uint8Array): boolean {
    if (!this.#usable()) return false;
    let sink = this.#sink;
    if (sink === undefined) sink = this.#sink = new ByteSink();
    sink.bytes(encoded);
    return this.#sent(sink);
  }

  #sent(sink: ByteSink): boolean {
    this.#framesOut++;
    if (sink.length >= WRITE_AT) this.#write();
    else if (!this.#writing) {
      this.#writing = true;
      process.nextTick(writeOf, this);
    }
    return !this.#blocked;
  }

  /** Resolves when `send` may go on. Rejects with the cause when the link ends first, or with `ABORTED`. */
  drained(signal?: AbortSignal): Promise<void> {
    if (!this.#usable()) return Promise.reject(this.cause);
    if (!this.#blocked) return Promise.resolve();
    this.#writers ??= new Waiters();
    return this.#writers.wait(signal);
  }

  /** Resolves when the operating system has taken every byte sent so far. Rejects with the cause when the link ends first. */
  written(): Promise<void> {
    this.#write();
    return new Promise((resolve, reject) => {
      if (this.state === 'closed') reject(this.cause);
      else this.#transport.write([], (written) => (written ? resolve() : this.#whenEnded(reject)));
    });
  }

  /** A socket's write fails a moment before it is known why the socket ended. */
  #whenEnded(tell: (cause: unknown) => void): void {
    if (this.cause === undefined) {
      this.#writers ??= new Waiters();
      this.#writers.wait().catch(tell);
    } else tell(this.cause);
  }

  /** Writes now what would be written when the tick ends. */
  flush(): void {
    this.#writing = false;
    this.#write();
  }

  #write(): void {
    const sink = this.#sink;
    if (sink === undefined || sink.length === 0 || !this.#usable()) return;
    const waiting = this.#transport.writableLength;
    if (waiting > this.settings.writeBuffer) {
      this.destroy(tcpErrors.error('WRITE_BUFFER_FULL', { size: waiting, limit: this.settings.writeBuffer }));
      return;
    }
    this.#bytesOut += sink.length;
    this.#sink = undefined; // an idle link keeps none
    if (!this.#transport.write(sink.flush())) {
      this.#blocked = true;
      this.#writePeak = Math.max(this.#writePeak, this.#transport.writableLength);
    }
  }

  // --- receiving -----------------------------------------------------------------------------------------------------

  /** From now on frames go to the owner as they come, in batches. */
  flow(): void {
    if (this.#flowing || !this.#usable()) return;
    this.#flowing = true;
    if (!this.#readers?.waiting) this.#readers = undefined; // nobody will wait for frames again
    this.#deliver(this.#deframer.drain());
    if (this.state === 'half-closed') this.#ended();
    else if (this.state === 'open') this.resume();
  }

  /**
   * The next frame, for one reader at a time. Rejects with the cause when the link ends first.
   * What was not asked for stays unread, so that TCP slows the peer down.
   */
  async receive(options: { signal?: AbortSignal } = {}): Promise<In> {
    this.#claim();
    for (;;) {
      const frame = this.#ready?.shift() ?? this.#deframer.next();
      if (frame !== undefined) {
        this.#framesIn++;
        return frame;
      }
      await this.#more(options.signal);
    }
  }

  /** Frames as they come, in batches that are never empty; it ends when the peer closes and throws on any other end. */
  async *batches(options: { signal?: AbortSignal } = {}): AsyncGenerator<In[], void, undefined> {
    for (;;) {
      this.#claim();
      const batch = this.#deframer.drain();
      if (this.#ready !== undefined) batch.unshift(...this.#ready.splice(0));
      if (batch.length > 0) {
        this.#framesIn += batch.length;
        yield batch;
        continue;
      }
      try {
        await this.#more(options.signal);
      } catch (error) {
        if (error === this.cause && this.cause?.kind === 'closed') return;
        throw error;
      }
    }
  }

  /** Goes on with another framing from the byte after the last frame received; what is sent follows it too. */
  use(codec: Codec<In, Out>): void {
    this.#deframer.use(codec.decoder(), codec.name);
    this.#encoder = codec.encoder();
  }

  /** Stops reading, so that TCP slows the peer down. What was read already may still be delivered. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#paused || this.state === 'closed') return;
    this.#paused = false;
    this.#transport.resume();
  }

  #claim(): void {
    if (this.#flowing || this.#readers?.waiting) throw tcpErrors.error('ALREADY_RECEIVING');
  }

  /** Waits for bytes, after the deframer has given all it can. */
  #more(signal: AbortSignal | undefined): Promise<void> {
    if (this.#deframer.failure !== undefined) this.destroy(this.#deframer.failure);
    else if (this.state === 'half-closed') {
      this.#ready = this.#deframer.end();
      if (this.#ready.length > 0) return Promise.resolve();
      this.#afterEnd();
    }
    if (!this.#usable()) return Promise.reject(this.cause);
    this.#readers ??= new Waiters();
    const wait = this.#readers.wait(signal);
    this.#watchSilence();
    this.resume();
    return wait;
  }

  #deliver(batch: In[]): void {
    if (batch.length > 0) {
      this.#framesIn += batch.length;
      this.#owner.frames(this, batch);
    }
    if (this.#deframer.failure !== undefined) this.destroy(this.#deframer.failure);
  }

  /** Some framings end a frame with silence: the codec says how long, the link has the timer. */
  #watchSilence(): void {
    const idle = this.#deframer.idleMs;
    if (idle === undefined || this.state !== 'open') return;
    this.settings.clock.clear(this.#timer);
    this.#timer =
      this.#deframer.pending === 0 ? undefined : this.settings.clock.after(idle, () => this.#silence());
  }

  #silence(): void {
    if (this.state !== 'open') return;
    const frames = this.#deframer.idle();
    if (this.#flowing) this.#deliver(frames);
    else {
      this.#ready = [...(this.#ready ?? []), ...frames];
      this.#readers?.resolve();
    }
  }

  // --- ending --------------------------------------------------------------------------------------------------------

  /** Sends what waits, then closes. Nothing that arrives from now on is delivered. */
  close(cause: FairleadError = tcpErrors.error('LINK_CLOSED')): void {
    this.#write();
    if (!this.#usable()) return;
    this.#finish(cause);
    const { clock, closeGrace } = this.settings;
    this.#timer = clock.after(closeGrace, () => this.#transport.destroy(cause));
    this.#transport.end();
    this.#paused = true;
    this.resume(); // to see the peer's end
  }

  /** Ends at once; what waits to be sent is lost. */
  destroy(cause: FairleadError = tcpErrors.error('LINK_CLOSED')): void {
    if (this.state === 'closed') return;
    this.#finish(cause);
    this.#transport.destroy(this.cause ?? cause);
  }

  stats(): LinkStats {
    return {
      bytesIn: this.bytesIn,
      bytesOut: this.#bytesOut,
      framesIn: this.#framesIn,
      framesOut: this.#framesOut,
      writeBufferPeak: this.#writePeak,
      pending: this.#deframer.pending,
    };
  }

  /** The first bytes that could not be framed or are not complete, for diagnosis. */
  head(): Buffer {
    return this.#deframer.head();
  }

  /** Whether our side may still send. */
  #usable(): boolean {
    return this.state === 'open' || this.state === 'half-closed';
  }

  #become(event: LinkEvent): void {
    this.state = linkTransitions[this.state][event] ?? this.state;
  }

  /** From now on nothing is delivered, sent or awaited; the first cause stays. */
  #finish(cause: FairleadError): void {
    this.cause ??= cause;
    this.#become('close');
    this.settings.clock.clear(this.#timer);
    this.#timer = undefined;
    this.#readers?.reject(this.cause);
    this.#writers?.reject(this.cause);
  }

  /** The peer has ended and everything it sent is with the deframer, which is flowing. */
  #ended(): void {
    this.#deliver(this.#deframer.end());
    this.#afterEnd();
  }

  #afterEnd(): void {
    if (this.#deframer.failure !== undefined) this.destroy(this.#deframer.failure);
    else this.close(tcpErrors.error('PEER_CLOSED'));
  }

  // --- what the transport tells --------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    this.bytesIn += chunk.length;
    if (this.state !== 'open') return;
    if (this.#flowing) {
      this.#deliver(this.#deframer.push(chunk));
    } else {
      this.#deframer.append(chunk);
      if (this.#readers?.waiting) this.#readers.resolve();
      else if (this.#deframer.pending >= tcpLimits.values.readAhead) this.pause();
      return;
    }
    this.#watchSilence();
  }

  onDrain(): void {
    this.#blocked = false;
    this.#writers?.resolve();
    if (this.#usable()) this.#owner.writable?.(this);
  }

  onEnd(): void {
    if (this.state !== 'open') return;
    this.#become('peer-end');
    if (this.#flowing) this.#ended();
    else this.#readers?.resolve();
  }

  onClosed(cause: FairleadError): void {
    if (this.state === 'closed') return;
    this.#finish(cause);
    this.#become('gone');
    this.#sink = undefined;
    this.#owner.closed(this, this.cause ?? cause);
  }
}

function writeOf(link: Link<unknown, unknown>): void {
  link.flush();
}
