import {
  coreErrors,
  type Endpoint,
  type FairleadError,
  formatAddress,
  formatEndpoint,
  milliseconds,
  timeLimit,
} from '@fairlead/core';
import type { Client, StateChange } from '@fairlead/tcp';
import { endpointWithTls, ReconnectingClient } from '@fairlead/tcp/internal';
import { messagingErrors } from './catalogue.ts';
import { Share } from './inbox.ts';
import { type MessageRequestOptions, TcpInterface } from './interface.ts';
import { messagingLimits } from './limits.ts';
import type { Incoming, Message, MessageMetadata, ReceivedMessage } from './message.ts';
import { heartbeatTimeout, type TcpClientOptions } from './options.ts';
import { type MessageLink, Sender } from './sender.ts';
import type { MessagingStatistics } from './statistics.ts';

const DEFAULT_HOST = 'localhost';
export const DEFAULT_PORT = 8_080;

/**
 * A messaging client that reconnects. It retries a failed first attempt like a lost link, with growing random waits, always
 * at the address that `connect()` was given. Messages sent meanwhile wait, up to `sendQueue`.
 */
export class TcpClient extends TcpInterface {
  readonly #options: TcpClientOptions;
  readonly #sender: Sender;
  readonly #share = new Share();
  /** Resolves when the link that is being read has ended and all its messages are dispatched. */
  #reading: Promise<void> = Promise.resolve();
  #endpoint: Endpoint;
  #client: Client<Incoming, Message> | undefined;
  #link: MessageLink | undefined;
  #stop = new AbortController();
  #draining: AbortController | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: TcpClientOptions = {}) {
    super(options, 'TcpClient');
    this.#options = options;
    this.#endpoint = this.#parse(options.endpoint ?? '');
    this.#sender = new Sender(this.codec.encoder(), this.settings.sendQueue);
  }

  protected get address(): string {
    return formatEndpoint(this.#endpoint);
  }

  /**
   * Connects to `host:port` (default: the option `endpoint`). Resolves when connected. Failed attempts are
   * retried until `disconnect()`, even after `signal` has ended this wait with `ABORTED`. Rejects with the cause if it is
   * not retried (`connection.reconnect: false`), and with `MESSAGING_STARTED` if it is started at another address.
   */
  async connect(endpoint?: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#closing !== undefined) await this.#closing;
    if (endpoint !== undefined) this.#aim(this.#parse(endpoint));
    this.#client ??= this.#start();
    await this.#client.ready(options);
  }

  /** Like {@link connect}, with host and port as separate arguments. */
  connectToServer(
    host: string,
    port: number = DEFAULT_PORT,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.connect(formatAddress(host, port), options);
  }

  disconnect(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  send(data: unknown, metadata?: Partial<MessageMetadata>): boolean {
    this.mustBeActive();
    return this.#sender.send(this.make(data, metadata));
  }

  async drained(signal?: AbortSignal): Promise<void> {
    this.mustBeActive();
    await this.#sender.drained(signal);
  }

  /**
   * Sends a message and waits for its answer. Rejects with `MESSAGE_UNANSWERED`, `ABORTED`, `MESSAGE_REQUESTS_FULL`, the
   * errors of `send`, or the cause if the link that carried the message is lost.
   */
  async request<T = unknown>(
    data: unknown,
    metadata?: Partial<Omit<MessageMetadata, 'messageId'>>,
    { timeout = this.settings.requestTimeout, signal }: MessageRequestOptions = {},
  ): Promise<ReceivedMessage<T>> {
    this.mustBeActive();
    // The id is always generated here, because it identifies the answer.
    const { messageId: _, ...given }: Partial<MessageMetadata> = metadata ?? {};
    const message = this.make(data, { messageType: 'command', ...given });
    const limits = { timeout: milliseconds(timeout), signal };
    return (await this.requests.ask(message.metadata.messageId, undefined, limits, (ticket) =>
      this.#sender.send(message, ticket),
    )) as ReceivedMessage<T>;
  }

  respond(to: ReceivedMessage, data: unknown, metadata?: Partial<MessageMetadata>): boolean {
    this.mustBeActive();
    return this.#sender.send(this.makeAnswer(to, data, metadata));
  }

  statistics(): MessagingStatistics {
    const { past } = this.counters;
    const now = this.#client?.stats();
    return {
      ...this.common(),
      messagesSent: this.#sender.sent,
      bytesSent: past.bytesOut + (now?.bytesOut ?? 0),
      bytesReceived: past.bytesIn + (now?.bytesIn ?? 0),
      reconnectionAttempts: past.attempts + Math.max(0, (now?.attempts ?? 0) - 1),
      activeClients: this.connectionState === 'connected' ? 1 : 0,
      isServer: false,
      queuedMessages: this.#sender.outbox.length,
      queuedBytes: this.#sender.outbox.size,
    };
  }

  protected beat(): void {
    if (this.#sender.free) this.#sender.send(this.make(null, { messageType: 'heartbeat' }));
  }

  /** A server that is gone answers with a reset. */
  protected stalled(): void {
    this.beat();
  }

  protected expel(_clientId: string | undefined, cause: FairleadError): void {
    this.#link?.destroy(cause);
  }

  /** Adds the default host and port, `localhost:8080`, if the text omits them. */
  #parse(text: string): Endpoint {
    const endpoint = endpointWithTls(text, this.#options.connection?.tls, 'TcpClient', DEFAULT_PORT);
    return endpoint.protocol !== 'unix' && endpoint.host === ''
      ? { ...endpoint, host: DEFAULT_HOST }
      : endpoint;
  }

  #aim(endpoint: Endpoint): void {
    if (this.#client !== undefined && formatEndpoint(endpoint) !== this.address)
      throw messagingErrors.error('MESSAGING_STARTED', { endpoint: this.address });
    this.#endpoint = endpoint;
  }

  #start(): Client<Incoming, Message> {
    const { connection } = this.#options;
    const idle = heartbeatTimeout(this.settings);
    const client = new ReconnectingClient<Incoming, Message>(this.#endpoint, {
      ...(idle !== undefined && { idle }),
      reconnect: { max: messagingLimits.values.reconnectMax },
      ...connection,
      codec: this.codec,
      clock: this.clock,
      whileDown: false, // waiting messages are kept here, by priority
      handshake: (link) => {
        this.#link = link;
      },
    });
    this.#stop = new AbortController();
    this.become('connect');
    client.on('state', (change) => this.#changed(client, change));
    client.start();
    return client;
  }

  /** Links are read one after another: all messages of the last link are read first. */
  async #read(link: MessageLink): Promise<void> {
    const { signal } = this.#stop;
    const before = this.#reading;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reading = promise;
    await before;
    try {
      await this.dispatcher.read(link, { clientId: undefined, share: this.#share, signal });
    } finally {
      resolve();
    }
  }

  #changed(client: Client<Incoming, Message>, { from, to, cause }: StateChange): void {
    const closing = this.connectionState === 'closed';
    if (to === 'ready') {
      this.counters.connectionsEstablished++;
      if (!closing) this.become('ready');
      this.#sender.attach(this.#link as MessageLink);
      void this.#read(this.#link as MessageLink);
    } else if (from === 'ready') {
      this.#sender.detach();
      this.#draining?.abort();
      if (to !== 'draining' && !closing) this.counters.connectionsLost++;
      if (cause !== undefined) this.requests.lost(undefined, cause);
      if (to === 'waiting' && !closing) this.become('lost', cause);
    } else if (to === 'waiting') this.cause = cause;
    if (to === 'closed' && !closing && cause !== undefined) {
      this.#forget(client);
      this.become('fail', cause);
      this.#end(cause);
    }
  }

  async #close(): Promise<void> {
    const client = this.#client;
    const cause = coreErrors.error('LINK_CLOSED');
    const connected = this.connectionState === 'connected';
    if (this.connectionState !== 'closed') this.become('close', cause);
    if (client === undefined) return;
    if (connected) await this.#drain();
    await client.close();
    this.#forget(client);
    this.#end(cause);
  }

  /** Sends waiting messages while the link is open, for at most `drain`. */
  async #drain(): Promise<void> {
    const draining = new AbortController();
    this.#draining = draining;
    using limit = timeLimit(this.clock, this.settings.drain, draining.signal, () => undefined);
    await this.#sender.drained(limit.signal).catch(() => {});
    this.#draining = undefined;
  }

  #forget(client: Client<Incoming, Message>): void {
    const { bytesIn, bytesOut, attempts } = client.stats();
    const { past } = this.counters;
    past.bytesIn += bytesIn;
    past.bytesOut += bytesOut;
    past.attempts += Math.max(0, attempts - 1);
    this.#client = undefined;
  }

  #end(cause: NonNullable<typeof this.cause>): void {
    this.#stop.abort(cause);
    this.#sender.end(cause);
    this.requests.end(undefined, cause);
    this.inbox.end(cause);
  }
}
