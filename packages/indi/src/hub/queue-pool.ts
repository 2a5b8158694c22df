import { indiErrors } from '../catalogue.ts';
import type { Outbox } from './outbox.ts';
import type { Parcel } from './parcel.ts';

/**
 * What waits for all clients of a hub together. A parcel that waits for several lies in memory once, and is counted once.
 * Beyond the limit the client for which most waits is ended (`HUB_FULL`), then the next.
 */
export class QueuePool {
  readonly #limit: number;
  readonly #outboxes = new Set<Outbox>();
  /** How many outboxes hold each parcel. */
  readonly #holders = new Map<Parcel, number>();
  #sum = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that wait. */
  get sum(): number {
    return this.#sum;
  }

  /** @param overhead what the parcel costs this outbox beside its bytes */
  add(outbox: Outbox, parcel: Parcel, overhead: number): void {
    this.#outboxes.add(outbox);
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
  forget(outbox: Outbox): void {
    this.#outboxes.delete(outbox);
  }

  /** Ends whoever holds most until the limit is kept. */
  check(): void {
    while (this.#sum > this.#limit && this.#outboxes.size > 0) {
      let worst: Outbox | undefined;
      for (const outbox of this.#outboxes)
        if (worst === undefined || outbox.holds > worst.holds) worst = outbox;
      const details = { size: this.#sum, what: 'what they have not read', limit: this.#limit };
      (worst as Outbox).cutOff(indiErrors.error('HUB_FULL', details));
    }
  }
}
