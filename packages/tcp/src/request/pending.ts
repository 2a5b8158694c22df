import { coreErrors, type FairleadError, onAbort } from '@fairlead/core';

/** A promise that waits for one answer, with a deadline and a signal. It settles once: what comes later changes nothing. */
export class Pending<In> {
  /** The {@link PendingList} that it is in, its neighbours there, and its id. Only the list sets them. */
  list: unknown;
  before: Pending<never> | undefined;
  after: Pending<never> | undefined;
  id: unknown;
  /** Monotonic milliseconds; infinite: none. */
  deadline: number;
  /** Milliseconds that the answer may take. */
  readonly limit: number;
  /** Answered, or no longer wanted. */
  settled = false;
  readonly #resolve: (answer: In) => void;
  readonly #reject: (cause: unknown) => void;
  #watch: Disposable | undefined;

  constructor(
    deadline: number,
    limit: number,
    resolve: (answer: In) => void,
    reject: (cause: unknown) => void,
  ) {
    this.deadline = deadline;
    this.limit = limit;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Calls `giveUp` with `ABORTED` when the signal fires before the answer. */
  watch(signal: AbortSignal, giveUp: (cause: FairleadError) => void): void {
    this.#watch = onAbort(signal, () => giveUp(aborted(signal)));
  }

  resolve(answer: In): void {
    if (this.settled) return;
    this.settle();
    this.#resolve(answer);
  }

  reject(cause: unknown): void {
    if (this.settled) return;
    this.settle();
    this.#reject(cause);
  }

  protected settle(): void {
    this.settled = true;
    this.#watch?.[Symbol.dispose]();
  }
}

/** `ABORTED`, with the signal's reason as its cause. */
export function aborted(signal: AbortSignal): FairleadError {
  return coreErrors.error('ABORTED', {}, signal.reason);
}
