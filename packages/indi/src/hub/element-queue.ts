import type { FairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import type { Parcel } from './parcel.ts';
import type { QueuePool } from './queue-pool.ts';

/** Where an queue sends: a link. */
export interface Exit {
  /** false: it wants no more until it says so. */
  forward(bytes: Uint8Array): boolean;
  forwardAll(pieces: readonly Uint8Array[]): boolean;
  destroy(cause: FairleadError): void;
}

export interface ElementQueueLimits {
  /** Bytes that may wait; beyond it the exit is destroyed. */
  readonly queue: number;
  /** Bytes waiting from which on BLOBs of streams are dropped. */
  readonly streamQueue: number;
}

/** A parcel that waits, and who may withdraw it. */
interface Waiting {
  readonly parcel: Parcel;
  readonly from: object | undefined;
}

/** What a parcel costs beside its bytes. */
const OVERHEAD = 128;
/** What leaves at once of a parcel in pieces: so much that the write itself costs little, and it is still in the cache. */
const AT_ONCE = 131_072;

/**
 * What waits for one peer. As long as it keeps up nothing waits here; when it does not, parcels do, up to a bound, and
 * nobody else is held up. A parcel that has been begun is sent to its end, and is not counted.
 *
 *     behind by streamQueue   new BLOBs of streams are dropped
 *     behind by queue         waiting BLOBs of streams are dropped; if that is not enough, the peer is: PEER_TOO_SLOW
 */
export class ElementQueue {
  readonly #exit: Exit;
  readonly #limits: ElementQueueLimits;
  readonly #pool: QueuePool | undefined;
  #waiting: Waiting[] = [];
  #next = 0;
  /** The parcel that has been begun, where it goes on, and how much of it is left. */
  #begun: Parcel | undefined;
  /** The parcel that the exit had not taken all of when it wanted no more. */
  #held: Parcel | undefined;
  #piece = 0;
  #left = 0;
  #blocked = false;
  #closed = false;
  #relieved: (() => void)[] = [];
  /** Of the parcels that wait. */
  #queued = 0;
  /** BLOBs of streams that were dropped. */
  dropped = 0;

  /** @param pool what all queues hold together, where that has a bound */
  constructor(exit: Exit, limits: ElementQueueLimits, pool?: QueuePool) {
    this.#exit = exit;
    this.#limits = limits;
    this.#pool = pool;
  }

  /** Whether what is pushed now has to wait. */
  get blocked(): boolean {
    return this.#blocked && !this.#closed;
  }

  /** Bytes that it holds in memory: those that wait, and the parcel that has been begun. */
  get holds(): number {
    return this.#queued + (this.#held?.size ?? 0);
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#queued + this.#left;
  }

  /** @param from who may withdraw it again */
  push(parcel: Parcel, from?: object): void {
    if (this.#closed) return;
    if (!this.#blocked) {
      this.#begin(parcel);
      this.#pool?.check();
      return;
    }
    if (parcel.stream && this.#queued > this.#limits.streamQueue) {
      this.dropped++;
      return;
    }
    this.#queued += parcel.size + OVERHEAD;
    this.#waiting.push({ parcel, from });
    this.#pool?.add(this, parcel, OVERHEAD);
    if (this.#queued > this.#limits.queue) this.#overflow();
    this.#pool?.check();
  }

  /** Lets go of what waits and came `from` there. */
  withdraw(from: object): void {
    this.#keep((waiting) => waiting.from !== from);
  }

  /** Lets go of all that waits, and ends the peer. */
  cutOff(cause: FairleadError): void {
    this.close();
    this.#exit.destroy(cause);
  }

  /** The peer takes more again. */
  writable(): void {
    this.#blocked = false;
    if (this.#begun !== undefined) this.#goOn(this.#begun);
    while (!this.#blocked && this.#next < this.#waiting.length) {
      const { parcel } = this.#waiting[this.#next++] as Waiting;
      this.#letGo(parcel);
      this.#begin(parcel);
    }
    if (!this.#blocked) this.#hold(undefined);
    // What was sent is let go a part at a time, so that a long queue is not copied for each parcel.
    if (this.#next * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (!this.#blocked) this.#relieve();
  }

  /** Calls `then` once nothing waits any more: now, if that is so. */
  whenIdle(then: () => void): void {
    if (this.#blocked && !this.#closed) this.#relieved.push(then);
    else then();
  }

  /** Nothing is sent from now on; what waits is let go. */
  close(): void {
    this.#closed = true;
    this.#keep(() => false);
    this.#hold(undefined);
    this.#pool?.forget(this);
    this.#begun = undefined;
    this.#left = 0;
    this.#relieve();
  }

  /** Lets go of what waits and does not pass. */
  #keep(passes: (waiting: Waiting) => boolean): void {
    const waiting = this.#waiting.slice(this.#next);
    this.#waiting = [];
    this.#next = 0;
    for (const one of waiting)
      if (passes(one)) this.#waiting.push(one);
      else this.#letGo(one.parcel);
  }

  #letGo(parcel: Parcel): void {
    this.#queued -= parcel.size + OVERHEAD;
    this.#pool?.remove(parcel, OVERHEAD);
  }

  #hold(parcel: Parcel | undefined): void {
    if (this.#held === parcel) return;
    if (this.#held !== undefined) this.#pool?.remove(this.#held, 0);
    this.#held = parcel;
    if (parcel !== undefined) this.#pool?.add(this, parcel, 0);
  }

  #relieve(): void {
    for (const then of this.#relieved.splice(0)) then();
  }

  #begin(parcel: Parcel): void {
    const { pieces } = parcel;
    if (pieces.length === 1) {
      this.#blocked = !this.#exit.forward(pieces[0] as Buffer);
      if (this.blocked) this.#hold(parcel);
      return;
    }
    this.#piece = 0;
    this.#left = parcel.size;
    this.#goOn(parcel);
  }

  #goOn(parcel: Parcel): void {
    const { pieces } = parcel;
    while (this.#piece < pieces.length) {
      if (this.#blocked) {
        this.#begun = parcel;
        this.#hold(parcel);
        return;
      }
      const from = this.#piece;
      let size = 0;
      while (size < AT_ONCE && this.#piece < pieces.length) size += (pieces[this.#piece++] as Buffer).length;
      this.#left -= size;
      this.#blocked = !this.#exit.forwardAll(pieces.slice(from, this.#piece));
      if (this.#closed) return;
    }
    this.#begun = undefined;
    if (this.#blocked) this.#hold(parcel);
  }

  #overflow(): void {
    const size = this.#queued;
    this.#keep(({ parcel }) => {
      if (parcel.stream) this.dropped++;
      return !parcel.stream;
    });
    const { queue: limit } = this.#limits;
    if (this.#queued > limit) this.cutOff(indiErrors.error('PEER_TOO_SLOW', { size, limit }));
  }
}
