import { coreErrors } from '../catalogue.ts';
import type { Clock, Timer } from '../clock.ts';

/**
 * Combines a time limit and the signal of a caller. Whichever comes first ends the wait.
 *
 * ```ts
 * using limit = timeLimit(clock, 5_000, signal, () => errors.error('REPLY_TIMEOUT', { limit: 5_000 }));
 * return await limit.race(reply);
 * ```
 */
export class TimeLimit implements Disposable {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, ms: number | undefined, caller: AbortSignal | undefined, error: () => unknown) {
    this.#clock = clock;
    this.#caller = caller;
    this.#onAbort = () => this.#end(coreErrors.error('ABORTED', {}, caller?.reason));
    if (caller?.aborted) this.#onAbort();
    else {
      caller?.addEventListener('abort', this.#onAbort, { once: true });
      if (ms !== undefined && ms !== Number.POSITIVE_INFINITY)
        this.#timer = clock.after(ms, () => this.#end(error()));
    }
  }

  /** Aborted at the limit, with its error as the reason, or together with the caller's signal, with `ABORTED`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles like `promise`. Rejects with the error of the limit, or with `ABORTED`, if that happens first. */
  race<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { signal } = this;
      const end = () => reject(signal.reason);
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      const settle = () => signal.removeEventListener('abort', end);
      promise.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error) => {
          settle();
          reject(error);
        },
      );
    });
  }

  /** Ends the limit: clears the timer and stops listening to the caller's signal. Idempotent. */
  [Symbol.dispose](): void {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }

  #end(reason: unknown): void {
    this[Symbol.dispose]();
    this.#controller.abort(reason);
  }
}

/**
 * Starts a time limit. Dispose of it at the end of the wait (`using`).
 *
 * @param ms milliseconds; if undefined or infinite, only the signal ends the wait
 * @param error creates the error of the limit; called only when the limit is reached
 */
export function timeLimit(
  clock: Clock,
  ms: number | undefined,
  signal: AbortSignal | undefined,
  error: () => unknown,
): TimeLimit {
  return new TimeLimit(clock, ms, signal, error);
}
