import { Pending } from '../request/pending.ts';

/** A caller that waits for a client. */
export class Waiter<L> extends Pending<L> {
  /** Monotonic milliseconds at which the wait began. */
  get since(): number {
    return this.deadline - this.limit;
  }
}
