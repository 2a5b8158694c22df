import { type Clock, coreErrors, type FairleadError, type Timer } from '@fairlead/core';

/** One attempt to connect, with the time limits of its two parts: connecting and handshake. */
export class Attempt {
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly #clock: Clock;
  readonly #endpoint: string;
  readonly #controller = new AbortController();
  #timer: Timer | undefined;

  constructor(clock: Clock, endpoint: string) {
    this.#clock = clock;
    this.#endpoint = endpoint;
    this.startedAt = clock.monotonic();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the time limit of the next part and ends that of the previous one. */
  limit(code: 'CONNECT_TIMEOUT' | 'HANDSHAKE_TIMEOUT', ms: number): void {
    this.#clock.clear(this.#timer);
    this.#timer = this.#clock.after(ms, () =>
      this.abort(coreErrors.error(code, { endpoint: this.#endpoint, limit: ms })),
    );
  }

  abort(cause: FairleadError): void {
    this.end();
    this.#controller.abort(cause);
  }

  /** Ends the attempt. */
  end(): void {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }
}
