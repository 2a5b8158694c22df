import {
  asFairleadError,
  coreErrors,
  type Endpoint,
  type FairleadError,
  FairTotal,
  formatAddress,
  formatEndpoint,
  milliseconds,
  timeLimit,
} from '@fairlead/core';
import { type Server, type Session, serve, tcpErrors } from '@fairlead/tcp';
import { endpointWithTls } from '@fairlead/tcp/internal';
import { messagingErrors } from './catalogue.ts';
import { DEFAULT_PORT } from './client.ts';
import { Share } from './inbox.ts';
import { type MessageRequestOptions, TcpInterface } from './interface.ts';
import type { Incoming, Message, MessageMetadata, ReceivedMessage } from './message.ts';
import { heartbeatTimeout, type TcpServerOptions } from './options.ts';
import { encoded, Sender } from './sender.ts';
import type { MessagingStatistics } from './statistics.ts';

const DEFAULT_HOST = '127.0.0.1';

type MessageSession = Session<Incoming, Message, undefined>;

/** A connected client. */
interface Peer {
  readonly id: string;
  readonly session: MessageSession;
  readonly sender: Sender;
  readonly share: Share;
  readonly stop: AbortController;
}

/**
 * A messaging server. Without a host it listens on 127.0.0.1 only; for all addresses, specify `0.0.0.0` or `:port`.
 * Each client has an id such as `client-1`, which is never reused.
 */
export class TcpServer extends TcpInterface {
  readonly #options: TcpServerOptions;
  readonly #encoder;
  readonly #queued: FairTotal;
  readonly #peers = new Map<string, Peer>();
  /** For each link that is being read; some of these links have ended. */
  readonly #reading = new Set<AbortController>();
  #endpoint: Endpoint;
  #server: Server<Incoming, Message, undefined> | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: TcpServerOptions = {}) {
    super(options, 'TcpServer');
    this.#options = options;
    this.#encoder = this.codec.encoder();
    this.#queued = new FairTotal(this.settings.sendTotal);
    this.#endpoint = this.#parse(options.endpoint ?? DEFAULT_HOST);
  }

  /** The address to listen at, `host:port`; while the server listens, the bound address. */
  get address(): string {
    return formatEndpoint(this.#server?.endpoint ?? this.#endpoint);
  }

  /** The port that it listens at, also if port 0 was requested. */
  get port(): number {
    const endpoint = this.#server?.endpoint ?? this.#endpoint;
    return endpoint.protocol === 'unix' ? 0 : endpoint.port;
  }

  /** Listens. Rejects with PORT_IN_USE, LISTEN_FAILED, and with `MESSAGING_STARTED` if it already listens. */
  startServer(host: string = DEFAULT_HOST, port: number = DEFAULT_PORT): Promise<void> {
    return this.connect(formatAddress(host, port));
  }

  /** As {@link startServer}, at an endpoint: by default at the option `endpoint`. */
  async connect(endpoint?: string): Promise<void> {
    if (this.#closing !== undefined) await this.#closing;
    const target = endpoint === undefined ? undefined : this.#parse(endpoint);
    if (this.#opening !== undefined || this.#server !== undefined)
      throw messagingErrors.error('MESSAGING_STARTED', { endpoint: this.address });
    this.#opening = this.#open(target ?? this.#endpoint).finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  disconnect(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  /** The ids of the clients, in the order in which they connected. */
  connectedClients(): string[] {
    return [...this.#peers.keys()];
  }

  /**
   * Sends a message, encoded once, to every client. A slow client does not delay the others: its messages wait in a queue of its
   * own. If more than `sendQueue`, or more than its share of `sendTotal`, would wait, it is closed with `WRITE_BUFFER_FULL`.
   * Returns false if no client accepts more at the moment.
   */
  send(data: unknown, metadata?: Partial<MessageMetadata>): boolean {
    this.mustBeActive();
    const message = this.make(data, metadata);
    const bytes = encoded(message, this.#encoder);
    return this.#broadcast(bytes, message, () => true);
  }

  /** Resolves when a client accepts more, or no client is connected. */
  async drained(signal?: AbortSignal): Promise<void> {
    this.mustBeActive();
    if (signal?.aborted) throw coreErrors.error('ABORTED', {}, signal.reason);
    const others = new AbortController();
    const any = signal === undefined ? others.signal : AbortSignal.any([signal, others.signal]);
    try {
      await Promise.any([...this.#peers.values()].map(({ sender }) => sender.drained(any)));
    } catch {
      if (signal?.aborted) throw coreErrors.error('ABORTED', {}, signal.reason);
      // all clients have disconnected
    } finally {
      others.abort();
    }
  }

  /** Sends to one client. Throws `MESSAGE_CLIENT_UNKNOWN`, `MESSAGE_QUEUE_FULL`, `MESSAGE_NOT_ENCODABLE`. */
  sendToClient(clientId: string, data: unknown, metadata?: Partial<MessageMetadata>): boolean {
    return this.#peer(clientId).sender.send(this.make(data, metadata));
  }

  /** Resolves when `sendToClient` may be called again. Rejects if the client disconnects first, or with `ABORTED`. */
  async drainedToClient(clientId: string, signal?: AbortSignal): Promise<void> {
    await this.#peer(clientId).sender.drained(signal);
  }

  /** Sends a message to one client and waits for its answer. Rejects like `TcpClient.request()`. */
  async requestFromClient<T = unknown>(
    clientId: string,
    data: unknown,
    metadata?: Partial<Omit<MessageMetadata, 'messageId'>>,
    { timeout = this.settings.requestTimeout, signal }: MessageRequestOptions = {},
  ): Promise<ReceivedMessage<T>> {
    const { sender } = this.#peer(clientId);
    // The id is always generated here, because it identifies the answer.
    const { messageId: _, ...given }: Partial<MessageMetadata> = metadata ?? {};
    const message = this.make(data, { messageType: 'command', ...given });
    const limits = { timeout: milliseconds(timeout), signal };
    return (await this.requests.ask(message.metadata.messageId, clientId, limits, (ticket) =>
      sender.send(message, ticket),
    )) as ReceivedMessage<T>;
  }

  respond(to: ReceivedMessage, data: unknown, metadata?: Partial<MessageMetadata>): boolean {
    return this.#peer(to.clientId ?? '').sender.send(this.makeAnswer(to, data, metadata));
  }

  /** Closes the connection of one client, after the bytes that wait on its link are sent. */
  disconnectClient(clientId: string): void {
    const { session, stop } = this.#peer(clientId);
    session.close();
    stop.abort(session.cause);
  }

  statistics(): MessagingStatistics {
    const { past } = this.counters;
    let { sent, bytesIn, bytesOut } = past;
    let queuedMessages = 0;
    let queuedBytes = 0;
    for (const { session, sender } of this.#peers.values()) {
      const now = session.stats();
      bytesIn += now.bytesIn;
      bytesOut += now.bytesOut;
      sent += sender.sent;
      queuedMessages += sender.outbox.length;
      queuedBytes += sender.outbox.size;
    }
    return {
      ...this.common(),
      messagesSent: sent,
      bytesSent: bytesOut,
      bytesReceived: bytesIn,
      reconnectionAttempts: 0,
      activeClients: this.#peers.size,
      isServer: true,
      queuedMessages,
      queuedBytes,
    };
  }

  protected beat(): void {
    const message = this.make(null, { messageType: 'heartbeat' });
    this.#broadcast(encoded(message, this.#encoder), message, ({ sender }) => sender.free);
  }

  /** Handles an end that has already arrived. Otherwise sends a heartbeat, which a client that is gone answers with a reset. */
  protected stalled(clientId: string): void {
    const peer = this.#peers.get(clientId);
    if (peer?.session.state === 'half-closed') peer.session.close(coreErrors.error('PEER_CLOSED'));
    else if (peer?.sender.free) peer.sender.send(this.make(null, { messageType: 'heartbeat' }));
  }

  protected expel(clientId: string, cause: FairleadError): void {
    this.#peers.get(clientId)?.session.destroy(cause);
  }

  #broadcast(bytes: Uint8Array, { metadata }: Message, to: (peer: Peer) => boolean): boolean {
    let more = this.#peers.size === 0;
    for (const peer of this.#peers.values()) {
      const { session, sender } = peer;
      if (!to(peer)) continue;
      if (sender.free || sender.outbox.fits(bytes.length))
        more = sender.forward(bytes, metadata.priority) || more;
      else {
        const size = sender.outbox.size + bytes.length;
        session.destroy(tcpErrors.error('WRITE_BUFFER_FULL', { size, limit: this.settings.sendQueue }));
      }
    }
    return more;
  }

  #peer(clientId: string): Peer {
    const peer = this.#peers.get(clientId);
    if (peer === undefined) {
      this.mustBeActive();
      throw messagingErrors.error('MESSAGE_CLIENT_UNKNOWN', { clientId });
    }
    return peer;
  }

  #parse(endpoint: string): Endpoint {
    return endpointWithTls(endpoint, this.#options.listener?.tls, 'TcpServer', DEFAULT_PORT);
  }

  async #open(endpoint: Endpoint): Promise<void> {
    const { listener } = this.#options;
    const idle = heartbeatTimeout(this.settings);
    this.#endpoint = endpoint;
    this.become('connect');
    try {
      this.#server = await serve<Incoming, Message, undefined>(endpoint, {
        ...listener,
        limits: { ...(idle !== undefined && { idle }), ...listener?.limits },
        name: 'client',
        codec: this.codec,
        clock: this.clock,
        accept: (session) => this.#accept(session),
        closed: (session, cause) => this.#left(session, cause),
      });
      this.become('ready');
    } catch (error) {
      const cause = asFairleadError(error);
      this.become('fail', cause);
      this.inbox.end(cause);
      throw cause;
    }
  }

  /** Its own reader takes the messages of each session, so that a message that must wait delays no other session. */
  #accept(session: MessageSession): undefined {
    const sender = new Sender(this.#encoder, this.settings.sendQueue, this.#queued);
    const stop = new AbortController();
    const clientId = session.id;
    const peer = { id: clientId, session, sender, share: new Share(), stop };
    this.#peers.set(clientId, peer);
    this.counters.connectionsEstablished++;
    sender.attach(session);
    this.emit('clientConnected', { clientId, remote: session.remote });
    void this.#read(peer);
  }

  async #read({ id: clientId, session, share, stop }: Peer): Promise<void> {
    this.#reading.add(stop);
    await this.dispatcher.read(session, { clientId, share, signal: stop.signal });
    this.#reading.delete(stop);
  }

  #left(session: MessageSession, cause: FairleadError): void {
    const peer = this.#peers.get(session.id);
    if (peer === undefined) return; // refused before it became a client
    this.#peers.delete(peer.id);
    const { bytesIn, bytesOut } = session.stats();
    const { past } = this.counters;
    past.bytesIn += bytesIn;
    past.bytesOut += bytesOut;
    past.sent += peer.sender.sent;
    if (this.connectionState !== 'closed') this.counters.connectionsLost++;
    // Messages that a peer sent before it ended its side are all read.
    if (cause.code !== 'PEER_CLOSED') peer.stop.abort(cause);
    this.inbox.leave(peer.share);
    peer.sender.end(cause);
    this.requests.end(peer.id, cause);
    this.emit('clientDisconnected', { clientId: peer.id, cause });
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => {});
    const cause = coreErrors.error('SERVER_STOPPED');
    if (this.connectionState !== 'closed') this.become('close', cause);
    const server = this.#server;
    if (server === undefined) return;
    await this.#drain();
    await server.close(cause);
    for (const stop of this.#reading) stop.abort(cause);
    this.#server = undefined;
    this.inbox.end(cause);
  }

  /** Sends waiting messages, for at most `drain`. */
  async #drain(): Promise<void> {
    using limit = timeLimit(this.clock, this.settings.drain, undefined, () => undefined);
    await Promise.allSettled([...this.#peers.values()].map(({ sender }) => sender.drained(limit.signal)));
  }
}
