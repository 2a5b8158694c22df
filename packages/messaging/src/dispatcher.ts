import { type Clock, type FairleadError, isFairleadError, type Timer } from '@fairlead/core';
import type { Reader } from '@fairlead/tcp';
import type { Handlers } from './handlers.ts';
import type { Inbox, Share } from './inbox.ts';
import { messagingLimits } from './limits.ts';
import { type Incoming, type ReceivedMessage, RefusedMessage } from './message.ts';
import type { Requests } from './requests.ts';

/** The owner of a dispatcher. It gets events that are not for handlers, requests or receivers. */
interface DispatcherOwner {
  /** A frame of a link, before it is dispatched. */
  received(message: Incoming): void;
  fault(error: FairleadError, clientId: string | undefined, message?: ReceivedMessage): void;
  heartbeat(message: ReceivedMessage): void;
  /** The peer has not been read for a while, because there is no room for its next message. Its end would not be noticed. */
  stalled(clientId: string | undefined): void;
  /** The peer must be disconnected. */
  expel(clientId: string | undefined, cause: FairleadError): void;
}

/** The peer whose messages are dispatched. */
interface Source {
  /** The id of the client; set at a server only. */
  readonly clientId: string | undefined;
  readonly share: Share;
  /** Ends dispatching when it fires. */
  readonly signal: AbortSignal;
}

/** What {@link Dispatcher.read} needs of a link. */
interface Frames {
  take(reader: Reader<Incoming>): Incoming | undefined;
}

/**
 * Decides where each received message goes. The first line that applies is used:
 *
 *     not a valid message           -> fault()
 *     answers one of our requests   -> the request
 *     its type has a handler        -> the handler, as soon as another may run
 *     a heartbeat                   -> heartbeat() only
 *     any other                     -> receive(), as soon as there is room
 *
 * While a message must wait, its link is not read, so that TCP slows the peer down. Other links continue.
 */
export class Dispatcher {
  readonly #owner: DispatcherOwner;
  readonly #handlers: Handlers;
  readonly #requests: Requests;
  readonly #inbox: Inbox;
  readonly #clock: Clock;

  constructor(
    owner: DispatcherOwner,
    parts: { handlers: Handlers; requests: Requests; inbox: Inbox; clock: Clock },
  ) {
    this.#owner = owner;
    this.#handlers = parts.handlers;
    this.#requests = parts.requests;
    this.#inbox = parts.inbox;
    this.#clock = parts.clock;
  }

  /**
   * Dispatches the messages of a link one at a time, so that none is decoded while another waits. Resolves when the link has
   * ended and all its messages are dispatched, or when the signal fires. The owner of the link reports why it ended.
   */
  async read(link: Frames, source: Source): Promise<void> {
    const refusals = new Refusals();
    let resolve: (message: Incoming) => void = () => {};
    let reject: (cause: unknown) => void = () => {};
    const reader = {
      frame: (message: Incoming) => resolve(message),
      failed: (cause: FairleadError) => reject(cause),
    };
    try {
      while (!source.signal.aborted) {
        let message = link.take(reader);
        message ??= await new Promise<Incoming>((kept, broken) => {
          resolve = kept;
          reject = broken;
        });
        const wait = this.#dispatch(message, source, refusals);
        if (wait !== undefined) await wait;
      }
    } catch (error) {
      // The link's cause or ABORTED; a listener for faults threw any other error.
      if (!isFairleadError(error)) throw error;
    }
  }

  /** Returns a promise if the message must wait. Throws if no more messages of the peer are accepted. */
  #dispatch(message: Incoming, source: Source, refusals: Refusals): Promise<void> | undefined {
    const { clientId, share, signal } = source;
    this.#owner.received(message);
    if (message instanceof RefusedMessage) {
      this.#owner.fault(message.error, clientId);
      if (!refusals.add()) return undefined;
      this.#owner.expel(clientId, message.error);
      throw message.error;
    }
    refusals.inARow = 0;
    message.clientId = clientId;
    const { messageType, correlationId } = message.metadata;
    if (correlationId !== null && this.#requests.answered(message)) return undefined;
    const handler = this.#handlers.get(messageType);
    if (messageType === 'heartbeat') this.#owner.heartbeat(message);
    if (handler !== undefined) {
      if (this.#handlers.full) return this.#later(message, signal);
      this.#handlers.run(handler, message);
    } else if (messageType !== 'heartbeat') {
      if (this.#inbox.isFull(share, message)) return this.#whenRoom(message, source);
      this.#inbox.push(share, message);
    }
    return undefined;
  }

  async #later(message: ReceivedMessage, signal: AbortSignal): Promise<void> {
    while (this.#handlers.full) await this.#handlers.turn(signal);
    const handler = this.#handlers.get(message.metadata.messageType);
    if (handler !== undefined) this.#handlers.run(handler, message);
  }

  async #whenRoom(message: ReceivedMessage, { clientId, share, signal }: Source): Promise<void> {
    this.#owner.fault(this.#inbox.full(share.size + message.memory), clientId);
    let timer: Timer | undefined;
    const watch = () => {
      timer = this.#clock.after(messagingLimits.values.stall, () => {
        watch();
        this.#owner.stalled(clientId);
      });
    };
    watch();
    try {
      await this.#inbox.wait(share, message, signal);
    } catch (error) {
      if (isFairleadError(error, 'MESSAGE_INBOX_FULL')) this.#owner.expel(clientId, error);
      throw error;
    } finally {
      this.#clock.clear(timer);
    }
  }
}

/** Counts frames that are not valid messages, so that a peer that sends only such frames is disconnected. */
class Refusals {
  inARow = 0;

  /** Whether there have been too many. */
  add(): boolean {
    return ++this.inARow > messagingLimits.values.refusals;
  }
}
