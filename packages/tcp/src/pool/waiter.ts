import { type Clock, coreErrors, type Timer } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';

/** One who waits for a client; settled once. */
export class Waiter<L> {
  readonly since: number;
  readonly promise: Promise<L>;
  readonly #clock: Clock;
  readonly #resolve: (lease: L) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #abort: () => void;
  readonly #timer: Timer;

  /** @param giveUp called when time is over or the signal fires, before the promise is rejected */
  constructor(
    clock: Clock,
    limit: number,
    signal: AbortSignal | undefined,
    giveUp: (waiter: Waiter<L>) => void,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<L>();
    this.since = clock.monotonic();
    this.promise = promise;
    this.#clock = clock;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.#abort = () => {
      giveUp(this);
      this.reject(coreErrors.error('ABORTED', {}, signal?.reason));
    };
    this.#timer = clock.after(limit, () => {
      giveUp(this);
      this.reject(tcpErrors.error('POOL_TIMEOUT', { limit }));
    });
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  resolve(lease: L): void {
    this.#settle();
    this.#resolve(lease);
  }

  reject(reason: unknown): void {
    this.#settle();
    this.#reject(reason);
  }

  #settle(): void {
    this.#clock.clear(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}
