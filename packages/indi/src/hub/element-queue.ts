import { type FairleadError, Fifo } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import type { Parcel } from './parcel.ts';
import type { QueuePool } from './queue-pool.ts';

/** Where a queue sends: a link. */
interface Exit {
  /** false: call no more until {@link ElementQueue.writable}. */
  forward(bytes: Uint8Array): boolean;
  forwardAll(pieces: readonly Uint8Array[]): boolean;
  destroy(cause: FairleadError): void;
}

export interface ElementQueueLimits {
  /** Bytes that may wait; beyond it the exit is destroyed. */
  readonly queue: number;
  /** Waiting bytes beyond which BLOBs of streams are dropped. */
  readonly streamQueue: number;
}

/** A waiting parcel, and the key to withdraw it. */
interface Waiting {
  readonly parcel: Parcel;
  readonly from: object | undefined;
}

/** Memory of a waiting parcel in addition to its bytes. */
const OVERHEAD = 128;
/** Bytes of a parcel in pieces that one write sends: enough to make a write cheap, few enough to stay in the cache. */
const AT_ONCE = 131_072;

/**
 * The parcels that wait for one peer. While the peer keeps up, nothing waits here. When it does not, parcels wait, up to
 * a bound, and other peers are not delayed. A parcel whose sending began is sent completely and is not counted.
 *
 *     behind by streamQueue   new BLOBs of streams are dropped
 *     behind by queue         waiting BLOBs of streams are dropped; if that is not enough, the peer is: PEER_TOO_SLOW
 */
export class ElementQueue {
  readonly #exit: Exit;
  readonly #limits: ElementQueueLimits;
  readonly #pool: QueuePool | undefined;
  readonly #waiting = new Fifo<Waiting>();
  /** The parcel that is being sent, its next piece, and the bytes left of it. */
  #begun: Parcel | undefined;
  /** The parcel that was being sent when the exit blocked. */
  #held: Parcel | undefined;
  #piece = 0;
  #left = 0;
  #blocked = false;
  #closed = false;
  #relieved: (() => void)[] = [];
  /** Bytes of the waiting parcels. */
  #queued = 0;
  /** BLOBs of streams that were dropped. */
  dropped = 0;

  /** @param pool counts the bytes of all queues together, if they have a common bound */
  constructor(exit: Exit, limits: ElementQueueLimits, pool?: QueuePool) {
    this.#exit = exit;
    this.#limits = limits;
    this.#pool = pool;
  }

  /** Whether a parcel pushed now has to wait. */
  get blocked(): boolean {
    return this.#blocked && !this.#closed;
  }

  /** Bytes in memory: the waiting parcels and the one that is being sent. */
  get holds(): number {
    return this.#queued + (this.#held?.size ?? 0);
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#queued + this.#left;
  }

  /** @param from the key for {@link withdraw} */
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

  /** Drops the waiting parcels that were pushed with `from`. */
  withdraw(from: object): void {
    this.#keep((waiting) => waiting.from !== from);
  }

  /** Drops all waiting parcels and destroys the exit. */
  cutOff(cause: FairleadError): void {
    this.close();
    this.#exit.destroy(cause);
  }

  /** The exit accepts data again. */
  writable(): void {
    this.#blocked = false;
    if (this.#begun !== undefined) this.#goOn(this.#begun);
    while (!this.#blocked && this.#waiting.length > 0) {
      const { parcel } = this.#waiting.shift() as Waiting;
      this.#letGo(parcel);
      this.#begin(parcel);
    }
    if (!this.#blocked) this.#hold(undefined);
    if (!this.#blocked) this.#relieve();
  }

  /** Calls `then` when nothing waits; at once if that is the case now. */
  whenIdle(then: () => void): void {
    if (this.#blocked && !this.#closed) this.#relieved.push(then);
    else then();
  }

  /** Stops sending and drops the waiting parcels. */
  close(): void {
    this.#closed = true;
    this.#keep(() => false);
    this.#hold(undefined);
    this.#pool?.forget(this);
    this.#begun = undefined;
    this.#left = 0;
    this.#relieve();
  }

  /** Drops the waiting parcels for which `passes` is false. */
  #keep(passes: (waiting: Waiting) => boolean): void {
    for (const one of this.#waiting.take())
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
