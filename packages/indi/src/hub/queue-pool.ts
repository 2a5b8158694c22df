import type { FairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import type { Parcel } from './parcel.ts';

/** What waits for one client. */
interface Queue {
  /** Bytes that it holds in memory. */
  readonly holds: number;
  cutOff(cause: FairleadError): void;
}

/**
 * What waits for all clients of a hub together. A parcel that waits for several lies in memory once, and is counted once.
 * Beyond the limit the client for which most waits is ended (`HUB_FULL`), then the next.
 */
export class QueuePool {
  readonly #limit: number;
  readonly #queues = new Set<Queue>();
  /** How many queues hold each parcel. */
  readonly #holders = new Map<Parcel, number>();
  #sum = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that wait. */
  get sum(): number {
    return this.#sum;
  }

  /** @param overhead what the parcel costs this queue beside its bytes */
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

  /** It holds nothing any more. */
  forget(queue: Queue): void {
    this.#queues.delete(queue);
  }

  /** Ends whoever holds most until the limit is kept. */
  check(): void {
    while (this.#sum > this.#limit && this.#queues.size > 0) {
      let worst: Queue | undefined;
      for (const queue of this.#queues) if (worst === undefined || queue.holds > worst.holds) worst = queue;
      const details = { size: this.#sum, what: 'what they have not read', limit: this.#limit };
      (worst as Queue).cutOff(indiErrors.error('HUB_FULL', details));
    }
  }
}
