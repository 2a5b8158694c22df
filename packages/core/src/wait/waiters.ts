interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Promises that wait for the same event. */
import { coreErrors } from '../catalogue.ts';
export class Waiters {
  #waiting: Waiter[] = [];

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Rejects with `ABORTED` if the signal is aborted first. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (signal === undefined) {
        this.#waiting.push({ resolve, reject });
        return;
      }
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(coreErrors.error('ABORTED', {}, signal.reason));
      };
      const settle = (then: () => void) => {
        signal.removeEventListener('abort', abort);
        then();
      };
      const waiter: Waiter = {
        resolve: () => settle(resolve),
        reject: (reason) => settle(() => reject(reason)),
      };
      if (signal.aborted) abort();
      else {
        signal.addEventListener('abort', abort, { once: true });
        this.#waiting.push(waiter);
      }
    });
  }

  resolve(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.resolve();
  }

  reject(reason: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.reject(reason);
  }
}

/** Whether the promise was fulfilled (true) or rejected. Rejects with `ABORTED` if the signal is aborted first. */
export function kept(promise: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(coreErrors.error('ABORTED', {}, signal?.reason));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (isKept: boolean) => {
      signal?.removeEventListener('abort', abort);
      resolve(isKept);
    };
    promise.then(
      () => settle(true),
      () => settle(false),
    );
  });
}
