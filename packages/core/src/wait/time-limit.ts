import { coreErrors } from '../catalogue.ts';
import type { Clock, Timer } from '../clock.ts';

/**
 * A time limit and the signal of a caller as one: whichever comes first ends what is waited for.
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

  /** Fires at the limit, with its error as the reason, or when the caller's signal fires, with `ABORTED`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles as `promise` does. Rejects with the limit's error, or with `ABORTED`, if that comes first. */
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

  /** Ends the limit: the timer is cleared, the caller's signal is no longer listened to. Idempotent. */
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
 * Starts a time limit. Dispose of it when the wait is over (`using`).
 *
 * @param ms milliseconds; undefined or infinite: only the signal ends the wait
 * @param error makes the error of the limit; called only when it is met
 */
export function timeLimit(
  clock: Clock,
  ms: number | undefined,
  signal: AbortSignal | undefined,
  error: () => unknown,
): TimeLimit {
  return new TimeLimit(clock, ms, signal, error);
}
