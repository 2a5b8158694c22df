import { coreErrors, type FairleadError, type FairTotal, Waiters } from '@fairlead/core';
import { ByteSink, type FrameEncoder, type Link } from '@fairlead/tcp';
import { messagingLimits } from './limits.ts';
import type { Incoming, Message, Priority } from './message.ts';
import { Outbox, type Ticket } from './outbox.ts';

export type MessageLink = Link<Incoming, Message>;

/**
 * What goes to one peer, over as many links as it takes. While the link takes messages they go straight to it; from
 * then on they wait in the outbox, where the urgent overtake the others, and go as the link drains.
 *
 *     send --> link                      the link takes more
 *     send --> outbox --> link           it does not, or there is none
 *
 * A message that was handed to a link goes with it: it is sent once or, when the link is lost, perhaps not at all.
 */
export class Sender {
  readonly outbox: Outbox;
  /** Messages handed to links. */
  sent = 0;
  readonly #encoder: FrameEncoder<Message>;
  readonly #waiters = new Waiters();
  #link: MessageLink | undefined;
  /** Whether the link takes messages: false while the pump waits for it. */
  #free = false;

  /** @param total of all peers together, where there are several */
  constructor(encoder: FrameEncoder<Message>, limit: number, total?: FairTotal) {
    this.#encoder = encoder;
    this.outbox = new Outbox(limit, messagingLimits.values.overtaken, total);
  }

  /** Whether a message would go at once. */
  get free(): boolean {
    return this.#free && this.#link !== undefined && isUsable(this.#link);
  }

  /** From now on messages go over this link, those that wait first. */
  attach(link: MessageLink): void {
    this.#link = link;
    this.#pump(link);
  }

  /** The link has ended; waiting messages stay. */
  detach(): void {
    this.#link = undefined;
    this.#free = false;
  }

  /** Nothing will be sent any more: drops waiting messages and rejects waiting callers. */
  end(cause: FairleadError): void {
    this.detach();
    this.outbox.clear();
    this.#waiters.reject(cause);
  }

  /** false: wait for {@link drained}. Throws `MESSAGE_QUEUE_FULL` or `MESSAGE_NOT_ENCODABLE`. */
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

  /** As {@link send}, for a message that was encoded once for many. */
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

  /** Resolves when nothing waits and the link takes more. Rejects with `ABORTED`, or when the connection ends for good. */
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
