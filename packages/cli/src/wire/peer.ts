import { type Clock, coreErrors, type FairleadError, isFairleadError } from '@fairlead/core';
import {
  ByteSink,
  type Codec,
  Deframer,
  type FrameEncoder,
  type FrameNoise,
  type Payload,
  type Transport,
  type TransportEvents,
} from '@fairlead/tcp';
import { FrameTimers } from '@fairlead/tcp/internal';

interface PeerOwner {
  /** What has come: frames, or bytes as they arrived. No more is read until it resolves; what it throws ends the peer. */
  received(peer: Peer, pieces: Buffer[]): Promise<void>;
  /** The last call, after all data has been received. */
  closed(peer: Peer, cause: FairleadError): void;
}

/**
 * One connection of `dial` or `listen`: bytes or frames in both directions, with half-close. It never reads
 * more than stdout accepts.
 */
export class Peer implements TransportEvents {
  readonly remote: string;
  /** Resolves when the connection is closed and all data has been received. */
  readonly ended: Promise<void>;
  readonly #transport: Transport;
  readonly #owner: PeerOwner;
  readonly #deframer: Deframer<Buffer> | undefined;
  /** If the framing ends frames by silence, or limits their time. They stop while nothing is read. */
  readonly #timers: FrameTimers | undefined;
  readonly #encoder: FrameEncoder<Payload> | undefined;
  readonly #end = Promise.withResolvers<void>();
  /** Received data is processed in order. */
  #flow: Promise<void> = Promise.resolve();
  #waiting = 0;
  #open = true;
  #discarding = false;
  #failed = false;
  #drained = Promise.withResolvers<void>();

  constructor(
    transport: Transport,
    codec: Codec<Buffer, Payload> | undefined,
    owner: PeerOwner,
    clock: Clock,
  ) {
    this.remote = transport.remote;
    this.#transport = transport;
    this.#owner = owner;
    this.ended = this.#end.promise;
    if (codec !== undefined) {
      const deframer = new Deframer(codec.decoder(), codec.name);
      this.#deframer = deframer;
      this.#timers = new FrameTimers(clock, {
        get idleMs() {
          return deframer.idleMs;
        },
        get frameTimeout() {
          return deframer.frameTimeout;
        },
        get pending() {
          return deframer.pending;
        },
        get passed() {
          return deframer.passed;
        },
        silence: () => this.#frames(deframer, deframer.idle()),
        overdue: () => this.#frames(deframer, deframer.overdue()),
      });
      this.#encoder = codec.encoder();
    }
    transport.start(this);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Received bytes outside of frames, if the framing allows them. */
  get noise(): FrameNoise | undefined {
    return this.#deframer?.noise;
  }

  /** Bytes that wait for the peer. */
  get backlog(): number {
    return this.#transport.writableLength;
  }

  /** Starts to read. */
  resume(): void {
    this.#transport.resume();
  }

  /** Sends a message; resolves when more may be sent. Throws `MESSAGE_NOT_ENCODABLE`. */
  send(message: Buffer): Promise<void> | undefined {
    if (!this.#open) return undefined;
    let pieces: readonly Uint8Array[] = [message];
    if (this.#encoder !== undefined) {
      const sink = new ByteSink();
      this.#encoder.encode(message, sink);
      pieces = sink.flush();
    }
    if (this.#transport.write(pieces) || !this.#open) return undefined;
    return this.#drained.promise;
  }

  /** Closes the sending side after the waiting data was sent. The peer may continue to send. */
  halfClose(): void {
    if (this.#open) this.#transport.end();
  }

  /** Closes the sending side and discards further input. The connection is closed when {@link ended} resolves. */
  close(): void {
    this.#discarding = true;
    this.#timers?.stop();
    if (!this.#open) return;
    this.#transport.end();
    this.#transport.resume();
  }

  destroy(cause: FairleadError = coreErrors.error('LINK_CLOSED')): void {
    if (this.#open) this.#transport.destroy(cause);
  }

  // --- events of the transport ----------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    if (this.#discarding) return;
    if (this.#deframer === undefined) this.#receive([chunk]);
    else {
      this.#frames(this.#deframer, this.#deframer.push(chunk));
      this.#watch();
    }
  }

  onEnd(): void {
    if (this.#discarding) return;
    this.#timers?.stop();
    if (this.#deframer !== undefined) this.#frames(this.#deframer, this.#deframer.end());
    // First all received data is processed, however long stdout takes. Then this side closes too.
    this.#then(async () => this.#transport.end());
  }

  onDrain(): void {
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }

  onClosed(cause: FairleadError): void {
    this.#open = false;
    this.#timers?.stop();
    this.#drained.resolve();
    this.#then(async () => {
      this.#owner.closed(this, cause);
      this.#end.resolve();
    });
  }

  #frames(deframer: Deframer<Buffer>, frames: Buffer[]): void {
    this.#receive(frames);
    this.#fail(deframer.failure);
  }

  #watch(): void {
    if (this.#waiting === 0 && this.#open && !this.#discarding) this.#timers?.watch();
  }

  #receive(pieces: Buffer[]): void {
    if (pieces.length === 0) return;
    this.#waiting++;
    this.#transport.pause();
    this.#timers?.stop();
    this.#then(async () => {
      if (!this.#failed) await this.#owner.received(this, pieces);
      if (--this.#waiting > 0 || !this.#open) return;
      this.#transport.resume();
      this.#watch();
    });
  }

  /** Handles bytes that could not be framed. The frames before them are received first. */
  #fail(failure: FairleadError | undefined): void {
    if (failure === undefined) return;
    this.#discarding = true;
    this.#then(async () => this.destroy(failure));
  }

  #then(step: () => Promise<void>): void {
    this.#flow = this.#flow.then(step).catch((error: unknown) => {
      this.#discarding = this.#failed = true;
      this.destroy(
        isFairleadError(error) ? error : coreErrors.error('HANDLER_FAILED', { reason: String(error) }, error),
      );
    });
  }
}
