import type { FairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';

/** A client that uses memory of the hub, and can be closed for it. */
export interface Holder {
  end(cause: FairleadError): void;
}

/**
 * Bytes of one kind that all clients of a hub use together. Beyond the limit, the client that uses the most is closed
 * (`HUB_FULL`), then the next, so that one client cannot cost the others their connection.
 */
export class Budget {
  readonly #what: string;
  readonly #limit: number;
  readonly #held = new Map<Holder, number>();
  #sum = 0;

  /** @param what the kind of bytes, for the error message */
  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  /** Bytes of all clients together. */
  get sum(): number {
    return this.#sum;
  }

  /** Sets the bytes of `holder`. Throws `HUB_FULL` if it is the one to close; its bytes are then 0. */
  set(holder: Holder, bytes: number): void {
    this.#sum += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    while (this.#sum > this.#limit && this.#held.size > 0) this.#endWorst(holder);
  }

  /** The client has ended. */
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
