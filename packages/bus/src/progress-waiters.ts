interface Waiter {
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Promises that wait for a number to be reached: the n-th message sent, or simply (target 0) for an event. */
import { coreErrors } from '@fairlead/core';
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Rejects with ABORTED when `signal` fires first. */
  wait(target: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(coreErrors.error('ABORTED', {}, signal.reason));
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(waiter);
        reject(coreErrors.error('ABORTED', {}, signal?.reason));
      };
      const waiter: Waiter = {
        target,
        resolve: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        reject: (error) => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Resolves those whose target is at most `reached`. */
  release(reached = Number.POSITIVE_INFINITY): void {
    for (const waiter of this.#waiting) {
      if (waiter.target > reached) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  /** Rejects those whose target is above `settled`. */
  reject(error: unknown, settled = Number.NEGATIVE_INFINITY): void {
    for (const waiter of this.#waiting) {
      if (waiter.target <= settled) continue;
      this.#waiting.delete(waiter);
      waiter.reject(error);
    }
  }
}
