import { Fifo } from '@fairlead/core';
import type { BusMessage } from '../port.ts';

interface Waiting {
  readonly message: BusMessage;
  readonly bytes: number;
}

/**
 * Passes messages to the broker, a bounded number at a time. The broker confirms a message when the sockets of all its
 * subscribers have accepted it. So a slow subscriber stops this queue, the queue stops the publisher, and memory is bounded.
 */
export class Feed {
  readonly #window: () => number;
  readonly #deliver: (message: BusMessage, done: () => void) => void;
  readonly #progress: () => void;
  readonly #queue = new Fifo<Waiting>();
  /** Numbers of the messages in delivery, in order. */
  readonly #underWay = new Set<number>();
  #pumping = false;
  #scheduled = false;
  bytes = 0;
  taken = 0;
  #started = 0;

  /**
   * @param window messages that may be in delivery at the same time
   * @param deliver calls `done` when the message is delivered, at once or later
   * @param progress called after messages were delivered
   */
  constructor(
    window: () => number,
    deliver: (message: BusMessage, done: () => void) => void,
    progress: () => void,
  ) {
    this.#window = window;
    this.#deliver = deliver;
    this.#progress = progress;
  }

  get messages(): number {
    return this.#queue.length + this.#underWay.size;
  }

  /** The number up to which all messages are delivered. */
  get settled(): number {
    return (this.#underWay.values().next().value ?? this.#started + 1) - 1;
  }

  /** @param sizes of the messages, in bytes */
  add(batch: readonly BusMessage[], sizes: readonly number[]): void {
    for (let i = 0; i < batch.length; i++) {
      const bytes = sizes[i] as number;
      this.#queue.push({ message: batch[i] as BusMessage, bytes });
      this.bytes += bytes;
    }
    this.taken += batch.length;
    if (this.#scheduled) return;
    // Not within `publish`: a subscriber in this process must not run inside the call of its publisher.
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const window = this.#window();
    while (this.#queue.length > 0 && this.#underWay.size < window)
      this.#start(this.#queue.shift() as Waiting);
    this.#pumping = false;
  }

  #start({ message, bytes }: Waiting): void {
    const number = ++this.#started;
    this.#underWay.add(number);
    this.#deliver(message, () => {
      if (!this.#underWay.delete(number)) return;
      this.bytes -= bytes;
      this.#pump();
      this.#progress();
    });
  }
}
