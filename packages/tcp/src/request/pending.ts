/** A request that waits for its reply, or for its turn. */
export class Pending<In> {
  /** Undefined once it is sent. */
  message: unknown;
  key: unknown;
  /** Monotonic milliseconds. */
  sentAt = 0;
  readonly deadline: number;
  readonly limit: number;
  /** Replied to, or given up. */
  settled = false;
  /** Set for a proof of life: whether a frame is the reply. */
  expect: ((frame: In) => boolean) | undefined;
  readonly #resolve: (reply: In) => void;
  readonly #reject: (cause: unknown) => void;
  #signal: AbortSignal | undefined;
  #abort: (() => void) | undefined;

  constructor(
    message: unknown,
    now: number,
    limit: number,
    resolve: (reply: In) => void,
    reject: (cause: unknown) => void,
  ) {
    this.message = message;
    this.limit = limit;
    this.deadline = now + limit;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  watch(signal: AbortSignal, abort: () => void): void {
    this.#signal = signal;
    this.#abort = abort;
    signal.addEventListener('abort', abort, { once: true });
  }

  resolve(reply: In): void {
    this.#settle();
    this.#resolve(reply);
  }

  reject(cause: unknown): void {
    if (this.settled) return;
    this.#settle();
    this.#reject(cause);
  }

  #settle(): void {
    this.settled = true;
    this.message = undefined;
    if (this.#abort !== undefined) this.#signal?.removeEventListener('abort', this.#abort);
  }
}
