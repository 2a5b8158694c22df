/** The part of a pool that a lease uses. */
interface Lender<C> {
  giveBack(lease: Lease<C>, keep: boolean): void;
}

/** Exclusive use of a client of a pool, until it is released: `using lease = await pool.acquire()`. */
import { tcpErrors } from '../catalogue.ts';
export class Lease<C> implements Disposable, AsyncDisposable {
  readonly #client: C;
  #lender: Lender<C> | undefined;

  constructor(client: C, lender: Lender<C>) {
    this.#client = client;
    this.#lender = lender;
  }

  /** Throws `LEASE_OVER` after the release, because another caller may use the client by then. */
  get client(): C {
    if (this.#lender === undefined) throw tcpErrors.error('LEASE_OVER');
    return this.#client;
  }

  /** Releases the client. Idempotent. */
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
