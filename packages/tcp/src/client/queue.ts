/** Encoded messages that wait for a connection, oldest first, up to a limit in bytes. */
import { tcpErrors } from '../catalogue.ts';
export class WhileDownQueue {
  readonly #limit: number;
  readonly #onFull: 'reject' | 'drop-oldest';
  #messages: Uint8Array[] = [];
  /** The index of the oldest message: those before it were dropped. */
  #head = 0;
  size = 0;
  /** Messages that were dropped for newer ones. */
  dropped = 0;

  constructor(limit: number, onFull: 'reject' | 'drop-oldest') {
    this.#limit = limit;
    this.#onFull = onFull;
  }

  /** Whether the queue is more than half full: the program should send less. */
  get filling(): boolean {
    return this.size * 2 > this.#limit;
  }

  get length(): number {
    return this.#messages.length - this.#head;
  }

  /** Throws `QUEUE_FULL` if the oldest are not dropped, or for a message larger than the queue. */
  push(message: Uint8Array): void {
    if (this.size + message.length > this.#limit) {
      if (this.#onFull === 'reject' || message.length > this.#limit) {
        throw tcpErrors.error('QUEUE_FULL', { size: this.size + message.length, limit: this.#limit });
      }
      this.#makeRoom(message.length);
    }
    this.#messages.push(message);
    this.size += message.length;
  }

  /** Removes and returns all messages, in order. */
  take(): Uint8Array[] {
    const messages = this.#messages.slice(this.#head);
    this.#messages = [];
    this.#head = this.size = 0;
    return messages;
  }

  #makeRoom(length: number): void {
    while (this.size + length > this.#limit) {
      this.size -= (this.#messages[this.#head++] as Uint8Array).length;
      this.dropped++;
    }
    if (this.#head * 2 < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#head);
    this.#head = 0;
  }
}
