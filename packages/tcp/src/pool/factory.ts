import type { FairleadError } from '@fairlead/core';

/** Makes the clients of a pool. The pool decides when, how many, and which caller gets which. */
export interface PoolFactory<C> {
  /**
   * Opens one. Rejects with why not, also when the signal fires.
   * @param lost to be called when it ends by itself, in use or not
   */
  open(signal: AbortSignal, lost: (cause: FairleadError) => void): Promise<C>;
  /** Ends it in an orderly way. */
  close(client: C): Promise<void>;
  /** Ends it at once. */
  destroy(client: C): Promise<void>;
  /** Asked when it is given back: whether the next may find it as it is. */
  reusable?(client: C): boolean;
  /** Asked before one that was idle is lent again. What it throws counts as no. */
  readonly validate?:
    | ((client: C, context: { signal: AbortSignal }) => boolean | Promise<boolean>)
    | undefined;
}
