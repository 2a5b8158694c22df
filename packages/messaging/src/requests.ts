import { type Clock, coreErrors, type FairleadError } from '@fairlead/core';
import { messagingErrors } from './catalogue.ts';
import { messagingLimits } from './limits.ts';
import type { ReceivedMessage } from './message.ts';
import type { Ticket } from './outbox.ts';

/** A request that waits for its answer. */
interface Request extends Ticket {
  /** Which client is asked; undefined: the server. */
  readonly peer: string | undefined;
  resolve(answer: ReceivedMessage): void;
  reject(error: unknown): void;
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
  /** By peer: requests that were not answered in time since its last answer. */
  readonly #unanswered = new Map<string | undefined, number>();

  /** @param silent hears of a peer that does not answer any more */
  constructor(limit: number, clock: Clock, silent: (peer: string | undefined, cause: FairleadError) => void) {
    this.#limit = limit;
    this.#clock = clock;
    this.#silent = silent;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Sends a request with `send` and waits for its answer. Rejects with `MESSAGE_REQUESTS_FULL`, `MESSAGE_UNANSWERED`,
   * `ABORTED`, with what `send` throws, and with the cause when the link is lost over which it went.
   */
  ask(
    messageId: string,
    peer: string | undefined,
    { timeout, signal }: RequestLimits,
    send: (ticket: Ticket) => void,
  ): Promise<ReceivedMessage> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(coreErrors.error('ABORTED', {}, signal.reason));
      if (this.#open.size >= this.#limit)
        return reject(messagingErrors.error('MESSAGE_REQUESTS_FULL', { limit: this.#limit }));
      const settle = () => {
        this.#open.delete(messageId);
        this.#clock.clear(timer);
        signal?.removeEventListener('abort', abort);
        request.cancelled = true;
      };
      const request: Request = {
        peer,
        sent: false,
        cancelled: false,
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const abort = () => request.reject(coreErrors.error('ABORTED', {}, signal?.reason));
      const timer = this.#clock.after(timeout, () => {
        const cause = messagingErrors.error('MESSAGE_UNANSWERED', { messageId, limit: timeout });
        request.reject(cause);
        // One that was never sent says nothing of the peer.
        if (request.sent) this.#miss(peer, cause);
      });
      signal?.addEventListener('abort', abort, { once: true });
      this.#open.set(messageId, request);
      try {
        send(request);
      } catch (error) {
        request.reject(error);
      }
    });
  }

  /** Whether the message answers a request of ours to that peer; it is settled then. */
  answered(message: ReceivedMessage): boolean {
    const { correlationId, messageType } = message.metadata;
    // An answer that comes late shows, too, that the peer answers; a heartbeat does not.
    if (messageType !== 'heartbeat') this.#unanswered.delete(message.clientId);
    const request = this.#open.get(correlationId as string);
    if (request === undefined || request.peer !== message.clientId) return false;
    request.resolve(message);
    return true;
  }

  /** The link to `peer` is lost: requests that went over it will not be answered. */
  lost(peer: string | undefined, cause: FairleadError): void {
    this.#unanswered.delete(peer);
    for (const request of this.#open.values())
      if (request.peer === peer && request.sent) request.reject(cause);
  }

  /** Ends all requests to `peer`, sent or not. */
  end(peer: string | undefined, cause: FairleadError): void {
    this.#unanswered.delete(peer);
    for (const request of this.#open.values()) if (request.peer === peer) request.reject(cause);
  }

  #miss(peer: string | undefined, cause: FairleadError): void {
    const unanswered = (this.#unanswered.get(peer) ?? 0) + 1;
    this.#unanswered.set(peer, unanswered);
    if (unanswered > messagingLimits.values.unanswered) this.#silent(peer, cause);
  }
}
