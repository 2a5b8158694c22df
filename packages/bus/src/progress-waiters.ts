import { Waiters } from '@fairlead/core';

/** Promises that wait until a count reaches a number, for example until the n-th message is sent. */
export class ProgressWaiters {
  readonly #byTarget = new Map<number, Waiters>();

  get waiting(): boolean {
    return this.#byTarget.size > 0;
  }

  /** Rejects with ABORTED when `signal` fires first. */
  async wait(target: number, signal?: AbortSignal): Promise<void> {
    const waiters = this.#byTarget.get(target) ?? new Waiters();
    this.#byTarget.set(target, waiters);
    try {
      await waiters.wait(signal);
    } finally {
      if (!waiters.waiting && this.#byTarget.get(target) === waiters) this.#byTarget.delete(target);
    }
  }

  /** Resolves all whose target is at most `reached`. */
  release(reached: number): void {
    for (const [target, waiters] of this.#byTarget) {
      if (target > reached) continue;
      this.#byTarget.delete(target);
      waiters.resolve();
    }
  }

  /** Rejects all whose target is above `settled`. */
  reject(error: unknown, settled = Number.NEGATIVE_INFINITY): void {
    for (const [target, waiters] of this.#byTarget) {
      if (target <= settled) continue;
      this.#byTarget.delete(target);
      waiters.reject(error);
    }
  }
}
