import { z } from 'zod';
import { asFairleadError, tcpErrors } from '../catalogue.ts';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts';
import type { FairleadError } from '../errors.ts';
import type { Codec } from '../framing/codec.ts';
import { tcpLimits } from '../limits.ts';
import type { Link, LinkOwner } from '../link/link.ts';
import { type Acceptor, type Listen, listenTcp } from '../link/tcp.ts';
import type { Transport } from '../link/transport.ts';
import { type Duration, durationOption, parseOptions, sizeOption } from '../options.ts';
import { Session, type SessionSettings } from './session.ts';

const defaults = tcpLimits.values;

/** Bounds of a server. `docs/limits.md` explains each. */
export const serverLimitsSchema = z.strictObject({
  sessions: z.int().positive().default(defaults.sessions).describe('Links at the same time.'),
  perAddress: z
    .int()
    .positive()
    .optional()
    .describe(
      'Links of one address that have not finished their handshake. Unlimited by default: fleets sit behind NAT.',
    ),
  handshake: durationOption
    .default(defaults.handshake)
    .describe('Time that a peer may take for its handshake; our own look-ups do not count.'),
  idle: durationOption
    .optional()
    .describe('Longest silence of a peer. Off by default; keep-alive probes find peers that are gone.'),
  writeBuffer: sizeOption
    .default(defaults.writeBuffer)
    .describe('Bytes that may wait for a peer that does not read.'),
  writeHighWater: sizeOption
    .default(defaults.writeHighWater)
    .describe('Bytes waiting from which send() answers false.'),
  closeGrace: durationOption
    .default(defaults.closeGrace)
    .describe('Time that a closing link has to send what waits, before it is destroyed.'),
});
export type ServerLimits = z.input<typeof serverLimitsSchema>;

export interface ServeOptions<In, Out, Data> {
  readonly codec: Codec<In, Out>;
  /** Names the server in session ids (default `session`). */
  readonly name?: string;
  readonly limits?: ServerLimits;
  readonly noDelay?: boolean;
  /** Silence after which the operating system probes the peer (default one minute); false: never. */
  readonly keepAlive?: Duration | false;
  /**
   * The handshake: takes frames with `session.receive()`, says who it is with `session.send()`, may change the framing
   * with `session.use()`. What it returns becomes `session.data`; when it throws, the link ends with that error.
   */
  accept?(session: Session<In, Out, Data>, context: { signal: AbortSignal }): Data | Promise<Data>;
  /** Frames of a session, in batches. Without it use `session.receive()` or `session.batches()`. */
  frames?(session: Session<In, Out, Data>, batch: In[]): void;
  /** A session may send again after `send` answered false. */
  writable?(session: Session<In, Out, Data>): void;
  /** A session, handshaken or not, has ended. */
  closed?(session: Session<In, Out, Data>, cause: FairleadError): void;
  readonly clock?: Clock;
  /** Where transports come from; sockets by default. */
  readonly listen?: Listen;
}

/**
 * Listens at `endpoint` (`tcp://127.0.0.1:4001`, `:4001` for all addresses, port 0 for any free one, `unix:/path`).
 * Rejects with PORT_IN_USE, LISTEN_FAILED, ENDPOINT_INVALID, OPTION_UNKNOWN or OPTION_INVALID.
 */
export async function serve<In, Out = In, Data = undefined>(
  endpoint: string | Endpoint,
  options: ServeOptions<In, Out, Data>,
): Promise<Server<In, Out, Data>> {
  const server = new Server(options);
  await server.open(parseEndpoint(endpoint));
  return server;
}

/** A listening endpoint and its sessions. Made by {@link serve}. */
export class Server<In, Out, Data> implements LinkOwner<In, Out>, AsyncDisposable {
  readonly sessions = new Set<Session<In, Out, Data>>();
  readonly limits: z.output<typeof serverLimitsSchema>;
  readonly #options: ServeOptions<In, Out, Data>;
  readonly #settings: SessionSettings;
  readonly #handshaking = new Map<string, number>();
  readonly #stopping = new AbortController();
  #acceptor: Acceptor | undefined;
  #sweep: Timer | undefined;
  #numbers = 0;
  #emptied: (() => void) | undefined;

  constructor(options: ServeOptions<In, Out, Data>) {
    this.#options = options;
    this.limits = parseOptions(serverLimitsSchema, options.limits, 'limits');
    const { writeBuffer, closeGrace, handshake } = this.limits;
    const { name = 'session', clock = systemClock } = options;
    this.#settings = { name, clock, writeBuffer, closeGrace, handshake };
  }

  /** As bound. */
  get endpoint(): Endpoint {
    if (this.#acceptor === undefined)
      throw tcpErrors.error('NOT_CONNECTED', { endpoint: 'a server that is not open' });
    return this.#acceptor.endpoint;
  }

  /** The endpoint as text, without a scheme for plain TCP. */
  get address(): string {
    return formatEndpoint(this.endpoint);
  }

  /** Called by {@link serve}. */
  async open(endpoint: Endpoint): Promise<void> {
    const { listen = listenTcp, noDelay, keepAlive } = this.#options;
    const probe =
      keepAlive === undefined || keepAlive === false
        ? keepAlive
        : parseOptions(durationOption, keepAlive, 'keepAlive');
    const { writeHighWater } = this.limits;
    const backlog = 16_384; // cut to what the system allows: a fleet comes back all at once
    this.#acceptor = await listen(
      endpoint,
      { noDelay, keepAlive: probe, writeHighWater, backlog },
      (transport) => this.#accept(transport),
    );
    this.#armSweep();
  }

  /** Accepts no more, lets each session send what waits, and resolves when all are closed. */
  async close(cause: FairleadError = tcpErrors.error('SERVER_STOPPED')): Promise<void> {
    this.#stop(cause);
    const stopped = this.#acceptor?.close();
    for (const session of this.sessions) {
      if (session.handshaking) session.destroy(cause);
      else session.close(cause);
    }
    await Promise.all([stopped, this.#empty()]);
  }

  /** Ends at once. */
  async destroy(cause: FairleadError = tcpErrors.error('SERVER_STOPPED')): Promise<void> {
    this.#stop(cause);
    const stopped = this.#acceptor?.close();
    for (const session of this.sessions) session.destroy(cause);
    await Promise.all([stopped, this.#empty()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- what links tell -----------------------------------------------------------------------------------------------

  frames(link: Link<In, Out>, batch: In[]): void {
    const session = link as Session<In, Out, Data>;
    try {
      this.#options.frames?.(session, batch);
    } catch (error) {
      session.destroy(asFairleadError(error));
    }
  }

  writable(link: Link<In, Out>): void {
    this.#options.writable?.(link as Session<In, Out, Data>);
  }

  closed(link: Link<In, Out>, cause: FairleadError): void {
    const session = link as Session<In, Out, Data>;
    if (session.handshaking) this.#leaveHandshake(session);
    this.sessions.delete(session);
    this.#options.closed?.(session, cause);
    if (this.sessions.size === 0) this.#emptied?.();
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #accept(transport: Transport): void {
    const session = new Session<In, Out, Data>(
      transport,
      this.#options.codec,
      this,
      this.#settings,
      ++this.#numbers,
    );
    this.sessions.add(session);
    const refusal = this.#refusal(session);
    this.#count(session, 1);
    if (refusal !== undefined) session.destroy(refusal);
    else if (this.#options.accept === undefined) this.#ready(session, undefined as Data);
    else void this.#handshake(session);
  }

  #refusal(session: Session<In, Out, Data>): FairleadError | undefined {
    const { sessions, perAddress } = this.limits;
    if (this.#stopping.signal.aborted) return tcpErrors.error('SERVER_STOPPED');
    if (this.sessions.size > sessions) return tcpErrors.error('TOO_MANY_SESSIONS', { limit: sessions });
    if (perAddress === undefined) return undefined;
    const address = hostOf(session.remote);
    if ((this.#handshaking.get(address) ?? 0) < perAddress) return undefined;
    return tcpErrors.error('TOO_MANY_FROM_ADDRESS', { address, limit: perAddress });
  }

  async #handshake(session: Session<In, Out, Data>): Promise<void> {
    try {
      const data = await this.#options.accept?.(session, { signal: this.#stopping.signal });
      if (session.state === 'open' || session.state === 'half-closed') this.#ready(session, data as Data);
    } catch (error) {
      session.destroy(asFairleadError(error));
    }
  }

  #ready(session: Session<In, Out, Data>, data: Data): void {
    session.data = data;
    this.#leaveHandshake(session);
    session.lastReceived = this.#settings.clock.monotonic();
    if (this.#options.frames !== undefined) session.flow();
  }

  #leaveHandshake(session: Session<In, Out, Data>): void {
    session.handshaking = false;
    this.#count(session, -1);
  }

  #count(session: Session<In, Out, Data>, by: 1 | -1): void {
    if (this.limits.perAddress === undefined) return;
    const address = hostOf(session.remote);
    const count = (this.#handshaking.get(address) ?? 0) + by;
    if (count > 0) this.#handshaking.set(address, count);
    else this.#handshaking.delete(address);
  }

  /** One timer for all sessions finds the silent ones; a session whose reading we paused is not to blame. */
  #armSweep(): void {
    const { clock } = this.#settings;
    const every = Math.min(1_000, Math.max(10, (this.limits.idle ?? 4_000) / 4));
    this.#sweep = clock.after(every, () => {
      this.#armSweep();
      const now = clock.monotonic();
      const { idle } = this.limits;
      for (const session of this.sessions) {
        if (session.bytesIn !== session.sweptBytes || session.paused) {
          session.sweptBytes = session.bytesIn;
          session.lastReceived = now;
        } else if (idle !== undefined && !session.handshaking && now - session.lastReceived >= idle) {
          session.destroy(tcpErrors.error('IDLE_TIMEOUT', { limit: idle }));
        }
      }
    });
    this.#sweep.unref?.();
  }

  #stop(cause: FairleadError): void {
    this.#settings.clock.clear(this.#sweep);
    this.#stopping.abort(cause);
  }

  #empty(): Promise<void> {
    if (this.sessions.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const earlier = this.#emptied;
      this.#emptied = () => {
        earlier?.();
        resolve();
      };
    });
  }
}

function hostOf(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':'));
}
