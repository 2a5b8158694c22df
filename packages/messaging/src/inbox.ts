/**
 * Messages that wait for `receive()`. Each peer has a share, so that a peer that sends much does not delay others. A total limits all
 * shares together. Sizes are memory, by the estimate of the codecs.
 *
 *     peer 1  [....]  \
 *     peer 2  [.]      >  size for each, total for all  -->  receive(), in the order of arrival
 *     peer 3  [...]   /
 *
 * When the total is reached, messages of disconnected peers are dropped first, oldest first. Then each peer may use an equal share:
 * {@link FairTotal}.
 */
import { type Clock, type FairleadError, FairTotal, Fifo } from '@fairlead/core';
import { aborted, Pending, PendingList } from '@fairlead/tcp/internal';
import { messagingErrors } from './catalogue.ts';
import type { ReceivedMessage } from './message.ts';

interface InboxSettings {
  /** Bytes of the messages of one peer that may wait. */
  readonly size: number;
  /** Bytes of all messages that may wait. */
  readonly total: number;
  readonly onFull: 'wait' | 'drop-oldest';
}

interface Entry {
  /** undefined: it was dropped. */
  message: ReceivedMessage | undefined;
  readonly share: Share;
}

/** The messages of one peer. */
export class Share {
  readonly entries = new Fifo<Entry>();
  /** Bytes that wait. */
  size = 0;
  /** The message that waits for room, and the function to call when it is added. */
  next: { readonly message: ReceivedMessage; readonly admitted: () => void } | undefined;
  /** Waits for room in the total. */
  isBlocked = false;
  /** Whether its peer has disconnected: its messages are dropped first when the total is reached. */
  isGone = false;
}

/** Number of dropped entries at which the order is compacted. */
const TIDY_AT = 1_024;

export class Inbox {
  readonly #settings: InboxSettings;
  readonly #clock: Clock;
  readonly #receivers: PendingList<Pending<ReceivedMessage>>;
  #order = new Fifo<Entry>();
  /** Entries of the order whose message was dropped. */
  #gaps = 0;
  readonly #blocked = new Fifo<Share>();
  readonly #departed = new Fifo<Share>();
  /** Bytes that wait for room. */
  #outside = 0;
  readonly #total: FairTotal;
  length = 0;
  /** Messages that were dropped. */
  dropped = 0;

  constructor(settings: InboxSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#total = new FairTotal(settings.total);
    this.#receivers = new PendingList({
      clock,
      expired: (receiver) => {
        const { limit } = receiver;
        this.#receivers.reject(receiver, messagingErrors.error('MESSAGE_RECEIVE_TIMEOUT', { limit }));
      },
    });
  }

  /** Bytes that wait for receive(). */
  get size(): number {
    return this.#total.used;
  }

  /** Entries in memory, those of dropped messages included. */
  get places(): number {
    return this.#order.length;
  }

  /** Whether the message would have to wait. */
  isFull(share: Share, message: ReceivedMessage): boolean {
    if (this.#receivers.size > 0 || share.isGone || this.#settings.onFull !== 'wait') return false;
    return !this.#fits(share, message);
  }

  /** Adds a message. If {@link isFull} returns true, call {@link wait} instead. */
  push(share: Share, message: ReceivedMessage): void {
    const receiver = this.#receivers.first;
    if (receiver !== undefined) {
      this.#receivers.answer(receiver, message);
      return;
    }
    if (this.#settings.onFull === 'drop-oldest')
      while (share.entries.length > 0 && !this.#fitsShare(share, message)) this.#drop(share);
    while (!this.#fitsTotal(share, message)) {
      const gives = this.#departed.first ?? (share.entries.length > 0 ? share : this.#oldest());
      if (share.isGone && gives !== this.#departed.first) break;
      this.#drop(gives);
    }
    if (share.isGone && !this.#fitsTotal(share, message)) this.dropped++;
    else this.#add(share, message);
  }

  /**
   * Resolves when the message has been added. Rejects with `ABORTED`, or with `MESSAGE_INBOX_FULL` if the messages that wait
   * for room would exceed their total limit.
   */
  wait(share: Share, message: ReceivedMessage, signal: AbortSignal): Promise<void> {
    const size = this.#outside + message.memory;
    if (this.#outside > 0 && size > this.#settings.total)
      return Promise.reject(this.full(this.size + size, this.#settings.total));
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw aborted(signal);
      this.#outside = size;
      const pending = new Pending<void>(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, resolve, reject);
      const leave = () => {
        share.next = undefined;
        this.#outside -= message.memory;
      };
      pending.watch(signal, (cause) => {
        leave();
        pending.reject(cause);
      });
      const admitted = () => {
        leave();
        pending.resolve();
      };
      share.next = { message, admitted };
      this.#admit(share);
    });
  }

  /** The next message. Rejects with `MESSAGE_RECEIVE_TIMEOUT` or `ABORTED`. */
  receive(timeout: number | undefined, signal: AbortSignal | undefined): Promise<ReceivedMessage> {
    if (this.length > 0) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      const limit = timeout ?? Number.POSITIVE_INFINITY;
      const receiver = new Pending<ReceivedMessage>(this.#clock.monotonic() + limit, limit, resolve, reject);
      this.#receivers.add(receiver, signal);
    });
  }

  /** The peer has disconnected: its messages can still be received, unless they are dropped to make room. */
  leave(share: Share): void {
    share.isGone = true;
    if (share.entries.length > 0) this.#departed.push(share);
    const { next } = share;
    if (next === undefined) return;
    this.push(share, next.message);
    next.admitted();
  }

  /** Rejects waiting receivers: no more messages will arrive. Messages in the inbox can still be received. */
  end(cause: FairleadError): void {
    this.#receivers.end(cause);
  }

  /** The error with the number of waiting bytes. */
  full(size = this.size, limit = this.#settings.size): FairleadError {
    return messagingErrors.error('MESSAGE_INBOX_FULL', { size, limit });
  }

  /** A message alone always fits, whatever its size. */
  #fitsShare(share: Share, { memory }: ReceivedMessage): boolean {
    return share.size === 0 || share.size + memory <= this.#settings.size;
  }

  #fitsTotal(share: Share, { memory }: ReceivedMessage): boolean {
    if (share.isGone) return this.size === 0 || this.size + memory <= this.#total.limit;
    return this.#total.allows(share.size, memory);
  }

  /** Whether there is room after messages of disconnected peers are dropped. */
  #fits(share: Share, message: ReceivedMessage): boolean {
    if (!this.#fitsShare(share, message)) return false;
    while (!this.#fitsTotal(share, message)) {
      const departed = this.#departed.first;
      if (departed === undefined) return false;
      this.#drop(departed);
    }
    return true;
  }

  #add(share: Share, message: ReceivedMessage): void {
    const entry = { message, share };
    this.#order.push(entry);
    if (share.entries.length === 0 && share.isGone) this.#departed.push(share);
    share.entries.push(entry);
    this.#resize(share, message.memory);
    this.length++;
  }

  #take(): ReceivedMessage {
    const share = this.#oldest();
    const { message } = this.#order.shift() as Entry;
    this.#takeFirst(share);
    this.#admit(share);
    this.#admitBlocked();
    return message as ReceivedMessage;
  }

  /** The share of the oldest waiting message. At least one must wait. */
  #oldest(): Share {
    while (this.#order.first?.message === undefined) {
      this.#order.shift();
      this.#gaps--;
    }
    return this.#order.first.share;
  }

  /** Drops the oldest message of the share. */
  #drop(share: Share): void {
    const entry = share.entries.first as Entry;
    this.#takeFirst(share);
    entry.message = undefined;
    this.dropped++;
    this.#gaps++;
    if (this.#gaps < TIDY_AT || this.#gaps * 2 < this.#order.length) return;
    const order = this.#order.take();
    for (const kept of order) if (kept.message !== undefined) this.#order.push(kept);
    this.#gaps = 0;
  }

  /** Removes the oldest message from the share and from the totals. */
  #takeFirst(share: Share): void {
    const { message } = share.entries.shift() as Entry;
    const { memory } = message as ReceivedMessage;
    this.#resize(share, -memory);
    this.length--;
    if (share.entries.length === 0 && share.isGone) this.#departed.remove(share);
  }

  #resize(share: Share, by: number): void {
    this.#total.change(share.size, share.size + by);
    share.size += by;
  }

  /** Adds the next message of the share, or queues it until the total has room. */
  #admit(share: Share): void {
    const { next } = share;
    if (next === undefined || share.isBlocked) return;
    if (this.#receivers.size > 0 || this.#fits(share, next.message)) {
      this.push(share, next.message);
      next.admitted();
    } else if (this.#fitsShare(share, next.message)) {
      share.isBlocked = true;
      this.#blocked.push(share);
    }
  }

  #admitBlocked(): void {
    for (let first = this.#blocked.first; first !== undefined; first = this.#blocked.first) {
      if (first.next !== undefined && !this.#fits(first, first.next.message)) return;
      this.#blocked.shift();
      first.isBlocked = false;
      this.#admit(first);
    }
  }
}
