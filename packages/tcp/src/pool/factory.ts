import type { FairleadError } from '@fairlead/core';

/** Creates the clients of a pool. The pool decides when, how many, and which caller gets which. */
export interface PoolFactory<C> {
  /**
   * Opens a client. Rejects with the reason of the failure, or of the signal.
   * @param lost to be called if the client ends by itself, in use or not
   */
  open(signal: AbortSignal, lost: (cause: FairleadError) => void): Promise<C>;
  /** Closes a client gracefully. */
  close(client: C): Promise<void>;
  /** Ends a client at once. */
  destroy(client: C): Promise<void>;
  /** Called when a client is released: whether it can be reused. */
  reusable?(client: C): boolean;
  /** Called before an idle client is leased again. An error counts as false. */
  readonly validate?:
    | ((client: C, context: { signal: AbortSignal }) => boolean | Promise<boolean>)
    | undefined;
}
