import { tcpErrors } from '../catalogue.ts';
import type { Clock, Timer } from '../clock.ts';
import type { FairleadError } from '../errors.ts';
import { Waiters } from '../waiters.ts';
import type { ReceivedMessage } from './message.ts';

export interface InboxSettings {
  /** Bytes on the wire of the messages that may wait. */
  readonly size: number;
  readonly onFull: 'wait' | 'drop-oldest';
}

interface Receiver {
  readonly resolve: (message: ReceivedMessage) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages that wait for `receive()`, or calls of `receive()` that wait for messages: never both. */
export class Inbox {
  readonly #settings: InboxSettings;
  readonly #clock: Clock;
  readonly #room = new Waiters();
  #messages: ReceivedMessage[] = [];
  #receivers = new Set<Receiver>();
  /** Bytes that wait. */
  size = 0;
  /** Messages that gave way in a full inbox. */
  dropped = 0;

  constructor(settings: InboxSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  get length(): number {
    return this.#messages.length;
  }

  /** Bytes that may wait. */
  get limit(): number {
    return this.#settings.size;
  }

  /** Nothing more may be pushed: wait for {@link room} and ask again. */
  get full(): boolean {
    return this.#settings.onFull === 'wait' && this.size > this.limit;
  }

  push(message: ReceivedMessage): void {
    for (const receiver of this.#receivers) {
      receiver.resolve(message);
      return;
    }
    this.#messages.push(message);
    this.size += message.size;
    if (this.#settings.onFull === 'wait') return;
    while (this.size > this.limit && this.#messages.length > 1) {
      this.#take();
      this.dropped++;
    }
  }

  /** Resolves when a message was taken and there is room. Rejects with `ABORTED`. */
  room(signal: AbortSignal): Promise<void> {
    return this.#room.wait(signal);
  }

  /** The next message. Rejects with `MESSAGE_RECEIVE_TIMEOUT` or `ABORTED`. */
  receive(timeout: number | undefined, signal: AbortSignal | undefined): Promise<ReceivedMessage> {
    if (this.#messages.length > 0) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const settle = (then: () => void) => {
        this.#receivers.delete(receiver);
        this.#clock.clear(timer);
        signal?.removeEventListener('abort', abort);
        then();
      };
      const receiver: Receiver = {
        resolve: (message) => settle(() => resolve(message)),
        reject: (error) => settle(() => reject(error)),
      };
      const abort = () => receiver.reject(tcpErrors.error('ABORTED', {}, signal?.reason));
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      if (timeout !== undefined)
        timer = this.#clock.after(timeout, () =>
          receiver.reject(tcpErrors.error('MESSAGE_RECEIVE_TIMEOUT', { limit: timeout })),
        );
      this.#receivers.add(receiver);
    });
  }

  /** Nothing more will come: who waits hears why. Messages that wait can still be received. */
  end(cause: FairleadError): void {
    for (const receiver of this.#receivers) receiver.reject(cause);
  }

  #take(): ReceivedMessage {
    const message = this.#messages.shift() as ReceivedMessage;
    this.size -= message.size;
    if (!this.full) this.#room.resolve();
    return message;
  }
}
