/** What a lease needs of its pool. */
interface Lender<C> {
  giveBack(lease: Lease<C>, keep: boolean): void;
}

/** The sole use of one of a pool's clients, until it is given back: `using lease = await pool.acquire()`. */
import { tcpErrors } from '../catalogue.ts';
export class Lease<C> implements Disposable, AsyncDisposable {
  readonly #client: C;
  #lender: Lender<C> | undefined;

  constructor(client: C, lender: Lender<C>) {
    this.#client = client;
    this.#lender = lender;
  }

  /** Throws `LEASE_OVER` once it was given back: another may have it by then. */
  get client(): C {
    if (this.#lender === undefined) throw tcpErrors.error('LEASE_OVER');
    return this.#client;
  }

  /** Gives it back. Idempotent. */
  release(): void {
    this.#end(true);
  }

  /** Releases the client to be closed, because it must not be reused. Idempotent. */
  discard(): void {
    this.#end(false);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }

  #end(keep: boolean): void {
    const lender = this.#lender;
    this.#lender = undefined;
    lender?.giveBack(this, keep);
  }
}
