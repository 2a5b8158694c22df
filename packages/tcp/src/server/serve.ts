import {
  asFairleadError,
  coreErrors,
  type Endpoint,
  type FairleadError,
  FairTotal,
  formatEndpoint,
  parseOptions,
  systemClock,
  type Timer,
  Waiters,
} from '@fairlead/core';
import type { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import type { Codec } from '../framing/codec.ts';
import { ByteSink } from '../framing/sink.ts';
import type { Acceptor } from '../link/dial.ts';
import type { FramedLink, LinkOwner } from '../link/framed-link.ts';
import { listenEndpoint } from '../link/network.ts';
import type { ProxyTrust } from '../link/proxy-head.ts';
import { endpointWithTls } from '../link/tls-endpoint.ts';
import type { Transport } from '../link/transport.ts';
import { type AddressLists, Admission } from './admission.ts';
import {
  type BroadcastOptions,
  dataOf,
  type ServeOptions,
  type ServerLimits,
  serverLimitsSchema,
  serverSchema,
} from './options.ts';
import { ServerSession, type SessionSettings } from './server-session.ts';
import type { Session } from './session.ts';
import { ServerCounters, type ServerStats } from './stats.ts';

/**
 * Listens at `endpoint` (`tcp://127.0.0.1:4001`, `tls://...`, `:4001` for all addresses, port 0 for any free one,
 * `unix:/path`). Rejects with PORT_IN_USE, LISTEN_FAILED, ENDPOINT_INVALID, TLS_MATERIAL_INVALID, OPTION_UNKNOWN or
 * OPTION_INVALID.
 */
export async function serve<In, Out = In, Data = undefined>(
  endpoint: string | Endpoint,
  options: ServeOptions<In, Out, Data>,
): Promise<Server<In, Out, Data>> {
  const server = new Server(options);
  await server.open(endpoint);
  return server;
}

/** A listening endpoint and its sessions. Created by {@link serve}. */
export class Server<In, Out, Data> implements AsyncDisposable {
  readonly #sessions = new Set<ServerSession<In, Out, Data>>();
  readonly #options: ServeOptions<In, Out, Data>;
  #data: z.output<typeof serverSchema>;
  #settings: SessionSettings;
  readonly #admission: Admission;
  /** Replaces `allow` and `deny` for new links; open ones are not affected. Throws OPTION_INVALID. */
  readonly setAddresses = (lists: AddressLists): void => this.#admission.list(lists);
  readonly #counters = new ServerCounters();
  readonly #byNumber = new Map<number, ServerSession<In, Out, Data>>();
  readonly #stopping = new AbortController();
  readonly #emptied = new Waiters();
  #bound: Endpoint | undefined;
  #acceptor: Acceptor | undefined;
  #sweep: Timer | undefined;
  #numbers = 0;
  readonly #owner: LinkOwner<In, Out> = {
    frames: (link, batch) => this.#frames(link, batch),
    writable: (link) => this.#writable(link),
    closed: (link, cause) => this.#closed(link, cause),
  };

  constructor(options: ServeOptions<In, Out, Data>) {
    this.#options = options;
    this.#data = parseOptions(serverSchema, dataOf(options), 'serve()');
    const { name, limits } = this.#data;
    const { writeBuffer, closeGrace, handshake } = limits;
    const { clock = systemClock, correlate = 'order' } = options;
    const requests = { ...this.#data.requests, correlate, latency: this.#counters.requestLatency };
    const waiting = new FairTotal(limits.writeBufferTotal);
    const incomplete = new FairTotal(limits.frameTotal);
    const blame = (remote: string, proof: string) => this.#blame(remote, proof);
    this.#settings = {
      name,
      clock,
      writeBuffer,
      waiting,
      incomplete,
      closeGrace,
      handshake,
      requests,
      blame,
    };
    this.#admission = new Admission(this.#data, clock.monotonic());
  }

  /**
   * Replaces the limits for new links; of open ones only `idle` changes. `writeHighWater` and the totals stay as they were.
   * Throws OPTION_UNKNOWN or OPTION_INVALID.
   */
  setLimits(given: ServerLimits): void {
    const limits = parseOptions(serverLimitsSchema, given, 'setLimits()');
    const { writeBuffer, closeGrace, handshake } = limits;
    const { clock } = this.#settings;
    this.#data = { ...this.#data, limits: { ...limits, writeHighWater: this.#data.limits.writeHighWater } };
    this.#settings = { ...this.#settings, writeBuffer, closeGrace, handshake };
    this.#admission.limit(limits, clock.monotonic());
    clock.clear(this.#sweep);
    if (!this.#stopping.signal.aborted) this.#armSweep();
  }

  get sessions(): ReadonlySet<Session<In, Out, Data>> {
    return this.#sessions;
  }

  get limits(): z.output<typeof serverSchema>['limits'] {
    return this.#data.limits;
  }

  /** The bound address. */
  get endpoint(): Endpoint {
    if (this.#bound === undefined)
      throw tcpErrors.error('NOT_CONNECTED', { endpoint: 'a server that is not open' });
    return this.#bound;
  }

  /** The endpoint as text, without a scheme for plain TCP. */
  get address(): string {
    return formatEndpoint(this.endpoint);
  }

  /** Addresses that are locked out now: see `limits.lockout`. */
  get lockedOut(): number {
    return this.#admission.lockedSources(this.#settings.clock.monotonic());
  }

  /** Those addresses, listed and ended. */
  get lockouts(): ReturnType<Admission['lockouts']> {
    return this.#admission.lockouts(() => this.#settings.clock.monotonic());
  }

  /** Called by {@link serve}. */
  async open(endpoint: string | Endpoint): Promise<void> {
    await this.#listen(endpointWithTls(endpoint, this.#data.tls, 'serve()'));
    this.#armSweep();
  }

  // --- accepting -----------------------------------------------------------------------------------------------------

  /** Stops listening; sessions stay open. */
  async suspend(): Promise<void> {
    const acceptor = this.#acceptor;
    this.#acceptor = undefined;
    await acceptor?.close();
  }

  /** Accepts again, at the same address. Rejects with `PORT_IN_USE` if another program has taken it meanwhile. */
  async resume(): Promise<void> {
    if (this.#stopping.signal.aborted) throw this.#stopping.signal.reason;
    if (this.#acceptor === undefined) await this.#listen(this.endpoint);
  }

  /**
   * Reads the certificates of `tls` again, for new links; open ones are not affected. Returns whether they have changed. Rejects
   * with `TLS_MATERIAL_INVALID`; then the earlier ones stay in use.
   */
  async renewCertificates(): Promise<boolean> {
    return (await this.#acceptor?.renew?.()) ?? false;
  }

  /** Stops listening, and resolves when all sessions have ended by themselves. Rejects with `ABORTED`. */
  async drain(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.suspend();
    while (this.#sessions.size > 0) await this.#emptied.wait(options.signal);
  }

  /** Stops listening, lets each session send its waiting bytes, and resolves when all are closed. */
  async close(cause: FairleadError = coreErrors.error('SERVER_STOPPED')): Promise<void> {
    await this.#end(cause, (session) => {
      if (session.handshaking) session.destroy(cause);
      else session.close(cause);
    });
  }

  /** Ends at once. */
  async destroy(cause: FairleadError = coreErrors.error('SERVER_STOPPED')): Promise<void> {
    await this.#end(cause, (session) => session.destroy(cause));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /** The open session with this id. */
  session(id: string): Session<In, Out, Data> | undefined {
    const session = this.#byNumber.get(Number(id.slice(id.lastIndexOf('-') + 1)));
    return session?.id === id ? session : undefined;
  }

  /** Like `session.send(message)`. Throws `SESSION_UNKNOWN`. */
  sendTo(id: string, message: Out): boolean {
    const session = this.session(id);
    if (session === undefined) throw tcpErrors.error('SESSION_UNKNOWN', { id });
    return session.send(message);
  }

  /**
   * Sends a message to many sessions, encoded once for each framing in use. It does not wait: a peer that does not read
   * delays no other. Returns the number of sessions that it was sent to. Throws `MESSAGE_NOT_ENCODABLE`.
   */
  broadcast(message: Out, options: BroadcastOptions<In, Out, Data> = {}): number {
    const { filter, slow } = options;
    const { writeHighWater } = this.#data.limits;
    const encoded = new Map<Codec<In, Out>, Uint8Array>();
    let sent = 0;
    for (const session of this.#sessions) {
      if (session.handshaking || !session.usable || filter?.(session) === false) continue;
      if (slow === 'skip' && session.backlog > writeHighWater) {
        this.#counters.broadcastsSkipped++;
        continue;
      }
      let bytes = encoded.get(session.codec);
      if (bytes === undefined) {
        const sink = new ByteSink();
        session.codec.encoder().encode(message, sink);
        bytes = Buffer.concat(sink.flush());
        encoded.set(session.codec, bytes);
      }
      session.forward(bytes);
      sent++;
    }
    return sent;
  }

  stats(): ServerStats {
    const state = this.#stopping.signal.aborted ? 'stopped' : this.#acceptor ? 'listening' : 'suspended';
    return this.#counters.of(this.#sessions, state, this.lockedOut);
  }

  // --- events of links -----------------------------------------------------------------------------------------------

  #frames(link: FramedLink<In, Out>, batch: In[]): void {
    const session = link as ServerSession<In, Out, Data>;
    try {
      this.#options.frames?.(session, batch);
    } catch (error) {
      session.destroy(asFairleadError(error));
    }
  }

  #writable(link: FramedLink<In, Out>): void {
    this.#options.writable?.(link as ServerSession<In, Out, Data>);
  }

  #closed(link: FramedLink<In, Out>, cause: FairleadError): void {
    const session = link as ServerSession<In, Out, Data>;
    const counters = this.#counters;
    if (session.handshaking) this.#admission.uncount(session.counted);
    else counters.lost++;
    if (session.refused) counters.refused.add(cause.code);
    else {
      const stats = session.stats();
      counters.closes.add(cause.code);
      counters.traffic.end(stats);
      counters.lastActivity = Math.max(counters.lastActivity ?? 0, stats.lastActivity);
    }
    this.#sessions.delete(session);
    this.#byNumber.delete(session.number);
    this.#options.closed?.(session, cause);
    if (this.#sessions.size === 0) this.#emptied.resolve();
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  async #listen(endpoint: Endpoint): Promise<void> {
    const { listen = listenEndpoint } = this.#options;
    const { noDelay, keepAlive, tls, proxy } = this.#data;
    const { writeHighWater } = this.#data.limits;
    const backlog = 16_384; // large, because many devices may reconnect at once; the system limits it further
    const setUp = { noDelay, keepAlive, writeHighWater, backlog, tls, proxied: proxy !== undefined };
    const acceptor = await listen(endpoint, setUp, (transport) => this.#accept(transport));
    this.#acceptor = acceptor;
    this.#bound = acceptor.endpoint;
    if (this.#stopping.signal.aborted) await this.suspend();
  }

  #accept(transport: Transport): void {
    const { codec, opened, accept } = this.#options;
    const session = new ServerSession<In, Out, Data>(
      transport,
      codec,
      this.#owner,
      this.#settings,
      ++this.#numbers,
    );
    this.#sessions.add(session);
    const trust = this.#admission.trust(session.remote);
    const proxied = trust === 'required' || trust === 'optional';
    if (!this.#admit(session, proxied)) return;
    this.#byNumber.set(session.number, session);
    this.#counters.accepted++;
    this.#counters.peakSessions = Math.max(this.#counters.peakSessions, this.#sessions.size);
    opened?.(session);
    if (!session.usable) return;
    if (accept === undefined && trust === undefined && transport.secure === undefined)
      this.#ready(session, undefined as Data);
    else void this.#handshake(session, transport, trust);
  }

  /** Refuses the session, or counts its handshake. @param proxied its address is that of a proxy: its client's is not known yet */
  #admit(session: ServerSession<In, Out, Data>, proxied: boolean): boolean {
    const refusal = this.#refusal(session, proxied);
    if (refusal === undefined && !proxied) session.counted = this.#admission.count(session.remote);
    if (refusal === undefined) return true;
    session.refused = true;
    session.destroy(refusal);
    return false;
  }

  #refusal(session: ServerSession<In, Out, Data>, proxied: boolean): FairleadError | undefined {
    if (this.#stopping.signal.aborted) return coreErrors.error('SERVER_STOPPED');
    if (proxied) return this.#admission.full(this.#sessions.size);
    const now = this.#settings.clock.monotonic();
    return this.#admission.refusal(session.remote, this.#sessions.size, now);
  }

  /** If the source of the peer is locked out now, its other links that have not proved who they are end. */
  #blame(remote: string, proof: string): void {
    const error = this.#admission.failed(remote, proof, this.#settings.clock.monotonic());
    if (error === undefined) return;
    this.#options.lockedOut?.(error.details.address as string, error);
    for (const session of this.#admission.unproven(remote, this.#sessions)) session.destroy(error);
  }

  async #handshake(
    session: ServerSession<In, Out, Data>,
    transport: Transport,
    trust: ProxyTrust | undefined,
  ): Promise<void> {
    try {
      if (trust !== undefined && !(await this.#unwrap(session, transport, trust))) return;
      if (transport.secure !== undefined) await session.handshakePart(transport.secure());
      if (!session.usable) return;
      const data = await this.#options.accept?.(session, { signal: this.#stopping.signal });
      if (session.usable) this.#ready(session, data as Data);
    } catch (error) {
      session.destroy(asFairleadError(error));
    }
  }

  /** Takes the PROXY header, if there is one. Returns whether the client behind it may connect. */
  async #unwrap(
    session: ServerSession<In, Out, Data>,
    transport: Transport,
    trust: ProxyTrust,
  ): Promise<boolean> {
    if (transport.unwrap === undefined) throw tcpErrors.error('PROXY_HEADER_MISSING');
    await session.handshakePart(transport.unwrap(trust, this.#settings.clock));
    if (!session.usable) return false;
    return trust === 'forbidden' || this.#admit(session, false);
  }

  #ready(session: ServerSession<In, Out, Data>, data: Data): void {
    session.data = data;
    session.handshaking = false;
    this.#counters.connections++;
    this.#admission.uncount(session.counted);
    session.receivedAt = this.#settings.clock.monotonic();
    if (this.#options.frames !== undefined) session.flow();
  }

  /** One timer for all sessions finds the silent ones. A session whose reading is paused does not count as silent. */
  #armSweep(): void {
    const { idle } = this.#data.limits;
    if (idle === undefined) return;
    const { clock } = this.#settings;
    this.#sweep = clock.after(Math.min(1_000, Math.max(10, idle / 4)), () => {
      this.#armSweep();
      const now = clock.monotonic();
      for (const session of this.#sessions) {
        if (!session.handshaking && !session.paused && now - session.receivedAt >= idle)
          session.destroy(tcpErrors.error('IDLE_TIMEOUT', { limit: idle }));
      }
    });
    this.#sweep.unref?.();
  }

  async #end(cause: FairleadError, end: (session: ServerSession<In, Out, Data>) => void): Promise<void> {
    this.#settings.clock.clear(this.#sweep);
    this.#stopping.abort(cause);
    const suspended = this.suspend();
    for (const session of this.#sessions) end(session);
    await suspended;
    while (this.#sessions.size > 0) await this.#emptied.wait();
  }
}
