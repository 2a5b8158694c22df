import { type Clock, coreErrors, type FairleadError, type Timer } from '@fairlead/core';
import type { Transport, TransportEvents } from '@fairlead/tcp';

/** Faults of the received data. Each configured fault applies to every chunk; `seed` makes a run repeatable. */
export interface Faults {
  readonly seed?: number;
  /** Splits received data into pieces of 1 to this many bytes. */
  readonly slice?: number;
  /** Milliseconds between pieces: a slow line. Needs `clock`. */
  readonly throttle?: number;
  /** After this many bytes, no more data arrives, without any notification. */
  readonly stallAfter?: number;
  /** After this many bytes, the connection is reset. */
  readonly resetAfter?: number;
  /** After this many bytes, the peer seems to have closed its side. */
  readonly endAfter?: number;
  readonly clock?: Clock;
}

/** A transport that delivers the bytes of the peer in pieces, late, partly, or not at all. */
export class FaultyTransport implements Transport, TransportEvents {
  readonly #inner: Transport;
  readonly #faults: Faults;
  readonly #random: () => number;
  #events: TransportEvents | undefined;
  #received = 0;
  #queue: Buffer[] = [];
  #timer: Timer | undefined;
  #ended = false;
  #cut = false;

  constructor(inner: Transport, faults: Faults) {
    this.#inner = inner;
    this.#faults = faults;
    this.#random = seeded(faults.seed ?? 1);
  }

  get remote(): string {
    return this.#inner.remote;
  }

  get local(): string {
    return this.#inner.local;
  }

  get writableLength(): number {
    return this.#inner.writableLength;
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#inner.start(this);
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    return this.#inner.write(pieces, done);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(cause: FairleadError): void {
    this.#inner.destroy(cause);
  }

  onData(chunk: Buffer): void {
    const { slice, throttle, clock } = this.#faults;
    for (let at = 0; at < chunk.length; ) {
      const size = slice === undefined ? chunk.length : 1 + Math.floor(this.#random() * slice);
      this.#queue.push(chunk.subarray(at, at + size));
      at += size;
    }
    if (throttle === undefined || clock === undefined) while (this.#queue.length > 0) this.#deliver();
    else this.#deliverLater(throttle, clock);
  }

  onDrain(): void {
    this.#events?.onDrain();
  }

  onEnd(): void {
    this.#ended = true;
    if (this.#queue.length === 0 && !this.#cut) this.#events?.onEnd();
  }

  onClosed(cause: FairleadError): void {
    this.#faults.clock?.clear(this.#timer);
    this.#events?.onClosed(cause);
  }

  #deliverLater(throttle: number, clock: Clock): void {
    if (this.#timer !== undefined) return;
    this.#timer = clock.after(throttle, () => {
      this.#timer = undefined;
      this.#deliver();
      if (this.#queue.length > 0) this.#deliverLater(throttle, clock);
      else if (this.#ended && !this.#cut) this.#events?.onEnd();
    });
  }

  #deliver(): void {
    const piece = this.#queue.shift() as Buffer;
    if (this.#cut) return;
    const { stallAfter = Infinity, resetAfter = Infinity, endAfter = Infinity } = this.#faults;
    const left = Math.min(stallAfter, resetAfter, endAfter) - this.#received;
    this.#received += piece.length;
    if (piece.length < left) {
      this.#events?.onData(piece);
      return;
    }
    this.#cut = true;
    if (left > 0) this.#events?.onData(piece.subarray(0, left));
    if (resetAfter <= Math.min(stallAfter, endAfter)) this.#inner.destroy(coreErrors.error('PEER_RESET'));
    else if (endAfter <= stallAfter) this.#events?.onEnd();
  }
}

/** A repeatable replacement of `Math.random` (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
