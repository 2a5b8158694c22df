import type { Clock, FairleadError } from '@fairlead/core';
import { aborted, Deadlines, Pending } from '@fairlead/tcp/internal';
import { messagingErrors } from './catalogue.ts';
import { messagingLimits } from './limits.ts';
import type { ReceivedMessage } from './message.ts';
import type { Ticket } from './outbox.ts';

/** A request that waits for its answer. */
class Request extends Pending<ReceivedMessage> implements Ticket {
  sent = false;
  readonly messageId: string;
  /** The client that is asked; undefined: the server. */
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

export interface RequestLimits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** Requests that wait for an answer, by the id of their message. */
export class Requests {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #silent: (peer: string | undefined, cause: FairleadError) => void;
  readonly #open = new Map<string, Request>();
  readonly #deadlines: Deadlines<Request>;
  /** By peer: requests without an answer in time since its last answer. */
  readonly #unanswered = new Map<string | undefined, number>();

  /** @param silent is called for a peer that no longer answers */
  constructor(limit: number, clock: Clock, silent: (peer: string | undefined, cause: FairleadError) => void) {
    this.#limit = limit;
    this.#clock = clock;
    this.#silent = silent;
    this.#deadlines = new Deadlines(
      clock,
      () => this.#open.values(),
      (request) => this.#expired(request),
    );
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
      if (signal?.aborted) throw aborted(signal);
      if (this.#open.size >= this.#limit)
        throw messagingErrors.error('MESSAGE_REQUESTS_FULL', { limit: this.#limit });
      const deadline = this.#clock.monotonic() + timeout;
      const request = new Request(messageId, peer, deadline, timeout, resolve, reject);
      if (signal !== undefined) request.watch(signal, (cause) => this.#reject(request, cause));
      this.#open.set(messageId, request);
      this.#deadlines.watch(request);
      try {
        send(request);
      } catch (error) {
        this.#reject(request, error);
      }
    });
  }

  /** Settles the request that the message answers. false: it answers no open request to that peer. */
  answered(message: ReceivedMessage): boolean {
    const { correlationId, messageType } = message.metadata;
    // A late answer shows too that the peer answers; a heartbeat does not.
    if (messageType !== 'heartbeat') this.#unanswered.delete(message.clientId);
    const request = this.#open.get(correlationId as string);
    if (request === undefined || request.peer !== message.clientId) return false;
    this.#remove(request);
    request.resolve(message);
    return true;
  }

  /** The link to `peer` is lost: requests that it carried will have no answer. */
  lost(peer: string | undefined, cause: FairleadError): void {
    this.#unanswered.delete(peer);
    for (const request of this.#open.values())
      if (request.peer === peer && request.sent) this.#reject(request, cause);
  }

  /** Ends all requests to `peer`, sent or not. */
  end(peer: string | undefined, cause: FairleadError): void {
    this.#unanswered.delete(peer);
    for (const request of this.#open.values()) if (request.peer === peer) this.#reject(request, cause);
  }

  #expired(request: Request): void {
    const { messageId, peer, limit } = request;
    const cause = messagingErrors.error('MESSAGE_UNANSWERED', { messageId, limit });
    this.#reject(request, cause);
    // A request that was never sent says nothing about the peer.
    if (request.sent) this.#miss(peer, cause);
  }

  #reject(request: Request, cause: unknown): void {
    this.#remove(request);
    request.reject(cause);
  }

  #remove(request: Request): void {
    this.#open.delete(request.messageId);
    if (this.#open.size === 0) this.#deadlines.stop();
  }

  #miss(peer: string | undefined, cause: FairleadError): void {
    const unanswered = (this.#unanswered.get(peer) ?? 0) + 1;
    this.#unanswered.set(peer, unanswered);
    if (unanswered > messagingLimits.values.unanswered) this.#silent(peer, cause);
  }
}
