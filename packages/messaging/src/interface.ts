import { EventEmitter } from 'node:events';
import {
  asFairleadError,
  type Clock,
  coreErrors,
  type Duration,
  type FairleadError,
  isFairleadError,
  milliseconds,
  systemClock,
  type Timer,
} from '@fairlead/core';
import { type Codec, tcpErrors } from '@fairlead/tcp';
import { Dispatcher } from './dispatcher.ts';
import { Handlers, type MessageHandler } from './handlers.ts';
import { Inbox } from './inbox.ts';
import { messageJson } from './json.ts';
import {
  type Incoming,
  isMessageType,
  type Message,
  MessageMaker,
  type MessageMetadata,
  type MessageType,
  messageTypes,
  type ReceivedMessage,
  RefusedMessage,
} from './message.ts';
import { type MessagingOptions, type MessagingSettings, messagingSettings } from './options.ts';
import { Requests } from './requests.ts';
import { type ConnectionEvent, type ConnectionState, connectionTransitions } from './state.ts';
import { Counters, type MessagingStatistics } from './statistics.ts';

/** A change of state; `cause` is set if a connection ended or an attempt failed. */
export interface ConnectionChange {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  readonly cause: FairleadError | undefined;
}

/** An error that did not end a link. */
export interface MessagingFault {
  /** `MESSAGE_*` for an invalid received frame, `HANDLER_FAILED` for an error that a handler threw. */
  readonly error: FairleadError;
  /** The client that sent the message; set at a server only. */
  readonly clientId: string | undefined;
  /** The message whose handler failed. */
  readonly message: ReceivedMessage | undefined;
}

export interface MessagingEvents {
  state: [ConnectionChange];
  fault: [MessagingFault];
  /** Emitted by a server. */
  clientConnected: [{ readonly clientId: string; readonly remote: string }];
  clientDisconnected: [{ readonly clientId: string; readonly cause: FairleadError }];
}

export interface MessageRequestOptions {
  /** Time for the answer, from the call. */
  readonly timeout?: Duration | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The common part of a messaging client and a messaging server: messages with metadata, handlers by type, `receive()`,
 * statistics. It has no socket: {@link TcpClient} uses `connect()`, {@link TcpServer} uses `serve()`.
 */
export abstract class TcpInterface extends EventEmitter<MessagingEvents> implements AsyncDisposable {
  /** Why the last link, or the whole connection, ended. */
  cause: FairleadError | undefined;
  protected readonly codec: Codec<Incoming, Message>;
  protected readonly clock: Clock;
  protected readonly settings: MessagingSettings;
  protected readonly maker: MessageMaker;
  protected readonly requests: Requests;
  protected readonly inbox: Inbox;
  protected readonly dispatcher: Dispatcher;
  protected readonly counters = new Counters();
  readonly #handlers: Handlers;
  #state: ConnectionState = 'disconnected';
  #heartbeat: Timer | undefined;

  constructor(options: MessagingOptions, where: string) {
    super();
    this.settings = messagingSettings(options, where);
    this.codec = options.codec ?? messageJson();
    this.clock = options.clock ?? systemClock;
    this.maker = new MessageMaker(this.settings.source, this.clock);
    this.requests = new Requests(this.settings.requests, this.clock, (clientId, cause) =>
      this.expel(clientId, cause),
    );
    this.inbox = new Inbox(this.settings.inbox, this.clock);
    this.#handlers = new Handlers(this.settings.handlers, (error, message) =>
      this.#handlerFailed(error, message),
    );
    this.dispatcher = new Dispatcher(
      {
        received: (message) => this.#received(message),
        fault: (error, clientId) => this.#fault(error, clientId, undefined),
        heartbeat: (message) => this.#answerHeartbeat(message),
        stalled: (clientId) => this.stalled(clientId),
        expel: (clientId, cause) => this.expel(clientId, cause),
      },
      { handlers: this.#handlers, requests: this.requests, inbox: this.inbox, clock: this.clock },
    );
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  /** Connects or listens. Resolves when messages can be exchanged. */
  abstract connect(endpoint?: string, options?: { signal?: AbortSignal }): Promise<void>;
  /** Sends waiting messages, then closes. Idempotent; {@link connect} may be called again afterwards. */
  abstract disconnect(): Promise<void>;
  /** Sends to the server, or to every client. If it returns false, wait for {@link drained} before sending more. */
  abstract send(data: unknown, metadata?: Partial<MessageMetadata>): boolean;
  /** Resolves when `send` may be called again. */
  abstract drained(signal?: AbortSignal): Promise<void>;
  /** Answers a message: to its sender, with its id as the correlation id, and with its priority. */
  abstract respond(to: ReceivedMessage, data: unknown, metadata?: Partial<MessageMetadata>): boolean;
  abstract statistics(): MessagingStatistics;
  protected abstract readonly address: string;
  /** Sends a heartbeat to every peer for which no message waits. */
  protected abstract beat(): void;
  /** Called while a peer is not read, because there is no room for its next message. Its end would not be noticed otherwise. */
  protected abstract stalled(clientId: string | undefined): void;
  /** Ends the link of a peer that must be disconnected. */
  protected abstract expel(clientId: string | undefined, cause: FairleadError): void;

  /**
   * The next message that has no handler and answers no request, in the order of arrival. Several calls may wait; each
   * gets a different message. Rejects with `MESSAGE_RECEIVE_TIMEOUT`, `ABORTED`, `NOT_CONNECTED`, or the cause when the
   * connection is given up or closed. `T` is the type that the caller expects of the data; it is not checked.
   */
  async receive<T = unknown>(
    timeout?: Duration,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<ReceivedMessage<T>> {
    if (this.inbox.length === 0) this.mustBeActive();
    const limit = timeout === undefined ? undefined : milliseconds(timeout);
    return (await this.inbox.receive(limit, options.signal)) as ReceivedMessage<T>;
  }

  /**
   * Passes messages of this type to the handler instead of `receive()`. An error that it throws is reported as a `fault` and
   * does not end the link. A type has one handler: a later one replaces it. The returned function removes the handler.
   */
  registerMessageHandler<T = unknown>(messageType: MessageType, handler: MessageHandler<T>): () => void {
    if (!isMessageType(messageType))
      throw coreErrors.error('OPTION_INVALID', {
        key: 'messageType',
        where: ' of registerMessageHandler()',
        reason: `expected one of ${messageTypes.join(', ')}; got ${JSON.stringify(messageType)}.`,
      });
    return this.#handlers.set(messageType, handler as MessageHandler);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  protected get active(): boolean {
    return this.#state === 'connecting' || this.#state === 'connected' || this.#state === 'reconnecting';
  }

  /** Throws the cause, or `NOT_CONNECTED`, if there is no connection and none will be made. */
  protected mustBeActive(): void {
    if (this.active) return;
    throw this.cause ?? tcpErrors.error('NOT_CONNECTED', { endpoint: this.address });
  }

  protected become(event: ConnectionEvent, cause?: FairleadError): void {
    const from = this.#state;
    const to = connectionTransitions.next(from, event);
    this.#state = to;
    this.cause = cause;
    if (to === 'connected') this.#armHeartbeat();
    else this.clock.clear(this.#heartbeat);
    this.emit('state', { from, to, cause });
  }

  /** The message of `send()`. */
  protected make(data: unknown, metadata?: Partial<MessageMetadata>): Message {
    const message = this.maker.make(data, metadata);
    this.counters.lastActivity = this.maker.madeAt;
    return message;
  }

  /** The message of `respond()`. */
  protected makeAnswer(to: ReceivedMessage, data: unknown, metadata?: Partial<MessageMetadata>): Message {
    const { messageId, source, priority } = to.metadata;
    return this.make(data, { priority, destination: source, ...metadata, correlationId: messageId });
  }

  protected common() {
    const { counters } = this;
    return {
      messagesReceived: counters.messagesReceived,
      connectionsEstablished: counters.connectionsEstablished,
      connectionsLost: counters.connectionsLost,
      lastActivity: counters.lastActivity,
      connectionState: this.#state,
      messagesRefused: counters.messagesRefused,
      messagesDropped: this.inbox.dropped,
      handlerErrors: counters.handlerErrors,
      handlersRunning: this.#handlers.running,
      requestsOpen: this.requests.size,
      unreadMessages: this.inbox.length,
    };
  }

  #received(message: Incoming): void {
    const { counters } = this;
    counters.lastActivity = this.clock.now();
    if (message instanceof RefusedMessage) counters.messagesRefused++;
    else counters.messagesReceived++;
  }

  #handlerFailed(error: unknown, message: ReceivedMessage): void {
    this.counters.handlerErrors++;
    this.#fault(asFairleadError(error), message.clientId, message);
  }

  #fault(error: FairleadError, clientId: string | undefined, message: ReceivedMessage | undefined): void {
    this.emit('fault', { error, clientId, message });
  }

  /** Answers a heartbeat with a heartbeat, so that a side that only listens is seen as alive. Answers are not answered. */
  #answerHeartbeat(message: ReceivedMessage): void {
    if (message.metadata.correlationId !== null || !this.active) return;
    try {
      this.respond(message, null, { messageType: 'heartbeat' });
    } catch (error) {
      // The send queue is full, or the client has disconnected: the answer is not needed.
      if (!isFairleadError(error)) throw error;
    }
  }

  #armHeartbeat(): void {
    const { heartbeat } = this.settings;
    if (heartbeat === false) return;
    this.clock.clear(this.#heartbeat);
    this.#heartbeat = this.clock.after(heartbeat.every, () => {
      this.#armHeartbeat();
      this.beat();
    });
  }
}
