import type { FairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import type { Parcel } from './parcel.ts';

/** The queue of one client. */
interface Queue {
  /** Bytes of it in memory. */
  readonly holds: number;
  cutOff(cause: FairleadError): void;
}

/**
 * The bytes that wait for all clients of a hub together. A parcel that waits for several clients is in memory once, and
 * counts once. Beyond the limit, the client with the most waiting bytes is closed (`HUB_FULL`), then the next.
 */
export class QueuePool {
  readonly #limit: number;
  readonly #queues = new Set<Queue>();
  /** In how many queues each parcel waits. */
  readonly #holders = new Map<Parcel, number>();
  #sum = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that wait. */
  get sum(): number {
    return this.#sum;
  }

  /** @param overhead memory of the parcel in this queue in addition to its bytes */
  add(queue: Queue, parcel: Parcel, overhead: number): void {
    this.#queues.add(queue);
    const holders = this.#holders.get(parcel) ?? 0;
    this.#holders.set(parcel, holders + 1);
    this.#sum += overhead + (holders === 0 ? parcel.size : 0);
  }

  remove(parcel: Parcel, overhead: number): void {
    const holders = this.#holders.get(parcel) as number;
    if (holders === 1) this.#holders.delete(parcel);
    else this.#holders.set(parcel, holders - 1);
    this.#sum -= overhead + (holders === 1 ? parcel.size : 0);
  }

  /** The queue is empty and closed. */
  forget(queue: Queue): void {
    this.#queues.delete(queue);
  }

  /** Closes the clients that use the most until the limit is met. */
  check(): void {
    while (this.#sum > this.#limit && this.#queues.size > 0) {
      let worst: Queue | undefined;
      for (const queue of this.#queues) if (worst === undefined || queue.holds > worst.holds) worst = queue;
      const details = { size: this.#sum, what: 'unread data', limit: this.#limit };
      (worst as Queue).cutOff(indiErrors.error('HUB_FULL', details));
    }
  }
}
