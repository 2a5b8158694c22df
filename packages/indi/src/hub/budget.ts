import type { FairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';

/** Who holds memory of the hub, and can be ended for it. */
export interface Holder {
  end(cause: FairleadError): void;
}

/**
 * Bytes of one kind that all clients of a hub hold together. Beyond the limit the one that holds most is ended (`HUB_FULL`),
 * then the next, so that one client that takes too much does not cost the others their connection.
 */
export class Budget {
  readonly #what: string;
  readonly #limit: number;
  readonly #held = new Map<Holder, number>();
  #sum = 0;

  /** @param what the kind in words, as it stands in the error */
  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  /** Bytes that all hold. */
  get sum(): number {
    return this.#sum;
  }

  /** `holder` holds so many bytes from now on. Throws `HUB_FULL` where it is the one that has to end; it holds none then. */
  set(holder: Holder, bytes: number): void {
    this.#sum += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    while (this.#sum > this.#limit && this.#held.size > 0) this.#endWorst(holder);
  }

  /** It has gone. */
  forget(holder: Holder): void {
    this.set(holder, 0);
  }

  #endWorst(asking: Holder): void {
    let worst = asking;
    let most = this.#held.get(asking) ?? 0;
    for (const [holder, bytes] of this.#held)
      if (bytes > most) {
        worst = holder;
        most = bytes;
      }
    const details = { size: this.#sum, what: this.#what, limit: this.#limit };
    const error = indiErrors.error('HUB_FULL', details);
    this.forget(worst);
    if (worst === asking) throw error;
    worst.end(error);
  }
}
