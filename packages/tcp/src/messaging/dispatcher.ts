import { tcpErrors } from '../catalogue.ts';
import { type FairleadError, isFairleadError } from '../errors.ts';
import type { Handlers } from './handlers.ts';
import type { Inbox } from './inbox.ts';
import { type Incoming, type ReceivedMessage, RefusedMessage } from './message.ts';
import type { Requests } from './requests.ts';

/** Who hears what is not for handlers, requests and receivers. */
export interface DispatcherOwner {
  /** Messages of a link, refused ones among them; before they are dispatched. */
  received(batch: readonly Incoming[]): void;
  fault(error: FairleadError, clientId: string | undefined, message?: ReceivedMessage): void;
  heartbeat(message: ReceivedMessage): void;
}

/**
 * Where each received message goes. The first that fits takes it:
 *
 *     no message at all             -> fault()
 *     answers a request of ours     -> the request
 *     its type has a handler        -> the handler, as soon as one more may run
 *     a heartbeat                   -> heartbeat(), and no further
 *     all else                      -> receive(), as soon as there is room
 *
 * Where something must wait its link is not read meanwhile, so that TCP slows the peer down; other links go on.
 */
export class Dispatcher {
  readonly #owner: DispatcherOwner;
  readonly #handlers: Handlers;
  readonly #requests: Requests;
  readonly #inbox: Inbox;

  constructor(owner: DispatcherOwner, parts: { handlers: Handlers; requests: Requests; inbox: Inbox }) {
    this.#owner = owner;
    this.#handlers = parts.handlers;
    this.#requests = parts.requests;
    this.#inbox = parts.inbox;
  }

  /**
   * Dispatches what comes until the source ends, fails or `signal` fires. Why a link ended is told by who
   * owns it.
   */
  async read(
    batches: AsyncIterable<readonly Incoming[]>,
    clientId: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const batch of batches) {
        this.#owner.received(batch);
        for (const message of batch) {
          const wait = this.#dispatch(message, clientId, signal);
          if (wait !== undefined) await wait;
          if (signal.aborted) return;
        }
      }
    } catch (error) {
      // The link's cause or ABORTED; anything else was thrown by who listens to faults.
      if (!isFairleadError(error)) throw error;
    }
  }

  /** A promise when the message must wait. */
  #dispatch(message: Incoming, clientId: string | undefined, signal: AbortSignal): Promise<void> | undefined {
    if (message instanceof RefusedMessage) {
      this.#owner.fault(message.error, clientId);
      return undefined;
    }
    message.clientId = clientId;
    const { messageType, correlationId } = message.metadata;
    if (correlationId !== null && this.#requests.answered(message)) return undefined;
    const handler = this.#handlers.get(messageType);
    if (messageType === 'heartbeat') this.#owner.heartbeat(message);
    if (handler !== undefined) {
      if (this.#handlers.full) return this.#later(message, signal);
      this.#handlers.run(handler, message);
    } else if (messageType !== 'heartbeat') {
      if (this.#inbox.full) return this.#whenRoom(message, signal);
      this.#inbox.push(message);
    }
    return undefined;
  }

  async #later(message: ReceivedMessage, signal: AbortSignal): Promise<void> {
    while (this.#handlers.full) await this.#handlers.turn(signal);
    const handler = this.#handlers.get(message.metadata.messageType);
    if (handler !== undefined) this.#handlers.run(handler, message);
  }

  async #whenRoom(message: ReceivedMessage, signal: AbortSignal): Promise<void> {
    const { size } = this.#inbox;
    this.#owner.fault(
      tcpErrors.error('MESSAGE_INBOX_FULL', { size, limit: this.#inbox.limit }),
      message.clientId,
    );
    while (this.#inbox.full) await this.#inbox.room(signal);
    this.#inbox.push(message);
  }
}
