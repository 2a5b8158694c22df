import { EventEmitter } from 'node:events';
import {
  asFairleadError,
  backoff,
  type Clock,
  coreErrors,
  type Endpoint,
  type FairleadError,
  formatEndpoint,
  isFairleadError,
  kept,
  networkError,
  onAbort,
  parseOptions,
  systemClock,
  type Timer,
  Waiters,
} from '@fairlead/core';
import type { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { ByteSink } from '../framing/sink.ts';
import { FramedLink, type LinkOwner } from '../link/framed-link.ts';
import type { Link } from '../link/link.ts';
import { dialEndpoint } from '../link/network.ts';
import type { LinkSettings } from '../link/settings.ts';
import { endpointWithTls } from '../link/tls-endpoint.ts';
import type { RequestOptions } from '../request/options.ts';
import { Requests } from '../request/requests.ts';
import { Attempt } from './attempt.ts';
import type { Client, StateChange } from './client.ts';
import { batchesOver, type Links, receiveOver } from './links.ts';
import { type ClientOptions, clientSchema, dataOf } from './options.ts';
import { WhileDownQueue } from './queue.ts';
import { type ClientEvent, type ClientState, clientTransitions } from './state.ts';
import { ClientCounters, type ClientStats } from './stats.ts';
import { Watch } from './watch.ts';

/**
 * Keeps a connection to `endpoint`: starts at once and, by default, reconnects whenever the link is lost.
 * Throws ENDPOINT_INVALID, OPTION_UNKNOWN or OPTION_INVALID; later errors are reported by `on('state')` and `ready()`.
 */
export function connect<In, Out = In>(
  endpoint: string | Endpoint,
  options: ClientOptions<In, Out>,
): Client<In, Out> {
  const client = new ReconnectingClient(endpoint, options);
  client.start();
  return client;
}

/** The {@link Client} that `connect()` makes. It is idle until {@link start}, so that its owner can listen to it first. */
export class ReconnectingClient<In, Out = In>
  extends EventEmitter<{ state: [StateChange] }>
  implements Client<In, Out>
{
  readonly endpoint: Endpoint;
  readonly #options: ClientOptions<In, Out>;
  readonly #data: z.output<typeof clientSchema>;
  readonly #clock: Clock;
  readonly #settings: LinkSettings;
  readonly #queue: WhileDownQueue | undefined;
  readonly #requests: Requests<In, Out>;
  readonly #counters = new ClientCounters();
  readonly #changes = new Waiters();
  readonly #links: Links<In> = {
    current: async (signal) => {
      await this.ready(signal === undefined ? {} : { signal });
      return this.#link as FramedLink<In, Out>;
    },
    left: async (link, signal) => {
      while (this.#link === link) await this.#changes.wait(signal);
    },
    ended: (error) => error === this.cause && this.cause?.kind === 'closed',
  };
  readonly #owner: LinkOwner<In, Out> = {
    frames: (link, batch) => this.#frames(link, batch),
    ended: (link) => this.#ended(link),
    closed: (link, cause) => this.#closed(link, cause),
  };
  #state: ClientState = 'idle';
  #cause: FairleadError | undefined;
  #link: FramedLink<In, Out> | undefined;
  #attempt: Attempt | undefined;
  #watch: Watch<In, Out> | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #readyAt = 0;
  /** Set by {@link drain}: no more messages are accepted. */
  #leaving: FairleadError | undefined;

  constructor(endpoint: string | Endpoint, options: ClientOptions<In, Out>) {
    super();
    this.endpoint = endpointWithTls(endpoint, options.tls, 'connect()');
    this.#options = options;
    this.#data = parseOptions(clientSchema, dataOf(options), 'connect()');
    this.#clock = options.clock ?? systemClock;
    const { whileDown, writeBuffer, closeGrace } = this.#data;
    this.#queue = whileDown === false ? undefined : new WhileDownQueue(whileDown.queue, whileDown.onFull);
    const requests = {
      ...this.#data.requests,
      correlate: options.correlate ?? ('order' as const),
      latency: this.#counters.requestLatency,
    };
    this.#settings = { clock: this.#clock, writeBuffer, closeGrace, requests };
    this.#requests = new Requests(this.#clock, requests);
  }

  get state(): ClientState {
    return this.#state;
  }

  get cause(): FairleadError | undefined {
    return this.#cause;
  }

  /** Begins to connect. */
  start(): void {
    if (this.state === 'idle') void this.#connect();
  }

  /** Whether it is ready, no reply is outstanding, and nothing waits to be read: it can be reused. */
  get quiet(): boolean {
    return this.state === 'ready' && this.#requests.expected === 0 && this.#link?.unread === false;
  }

  get peer(): Link<In, Out>['peer'] {
    return this.#link?.peer;
  }

  async ready(options: { signal?: AbortSignal } = {}): Promise<void> {
    while (this.state !== 'ready') {
      if (this.#over) throw this.cause;
      await this.#changes.wait(options.signal);
    }
  }

  send(message: Out): boolean {
    if (this.#leaving !== undefined) throw this.#leaving;
    if (this.state === 'ready') return (this.#link as FramedLink<In, Out>).send(message);
    if (this.#over) throw this.cause;
    if (this.#queue === undefined)
      throw tcpErrors.error('NOT_CONNECTED', { endpoint: formatEndpoint(this.endpoint) });
    const sink = new ByteSink();
    this.#options.codec.encoder().encode(message, sink);
    this.#queue.push(Buffer.concat(sink.flush()));
    return !this.#queue.filling;
  }

  request(message: Out, options?: RequestOptions): Promise<In> {
    const over = this.#leaving ?? (this.#over ? this.cause : undefined);
    return over === undefined ? this.#requests.request(message, options) : Promise.reject(over);
  }

  async drained(signal?: AbortSignal): Promise<void> {
    for (;;) {
      if (this.state === 'ready') {
        const link = this.#link as FramedLink<In, Out>;
        try {
          return await link.drained(signal);
        } catch (error) {
          if (error !== link.cause) throw error;
        }
      } else if (this.#over) throw this.cause;
      else if (this.#queue !== undefined && !this.#queue.filling) return;
      await this.#changes.wait(signal);
    }
  }

  receive(options: { signal?: AbortSignal } = {}): Promise<In> {
    return receiveOver(this.#links, options.signal);
  }

  unfinished(): ReturnType<Link<In, Out>['unfinished']> {
    return this.#link?.unfinished();
  }

  batches(options: { signal?: AbortSignal } = {}): AsyncGenerator<In[], void, undefined> {
    return batchesOver(this.#links, options.signal);
  }

  async drain(options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#leaving ??= coreErrors.error('LINK_CLOSED');
    try {
      while (!this.#over) {
        await this.#requests.settled(options.signal);
        const link = this.#link;
        if (this.state === 'ready' && link !== undefined) {
          if (await kept(link.written(), options.signal)) break;
        } else if ((this.#queue?.length ?? 0) === 0) break;
        await this.#changes.wait(options.signal);
      }
    } catch (error) {
      await this.destroy();
      throw error;
    }
    await this.close();
  }

  async close(): Promise<void> {
    const cause = coreErrors.error('LINK_CLOSED');
    this.#attempt?.abort(cause);
    if (this.state === 'ready' || this.state === 'handshaking') {
      this.#cause = cause;
      this.#become('close');
      this.#link?.close(cause);
    } else if (this.state !== 'draining') this.#end(cause);
    while (this.state !== 'closed') await this.#changes.wait();
  }

  async destroy(cause: FairleadError = coreErrors.error('LINK_CLOSED')): Promise<void> {
    this.#attempt?.abort(cause);
    const link = this.#link;
    this.#end(cause);
    link?.destroy(cause);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): ClientStats {
    return {
      state: this.state,
      ...this.#counters.snapshot(this.#link),
      queuedBytes: this.#queue?.size ?? 0,
      queuedMessages: this.#queue?.length ?? 0,
      dropped: this.#queue?.dropped ?? 0,
      requestsInFlight: this.#requests.wanted,
      requestsWaiting: this.#requests.waiting,
    };
  }

  // --- events of the link -------------------------------------------------------------------------------------------

  #frames(link: FramedLink<In, Out>, batch: In[]): void {
    try {
      this.#options.frames?.(batch);
    } catch (error) {
      link.destroy(asFairleadError(error));
    }
  }

  /** Ends the link if nothing is left to read. */
  #ended(link: FramedLink<In, Out>): void {
    if (!link.unread && this.state === 'ready') link.close(coreErrors.error('PEER_CLOSED'));
  }

  #closed(link: FramedLink<In, Out>, cause: FairleadError): void {
    this.#watch?.stop();
    const stats = link.stats();
    this.#counters.traffic.end(stats);
    this.#counters.lastActivity = stats.lastActivity;
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#attempt?.abort(cause); // ends a running handshake
    this.#attempt = undefined;
    const { reconnect } = this.#data;
    const stable = reconnect !== false && this.#clock.monotonic() - this.#readyAt >= reconnect.stable;
    if (this.state === 'ready') {
      this.#counters.lost++;
      if (stable) this.#failures = 0;
    }
    if (this.state === 'draining') this.#end(cause);
    else if (this.state !== 'closed') this.#lost(cause);
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  /** Whether the client neither accepts nor delivers messages any more. */
  get #over(): boolean {
    return this.state === 'draining' || this.state === 'closed';
  }

  async #connect(): Promise<void> {
    const endpoint = formatEndpoint(this.endpoint);
    const attempt = new Attempt(this.#clock, endpoint);
    const { signal } = attempt;
    this.#attempt = attempt;
    this.#counters.attempts++;
    this.#become('connect');
    if (signal.aborted) return; // a listener closed the client
    const { connectTimeout, handshakeTimeout, noDelay, keepAlive, writeHighWater, tls } = this.#data;
    const { dial = dialEndpoint, lookup, handshake } = this.#options;
    try {
      attempt.limit('CONNECT_TIMEOUT', connectTimeout);
      const setUp = { signal, noDelay, keepAlive, writeHighWater, tls, lookup, clock: this.#clock };
      const transport = await dial(this.endpoint, setUp);
      if (signal.aborted) return transport.destroy(signal.reason as FairleadError);
      const link = new FramedLink(transport, this.#options.codec, this.#owner, this.#settings);
      this.#link = link;
      link.requests = this.#requests;
      this.#requests.attach(link);
      this.#become('connected');
      if (signal.aborted) return;
      if (handshake !== undefined) {
        attempt.limit('HANDSHAKE_TIMEOUT', handshakeTimeout);
        using _ = onAbort(signal, () => link.destroy(signal.reason as FairleadError));
        await handshake(link, { signal });
      }
      if (!signal.aborted && this.#link === link && link.usable) this.#accepted(link, attempt);
    } catch (error) {
      if (this.#attempt === attempt)
        this.#failed(isFairleadError(error) ? error : networkError(error, endpoint, 'connect'));
    } finally {
      attempt.end();
      if (this.#attempt === attempt) this.#attempt = undefined;
    }
  }

  #accepted(link: FramedLink<In, Out>, attempt: Attempt): void {
    const now = this.#clock.monotonic();
    this.#counters.connections++;
    this.#counters.connectLatency.record(now - attempt.startedAt);
    this.#readyAt = now;
    for (const message of this.#queue?.take() ?? []) link.forward(message);
    this.#watch = new Watch(link, this.#requests);
    this.#watch.start(this.#data.idle, this.#data.probe);
    this.#become('accepted');
    if (this.state !== 'ready' || !link.usable) return;
    this.#requests.open();
    if (this.#options.frames !== undefined) link.flow();
    else {
      link.resume(); // up to the limit for reading ahead, so that the end of the peer is noticed
      if (link.state === 'half-closed') this.#ended(link);
    }
  }

  #failed(cause: FairleadError): void {
    if (this.state === 'closed') return;
    if (this.#link !== undefined)
      this.#link.destroy(cause); // #closed() continues
    else this.#lost(cause);
  }

  #lost(cause: FairleadError): void {
    this.#counters.closes.add(cause.code);
    const { reconnect } = this.#data;
    if (reconnect === false || (cause.side === 'local' && !cause.retryable)) {
      this.#end(cause);
      return;
    }
    const wait = backoff(this.#failures++, reconnect, this.#options.random ?? Math.random);
    this.#timer = this.#clock.after(wait, () => void this.#connect());
    this.#become('lost', cause);
  }

  #end(cause: FairleadError): void {
    if (this.state === 'closed') return;
    if (this.#link !== undefined || this.state === 'draining') this.#counters.closes.add(cause.code);
    this.#clock.clear(this.#timer);
    this.#watch?.stop();
    this.#become('end', cause);
    this.#requests.fail(cause);
  }

  #become(event: ClientEvent, cause?: FairleadError): void {
    const from = this.state;
    const to = clientTransitions.next(from, event);
    this.#state = to;
    if (cause !== undefined) this.#cause = cause;
    this.emit('state', { from, to, cause });
    this.#changes.resolve();
  }
}
