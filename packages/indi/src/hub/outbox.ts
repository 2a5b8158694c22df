import type { FairleadError } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import type { Parcel } from './parcel.ts';

/** Where an outbox sends: a link. */
export interface Exit {
  /** false: it wants no more until it says so. */
  forward(bytes: Uint8Array): boolean;
  destroy(cause: FairleadError): void;
}

export interface OutboxLimits {
  /** Bytes that may wait; beyond it the exit is destroyed. */
  readonly queue: number;
  /** Bytes waiting from which on BLOBs of streams are dropped. */
  readonly streamQueue: number;
}

/** What a parcel costs beside its bytes. */
const OVERHEAD = 128;

/**
 * What waits for one peer. As long as it keeps up nothing waits here; when it does not, parcels do, up to a bound, and
 * nobody else is held up.
 *
 *     behind by streamQueue   new BLOBs of streams are dropped
 *     behind by queue         waiting BLOBs of streams are dropped; if that is not enough, the peer is: PEER_TOO_SLOW
 */
export class Outbox {
  readonly #exit: Exit;
  readonly #limits: OutboxLimits;
  #waiting: Parcel[] = [];
  #next = 0;
  #blocked = false;
  #closed = false;
  /** Bytes that wait. */
  size = 0;
  /** BLOBs of streams that were dropped. */
  dropped = 0;

  constructor(exit: Exit, limits: OutboxLimits) {
    this.#exit = exit;
    this.#limits = limits;
  }

  push(parcel: Parcel): void {
    if (this.#closed) return;
    if (!this.#blocked) {
      this.#blocked = !this.#exit.forward(parcel.bytes);
      return;
    }
    if (parcel.stream && this.size > this.#limits.streamQueue) {
      this.dropped++;
      return;
    }
    this.size += parcel.bytes.length + OVERHEAD;
    this.#waiting.push(parcel);
    if (this.size > this.#limits.queue) this.#overflow();
  }

  /** The peer takes more again. */
  writable(): void {
    this.#blocked = false;
    while (!this.#blocked && this.#next < this.#waiting.length) {
      const { bytes } = this.#waiting[this.#next++] as Parcel;
      this.size -= bytes.length + OVERHEAD;
      this.#blocked = !this.#exit.forward(bytes);
    }
    // What was sent is let go a part at a time, so that a long queue is not copied for each parcel.
    if (this.#next * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }

  /** Nothing is sent from now on; what waits is let go. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#next = this.size = 0;
  }

  #overflow(): void {
    const { size } = this;
    this.#waiting = this.#waiting.slice(this.#next).filter(({ bytes, stream }) => {
      if (!stream) return true;
      this.size -= bytes.length + OVERHEAD;
      this.dropped++;
      return false;
    });
    this.#next = 0;
    const { queue: limit } = this.#limits;
    if (this.size <= limit) return;
    this.close();
    this.#exit.destroy(indiErrors.error('PEER_TOO_SLOW', { size, limit }));
  }
}
