import { EventEmitter } from 'node:events';
import type { z } from 'zod';
import { asFairleadError, tcpErrors } from '../catalogue.ts';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { type FairleadError, isFairleadError } from '../errors.ts';
import { ByteSink } from '../framing/sink.ts';
import { Link, type LinkOwner } from '../link/link.ts';
import { networkError } from '../link/network-error.ts';
import { dialTcp } from '../link/tcp.ts';
import { Waiters } from '../link/waiters.ts';
import { parseOptions } from '../options.ts';
import { backoff } from './backoff.ts';
import { type ClientOptions, clientSchema } from './options.ts';
import { WhileDownQueue } from './queue.ts';
import { type ClientEvent, type ClientState, clientTransitions } from './state.ts';

/** A change of state and why; `cause` stands where something ended. */
export interface StateChange {
  readonly from: ClientState;
  readonly to: ClientState;
  readonly cause?: FairleadError | undefined;
}

/** Counters of a client over all its links. */
export interface ClientStats {
  readonly state: ClientState;
  readonly attempts: number;
  readonly connections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  /** Bytes and messages that wait for the peer to come back. */
  readonly queuedBytes: number;
  readonly queuedMessages: number;
  /** Messages that gave way in a full queue. */
  readonly dropped: number;
}

/**
 * Keeps a connection to `endpoint`: starts at once and, unless told otherwise, connects again whenever the link is lost.
 * Throws ENDPOINT_INVALID, OPTION_UNKNOWN or OPTION_INVALID; everything later shows in `on('state')` and `ready()`.
 */
export function connect<In, Out = In>(
  endpoint: string | Endpoint,
  options: ClientOptions<In, Out>,
): Client<In, Out> {
  const client = new Client(parseEndpoint(endpoint), options);
  client.start();
  return client;
}

/** A logical connection, which spawns links. Made by {@link connect}. */
export class Client<In, Out = In>
  extends EventEmitter<{ state: [StateChange] }>
  implements LinkOwner<In, Out>, AsyncDisposable
{
  readonly endpoint: Endpoint;
  state: ClientState = 'idle';
  /** Why the last link or attempt ended. */
  cause: FairleadError | undefined;
  readonly #options: ClientOptions<In, Out>;
  readonly #data: z.output<typeof clientSchema>;
  readonly #clock: Clock;
  readonly #queue: WhileDownQueue | undefined;
  readonly #changes = new Waiters();
  #link: Link<In, Out> | undefined;
  #attempt: AbortController | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #readyAt = 0;
  #attempts = 0;
  #connections = 0;
  #past = { bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0 };

  constructor(endpoint: Endpoint, options: ClientOptions<In, Out>) {
    super();
    const {
      codec: _codec,
      handshake: _handshake,
      frames: _frames,
      clock,
      random: _random,
      dial: _dial,
      ...data
    } = options;
    this.endpoint = endpoint;
    this.#options = options;
    this.#data = parseOptions(clientSchema, data, 'connect()');
    this.#clock = clock ?? systemClock;
    const { whileDown } = this.#data;
    this.#queue = whileDown === false ? undefined : new WhileDownQueue(whileDown.queue, whileDown.onFull);
  }

  /** Called by {@link connect}. */
  start(): void {
    if (this.state === 'idle') void this.#connect();
  }

  /** Resolves when messages flow. Rejects when the client is closed or gives up, and with `ABORTED`. */
  async ready(options: { signal?: AbortSignal } = {}): Promise<void> {
    while (this.state !== 'ready') {
      if (this.state === 'draining' || this.state === 'closed') throw this.cause;
      await this.#changes.wait(options.signal);
    }
  }

  /**
   * Sends a message, or keeps it until the peer is back. false: wait for {@link drained} before sending more.
   * Throws `QUEUE_FULL`, `NOT_CONNECTED` (no queue), `MESSAGE_NOT_ENCODABLE`, or the cause when the client is closed.
   */
  send(message: Out): boolean {
    if (this.state === 'ready') return (this.#link as Link<In, Out>).send(message);
    if (this.state === 'draining' || this.state === 'closed') throw this.cause;
    if (this.#queue === undefined)
      throw tcpErrors.error('NOT_CONNECTED', { endpoint: formatEndpoint(this.endpoint) });
    const sink = new ByteSink();
    this.#options.codec.encoder().encode(message, sink);
    this.#queue.push(Buffer.concat(sink.flush()));
    return !this.#queue.filling;
  }

  /** Resolves when `send` may go on. */
  async drained(signal?: AbortSignal): Promise<void> {
    for (;;) {
      if (this.state === 'ready') {
        const link = this.#link as Link<In, Out>;
        try {
          return await link.drained(signal);
        } catch (error) {
          if (error !== link.cause) throw error;
        }
      } else if (this.state === 'draining' || this.state === 'closed') throw this.cause;
      else if (this.#queue !== undefined && !this.#queue.filling) return;
      await this.#changes.wait(signal);
    }
  }

  /** The next frame, over as many links as it takes. Rejects when the client is closed or gives up. */
  async receive(options: { signal?: AbortSignal } = {}): Promise<In> {
    for (;;) {
      const link = await this.#current(options.signal);
      try {
        return await link.receive(options);
      } catch (error) {
        if (error !== link.cause) throw error;
        await this.#left(link, options.signal);
      }
    }
  }

  /** Frames in batches, over as many links as it takes. It ends when the client is closed and throws when it gives up. */
  async *batches(options: { signal?: AbortSignal } = {}): AsyncGenerator<In[], void, undefined> {
    for (;;) {
      let link: Link<In, Out>;
      try {
        link = await this.#current(options.signal);
      } catch (error) {
        if (error === this.cause && this.cause?.kind === 'closed') return;
        throw error;
      }
      try {
        yield* link.batches(options);
      } catch (error) {
        if (error !== link.cause) throw error;
      }
      await this.#left(link, options.signal);
    }
  }

  /** Sends what waits on the link, closes it, and connects no more. */
  async close(): Promise<void> {
    const cause = tcpErrors.error('LINK_CLOSED');
    this.#attempt?.abort(cause);
    if (this.state === 'ready' || this.state === 'handshaking') {
      this.cause = cause;
      this.#become('close');
      this.#link?.close(cause);
    } else if (this.state !== 'draining') this.#end(cause);
    while (this.state !== 'closed') await this.#changes.wait();
  }

  /** Ends at once; what waits to be sent is lost. */
  async destroy(cause: FairleadError = tcpErrors.error('LINK_CLOSED')): Promise<void> {
    this.#attempt?.abort(cause);
    const link = this.#link;
    this.#end(cause);
    link?.destroy(cause);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): ClientStats {
    const now = this.#link?.stats();
    return {
      state: this.state,
      attempts: this.#attempts,
      connections: this.#connections,
      bytesIn: this.#past.bytesIn + (now?.bytesIn ?? 0),
      bytesOut: this.#past.bytesOut + (now?.bytesOut ?? 0),
      framesIn: this.#past.framesIn + (now?.framesIn ?? 0),
      framesOut: this.#past.framesOut + (now?.framesOut ?? 0),
      queuedBytes: this.#queue?.size ?? 0,
      queuedMessages: this.#queue?.length ?? 0,
      dropped: this.#queue?.dropped ?? 0,
    };
  }

  // --- what the link tells -------------------------------------------------------------------------------------------

  frames(link: Link<In, Out>, batch: In[]): void {
    try {
      this.#options.frames?.(batch);
    } catch (error) {
      link.destroy(asFairleadError(error));
    }
  }

  closed(link: Link<In, Out>, cause: FairleadError): void {
    if (link !== this.#link) return;
    const stats = link.stats();
    for (const key of ['bytesIn', 'bytesOut', 'framesIn', 'framesOut'] as const)
      this.#past[key] += stats[key];
    this.#link = undefined;
    const { reconnect } = this.#data;
    const stable = reconnect !== false && this.#clock.monotonic() - this.#readyAt >= reconnect.stable;
    if (this.state === 'ready' && stable) this.#failures = 0;
    if (this.state === 'draining') this.#end(cause);
    else if (this.state !== 'closed') this.#lost(cause);
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  async #connect(): Promise<void> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#attempts++;
    this.#become('connect');
    if (attempt.signal.aborted) return; // closed by who heard of it
    const { connectTimeout, handshakeTimeout, noDelay, keepAlive, writeHighWater } = this.#data;
    const endpoint = formatEndpoint(this.endpoint);
    const limit = (code: 'CONNECT_TIMEOUT' | 'HANDSHAKE_TIMEOUT', ms: number) => {
      this.#clock.clear(this.#timer);
      this.#timer = this.#clock.after(ms, () =>
        attempt.abort(tcpErrors.error(code, { endpoint, limit: ms })),
      );
    };
    try {
      limit('CONNECT_TIMEOUT', connectTimeout);
      const dial = this.#options.dial ?? dialTcp;
      const { signal } = attempt;
      const transport = await dial(this.endpoint, { signal, noDelay, keepAlive, writeHighWater });
      if (signal.aborted) return transport.destroy(signal.reason as FairleadError);
      this.#link = new Link(transport, this.#options.codec, this, { clock: this.#clock, ...this.#data });
      this.#become('connected');
      if (signal.aborted) return;
      if (this.#options.handshake !== undefined) {
        limit('HANDSHAKE_TIMEOUT', handshakeTimeout);
        const link = this.#link;
        signal.addEventListener('abort', () => link.destroy(signal.reason as FairleadError), { once: true });
        await this.#options.handshake(link, { signal });
      }
      if (!signal.aborted && this.#link !== undefined) this.#accepted(this.#link);
    } catch (error) {
      this.#failed(asError(error, endpoint));
    } finally {
      if (this.#attempt === attempt) this.#attempt = undefined;
    }
  }

  #accepted(link: Link<In, Out>): void {
    this.#clock.clear(this.#timer);
    this.#connections++;
    this.#readyAt = this.#clock.monotonic();
    for (const message of this.#queue?.take() ?? []) link.forward(message);
    this.#become('accepted');
    if (this.#options.frames !== undefined) link.flow();
    this.#watchIdle(link, link.bytesIn);
  }

  #failed(cause: FairleadError): void {
    if (this.state === 'closed') return;
    if (this.#link !== undefined)
      this.#link.destroy(cause); // closed() goes on from there
    else this.#lost(cause);
  }

  #lost(cause: FairleadError): void {
    this.#clock.clear(this.#timer);
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
    this.#clock.clear(this.#timer);
    this.#become('end', cause);
  }

  /** Silence of the peer, by bytes received alone: our own sending hides nothing. */
  #watchIdle(link: Link<In, Out>, seen: number): void {
    const { idle } = this.#data;
    if (idle === undefined) return;
    this.#timer = this.#clock.after(idle, () => {
      if (link.bytesIn !== seen || link.paused) this.#watchIdle(link, link.bytesIn);
      else link.destroy(tcpErrors.error('IDLE_TIMEOUT', { limit: idle }));
    });
  }

  async #current(signal: AbortSignal | undefined): Promise<Link<In, Out>> {
    await this.ready(signal === undefined ? {} : { signal });
    return this.#link as Link<In, Out>;
  }

  /** Waits until the state shows that `link` has ended. */
  async #left(link: Link<In, Out>, signal: AbortSignal | undefined): Promise<void> {
    while (this.#link === link) await this.#changes.wait(signal);
  }

  #become(event: ClientEvent, cause?: FairleadError): void {
    const from = this.state;
    const to = clientTransitions[from][event];
    if (to === undefined) throw new Error(`client: ${event} while ${from}`);
    this.state = to;
    if (cause !== undefined) this.cause = cause;
    this.emit('state', { from, to, cause });
    this.#changes.resolve();
  }
}

function asError(error: unknown, endpoint: string): FairleadError {
  return isFairleadError(error) ? error : networkError(error, endpoint);
}
