import type { FairTotal } from '@fairlead/core';
import { messagingErrors } from './catalogue.ts';
import type { Priority } from './message.ts';

/** A message that waits to be sent. */
export interface Waiting {
  readonly bytes: Uint8Array;
  readonly priority: Priority;
  /** Set if the message is a request. */
  readonly ticket: Ticket | undefined;
}

/** The progress of the message of a request. */
export interface Ticket {
  /** Whether it was passed to a link. */
  sent: boolean;
  /** Whether it was cancelled: if it still waits, it is not sent. */
  readonly cancelled: boolean;
}

/** Messages of one priority, in order. */
class Lane {
  waiting: Waiting[] = [];
  head = 0;
  /** Consecutive messages of higher priorities that were sent while messages waited here. */
  overtaken = 0;

  get length(): number {
    return this.waiting.length - this.head;
  }

  take(): Waiting {
    const message = this.waiting[this.head++] as Waiting;
    this.overtaken = 0;
    if (this.head === this.waiting.length) this.clear();
    else if (this.head >= 1_024 && this.head * 2 > this.waiting.length) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
    return message;
  }

  clear(): void {
    this.waiting = [];
    this.head = this.overtaken = 0;
  }
}

/**
 * Encoded messages that wait for one peer: a lane for each priority.
 *
 *     critical  [..]  -->
 *     high      [.]         the highest lane with messages goes first, but a lane that was
 *     normal    [....]      passed over `patience` times in a row sends its next message
 *     low       [..]
 *
 * Messages of one priority stay in order. No message waits forever: under constant load, about one in `patience` messages
 * is taken from each lower priority that has some.
 */
export class Outbox {
  readonly #lanes = [new Lane(), new Lane(), new Lane(), new Lane()] as const;
  readonly #limit: number;
  readonly #patience: number;
  readonly #total: FairTotal | undefined;
  #size = 0;
  length = 0;

  /** @param limit bytes @param total of all peers together, if there are several */
  constructor(limit: number, patience: number, total?: FairTotal) {
    this.#limit = limit;
    this.#patience = patience;
    this.#total = total;
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#size;
  }

  fits(bytes: number): boolean {
    return this.size + bytes <= this.#limit && this.#total?.allows(this.size, bytes) !== false;
  }

  /** Throws `MESSAGE_QUEUE_FULL`. */
  push(message: Waiting): void {
    const size = this.size + message.bytes.length;
    if (size > this.#limit) throw messagingErrors.error('MESSAGE_QUEUE_FULL', { size, limit: this.#limit });
    if (!this.fits(message.bytes.length)) {
      const { used, limit } = this.#total as FairTotal;
      throw messagingErrors.error('MESSAGE_QUEUE_FULL', { size: used + message.bytes.length, limit });
    }
    (this.#lanes[message.priority - 1] as Lane).waiting.push(message);
    this.#resize(size);
    this.length++;
  }

  /** The next message to send. */
  take(): Waiting | undefined {
    while (this.length > 0) {
      const at = this.#turn();
      const message = (this.#lanes[at] as Lane).take();
      this.#resize(this.size - message.bytes.length);
      this.length--;
      if (message.ticket?.cancelled) continue;
      for (let lower = 0; lower < at; lower++) {
        const lane = this.#lanes[lower] as Lane;
        if (lane.length > 0) lane.overtaken++;
      }
      return message;
    }
    return undefined;
  }

  clear(): void {
    for (const lane of this.#lanes) lane.clear();
    this.#resize(0);
    this.length = 0;
  }

  #resize(size: number): void {
    this.#total?.change(this.#size, size);
    this.#size = size;
  }

  #turn(): number {
    let highest = -1;
    for (let at = 0; at < this.#lanes.length; at++) {
      const lane = this.#lanes[at] as Lane;
      if (lane.length === 0) continue;
      if (lane.overtaken >= this.#patience) return at;
      highest = at;
    }
    return highest;
  }
}
