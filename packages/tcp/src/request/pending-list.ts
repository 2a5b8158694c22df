import type { Clock, FairleadError, Timer } from '@fairlead/core';
import { aborted, type Pending } from './pending.ts';

interface PendingListOptions<P> {
  readonly clock: Clock;
  /** The deadline is met. Must take the pending answer out of the list, or set a later deadline. */
  readonly expired: (pending: P) => void;
  /** The caller's signal fired. Default: the answer is rejected with the cause, `ABORTED`. */
  readonly aborted?: (pending: P, cause: FairleadError) => void;
  /**
   * Whether to keep the timer while the list is empty: for many short requests one after another this costs less than to set
   * it for each. Call {@link PendingList.rest} when this becomes false. Default: never.
   */
  readonly keepsTimer?: () => boolean;
}

/**
 * Answers that are awaited, oldest first. Requests of links, of messaging and of INDI devices, readers of messages, and callers
 * of a pool wait in such a list. It does no input or output.
 *
 *     add() --> oldest ... newest --first, get(id)--> answer()
 *                      |---- deadline --> expired(pending)      one timer for all
 *                      |---- signal ----> aborted(pending, ABORTED)
 *                      `---- end() -----> rejected with a cause
 *
 * The owner decides which one an answer belongs to: the oldest (`first`), the one with a key (`get`), or the one that a
 * predicate accepts (iteration). Adding and taking out need constant time, wherever in the list.
 */
export class PendingList<P extends Pending<never>> {
  readonly #options: PendingListOptions<P>;
  /** In the order of {@link add}. A `Map` would get slower at its head with each entry that is deleted there. */
  #oldest: P | undefined;
  #newest: P | undefined;
  /** Made by the first id. */
  #byId: Map<unknown, P> | undefined;
  #timer: Timer | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  size = 0;

  constructor(options: PendingListOptions<P>) {
    this.#options = options;
  }

  /** The oldest. */
  get first(): P | undefined {
    return this.#oldest;
  }

  get(id: unknown): P | undefined {
    return this.#byId?.get(id);
  }

  /** Throws `ABORTED` if the signal is aborted. Of several with one id, `get` returns the newest. */
  add(pending: P, signal?: AbortSignal, id?: unknown): void {
    if (signal?.aborted) throw aborted(signal);
    pending.before = this.#newest;
    if (this.#newest === undefined) this.#oldest = pending;
    else this.#newest.after = pending;
    this.#newest = pending;
    pending.list = this;
    this.size++;
    if (id !== undefined) {
      pending.id = id;
      this.#byId ??= new Map();
      this.#byId.set(id, pending);
    }
    if (signal !== undefined) pending.watch(signal, (cause) => this.#aborted(pending, cause));
    if (pending.deadline < this.#wakeAt) this.#wake(pending.deadline);
  }

  /** Sets the deadline of one that is in the list, in monotonic milliseconds. */
  setDeadline(pending: P, deadline: number): void {
    pending.deadline = deadline;
    if (deadline < this.#wakeAt) this.#wake(deadline);
  }

  /** Takes it out without an answer. false: it is not in the list. */
  remove(pending: P): boolean {
    if (pending.list !== this) return false;
    const { before, after, id } = pending as Links<P>;
    if (before === undefined) this.#oldest = after;
    else before.after = after;
    if (after === undefined) this.#newest = before;
    else after.before = before;
    pending.list = pending.before = pending.after = undefined;
    if (this.#byId?.get(id) === pending) this.#byId.delete(id);
    this.size--;
    if (this.size === 0) this.rest();
    return true;
  }

  /** Takes out the oldest. */
  shift(): P | undefined {
    const first = this.#oldest;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes it out and resolves it. */
  answer<A>(pending: P & Pending<A>, answer: A): void {
    this.remove(pending);
    pending.resolve(answer);
  }

  /** Takes it out and rejects it. */
  reject(pending: P, cause: unknown): void {
    this.remove(pending);
    pending.reject(cause);
  }

  /** Takes out and rejects all, or those for which `which` returns true. */
  end(cause: unknown, which?: (pending: P) => boolean): void {
    for (const pending of [...this]) if (which?.(pending) !== false) this.reject(pending, cause);
  }

  /** Clears the timer if the list is empty and does not keep it. */
  rest(): void {
    if (this.size > 0 || this.#options.keepsTimer?.()) return;
    this.#options.clock.clear(this.#timer);
    this.#timer = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  /** Oldest first. The list must not change meanwhile. */
  *[Symbol.iterator](): Generator<P, void, undefined> {
    for (let at = this.#oldest; at !== undefined; at = at.after as P | undefined) yield at;
  }

  #aborted(pending: P, cause: FairleadError): void {
    if (this.#options.aborted === undefined) this.reject(pending, cause);
    else this.#options.aborted(pending, cause);
  }

  #wake(at: number): void {
    const { clock } = this.#options;
    clock.clear(this.#timer);
    this.#wakeAt = at;
    this.#timer = clock.after(Math.max(0, at - clock.monotonic()), () => this.#expire());
  }

  #expire(): void {
    this.#timer = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#options.clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const pending of [...this]) {
      if (pending.deadline > now) next = Math.min(next, pending.deadline);
      else if (pending.list === this) this.#options.expired(pending);
    }
    if (next < this.#wakeAt && this.size > 0) this.#wake(next);
  }
}

interface Links<P> {
  readonly before: P | undefined;
  readonly after: P | undefined;
  readonly id: unknown;
}
