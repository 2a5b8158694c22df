import { coreErrors, type FairleadError, type FairTotal, Waiters } from '@fairlead/core';
import { ByteSink, type FrameEncoder, type Link } from '@fairlead/tcp';
import { messagingLimits } from './limits.ts';
import type { Incoming, Message, Priority } from './message.ts';
import { Outbox, type Ticket } from './outbox.ts';

export type MessageLink = Link<Incoming, Message>;

/**
 * Sends messages to one peer, over any number of successive links. While the link accepts messages, they go directly to it.
 * Otherwise they wait in the outbox, in the order of their priority, until the link drains.
 *
 *     send --> link                      the link accepts more
 *     send --> outbox --> link           it does not, or there is no link
 *
 * A message that was passed to a link is not sent again: if the link is lost, the message may be lost too.
 */
export class Sender {
  readonly outbox: Outbox;
  /** Messages passed to links. */
  sent = 0;
  readonly #encoder: FrameEncoder<Message>;
  readonly #waiters = new Waiters();
  #link: MessageLink | undefined;
  /** Whether the link accepts messages: false while the pump waits for it. */
  #free = false;

  /** @param total of all peers together, if there are several */
  constructor(encoder: FrameEncoder<Message>, limit: number, total?: FairTotal) {
    this.#encoder = encoder;
    this.outbox = new Outbox(limit, messagingLimits.values.overtaken, total);
  }

  /** Whether a message would be sent at once. */
  get free(): boolean {
    return this.#free && this.#link !== undefined && isUsable(this.#link);
  }

  /** Sends messages over this link from now on, waiting messages first. */
  attach(link: MessageLink): void {
    this.#link = link;
    this.#pump(link);
  }

  /** The link has ended; waiting messages stay. */
  detach(): void {
    this.#link = undefined;
    this.#free = false;
  }

  /** Ends sending: drops waiting messages and rejects waiting callers. */
  end(cause: FairleadError): void {
    this.detach();
    this.outbox.clear();
    this.#waiters.reject(cause);
  }

  /** Returns false if the caller should wait for {@link drained}. Throws `MESSAGE_QUEUE_FULL` or `MESSAGE_NOT_ENCODABLE`. */
  send(message: Message, ticket?: Ticket): boolean {
    if (!this.free) {
      const bytes = encoded(message, this.#encoder);
      this.outbox.push({ bytes, priority: message.metadata.priority, ticket });
      return false;
    }
    const link = this.#link as MessageLink;
    const more = link.send(message);
    if (ticket !== undefined) ticket.sent = true;
    this.sent++;
    if (!more) this.#blocked(link);
    return more;
  }

  /** Like {@link send}, for a message that was encoded once for several peers. */
  forward(bytes: Uint8Array, priority: Priority): boolean {
    if (!this.free) {
      this.outbox.push({ bytes, priority, ticket: undefined });
      return false;
    }
    const link = this.#link as MessageLink;
    const more = link.forward(bytes);
    this.sent++;
    if (!more) this.#blocked(link);
    return more;
  }

  /** Resolves when no message waits and the link accepts more. Rejects with `ABORTED`, or when the connection ends for good. */
  async drained(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw coreErrors.error('ABORTED', {}, signal.reason);
    while (!this.free) await this.#waiters.wait(signal);
  }

  #blocked(link: MessageLink): void {
    this.#free = false;
    link.drained().then(
      () => this.#pump(link),
      () => {}, // the link has ended; its owner handles it
    );
  }

  #pump(link: MessageLink): void {
    if (this.#link !== link) return;
    while (isUsable(link)) {
      const next = this.outbox.take();
      if (next === undefined) {
        this.#free = true;
        this.#waiters.resolve();
        return;
      }
      if (next.ticket !== undefined) next.ticket.sent = true;
      this.sent++;
      if (link.forward(next.bytes)) continue;
      this.#blocked(link);
      return;
    }
  }
}

/** The bytes of one message, for a later {@link Link.forward}. */
export function encoded(message: Message, encoder: FrameEncoder<Message>): Uint8Array {
  const sink = new ByteSink();
  encoder.encode(message, sink);
  return Buffer.concat(sink.flush());
}

function isUsable(link: MessageLink): boolean {
  return link.state === 'open' || link.state === 'half-closed';
}
