import { Waiters } from '@fairlead/core';
import type { MessageType, ReceivedMessage } from './message.ts';

/** Called with each message of its type; `T` is the type that the caller expects of its data; it is not checked. A promise that it returns counts as running until it settles. */
export type MessageHandler<T = unknown> = (message: ReceivedMessage<T>) => unknown;

/** Handlers by message type; a bounded number of them runs at the same time. */
export class Handlers {
  readonly #limit: number;
  readonly #failed: (error: unknown, message: ReceivedMessage) => void;
  readonly #handlers = new Map<MessageType, MessageHandler>();
  readonly #turns = new Waiters();
  running = 0;

  /** @param failed gets the error of a handler */
  constructor(limit: number, failed: (error: unknown, message: ReceivedMessage) => void) {
    this.#limit = limit;
    this.#failed = failed;
  }

  set(type: MessageType, handler: MessageHandler): () => void {
    this.#handlers.set(type, handler);
    return () => {
      if (this.#handlers.get(type) === handler) this.#handlers.delete(type);
    };
  }

  get(type: MessageType): MessageHandler | undefined {
    return this.#handlers.get(type);
  }

  /** Whether the limit of running handlers is reached. Then wait for {@link turn} and check again. */
  get full(): boolean {
    return this.running >= this.#limit;
  }

  run(handler: MessageHandler, message: ReceivedMessage): void {
    try {
      const result = handler(message);
      if (isThenable(result)) {
        this.running++;
        result.then(
          () => this.#done(),
          (error) => {
            this.#done();
            this.#failed(error, message);
          },
        );
      }
    } catch (error) {
      this.#failed(error, message);
    }
  }

  /** Resolves when a handler has ended. Rejects with `ABORTED`. */
  turn(signal: AbortSignal): Promise<void> {
    return this.#turns.wait(signal);
  }

  #done(): void {
    this.running--;
    this.#turns.resolve();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
  );
}
