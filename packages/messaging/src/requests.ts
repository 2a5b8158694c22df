import type { Clock, FairleadError } from '@fairlead/core';
import { Pending, PendingList } from '@fairlead/tcp/internal';
import { messagingErrors } from './catalogue.ts';
import { messagingLimits } from './limits.ts';
import type { ReceivedMessage } from './message.ts';
import type { Ticket } from './outbox.ts';

/** A request that waits for its answer. */
class Request extends Pending<ReceivedMessage> implements Ticket {
  sent = false;
  readonly messageId: string;
  /** The client that gets the request; undefined: the server. */
  readonly peer: string | undefined;

  constructor(
    messageId: string,
    peer: string | undefined,
    ...pending: ConstructorParameters<typeof Pending<ReceivedMessage>>
  ) {
    super(...pending);
    this.messageId = messageId;
    this.peer = peer;
  }

  get cancelled(): boolean {
    return this.settled;
  }
}

interface RequestLimits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** Requests that wait for an answer, by the id of their message. */
export class Requests {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #silent: (peer: string | undefined, cause: FairleadError) => void;
  /** By the id of their message. */
  readonly #open: PendingList<Request>;
  /** By peer: requests that were not answered in time since its last answer. */
  readonly #unanswered = new Map<string | undefined, number>();

  /** @param silent is called for a peer that no longer answers */
  constructor(limit: number, clock: Clock, silent: (peer: string | undefined, cause: FairleadError) => void) {
    this.#limit = limit;
    this.#clock = clock;
    this.#silent = silent;
    this.#open = new PendingList({ clock, expired: (request) => this.#expired(request) });
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Sends a request with `send` and waits for its answer. Rejects with `MESSAGE_REQUESTS_FULL`, `MESSAGE_UNANSWERED`,
   * `ABORTED`, the error that `send` throws, or the cause when the link that carried it is lost.
   */
  ask(
    messageId: string,
    peer: string | undefined,
    { timeout, signal }: RequestLimits,
    send: (ticket: Ticket) => void,
  ): Promise<ReceivedMessage> {
    return new Promise((resolve, reject) => {
      if (this.#open.size >= this.#limit)
        throw messagingErrors.error('MESSAGE_REQUESTS_FULL', { limit: this.#limit });
      const deadline = this.#clock.monotonic() + timeout;
      const request = new Request(messageId, peer, deadline, timeout, resolve, reject);
      this.#open.add(request, signal, messageId);
      try {
        send(request);
      } catch (error) {
        this.#open.reject(request, error);
      }
    });
  }

  /** Settles the request that the message answers. Returns false if it answers no open request to that peer. */
  answered(message: ReceivedMessage): boolean {
    const { correlationId, messageType } = message.metadata;
    // A late answer also shows that the peer answers requests; a heartbeat does not.
    if (messageType !== 'heartbeat') this.#unanswered.delete(message.clientId);
    const request = this.#open.get(correlationId);
    if (request === undefined || request.peer !== message.clientId) return false;
    this.#open.answer(request, message);
    return true;
  }

  /** The link to `peer` is lost: requests that it carried will have no answer. */
  lost(peer: string | undefined, cause: FairleadError): void {
    this.#unanswered.delete(peer);
    this.#open.end(cause, (request) => request.peer === peer && request.sent);
  }

  /** Ends all requests to `peer`, sent or not. */
  end(peer: string | undefined, cause: FairleadError): void {
    this.#unanswered.delete(peer);
    this.#open.end(cause, (request) => request.peer === peer);
  }

  #expired(request: Request): void {
    const { messageId, peer, limit } = request;
    const cause = messagingErrors.error('MESSAGE_UNANSWERED', { messageId, limit });
    this.#open.reject(request, cause);
    // A request that was never sent says nothing about the peer.
    if (request.sent) this.#miss(peer, cause);
  }

  #miss(peer: string | undefined, cause: FairleadError): void {
    const unanswered = (this.#unanswered.get(peer) ?? 0) + 1;
    this.#unanswered.set(peer, unanswered);
    if (unanswered > messagingLimits.values.unanswered) this.#silent(peer, cause);
  }
}
