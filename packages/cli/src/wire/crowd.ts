import { coreErrors, type FairleadError, pause } from '@fairlead/core';
import { type Transport, tcpErrors, tcpLimits } from '@fairlead/tcp';
import { cliLimits } from '../limits.ts';
import type { Terminal } from '../terminal.ts';
import type { Exchange } from './exchange.ts';
import { endingOf } from './exchange.ts';
import { Peer } from './peer.ts';
import type { Plan } from './plan.ts';

interface CrowdOptions {
  /** Whether all are served at the same time; else one after another, and others wait. */
  readonly together: boolean;
  /** Whether the command ends after the first client has disconnected. */
  readonly once: boolean;
  /** Largest number of clients at the same time. */
  readonly most?: number;
}

/** The clients of `listen`. */
export class Crowd {
  readonly #terminal: Terminal;
  readonly #plan: Plan;
  readonly #exchange: Exchange;
  readonly #options: CrowdOptions;
  readonly #served = new Set<Peer>();
  readonly #waiting: Peer[] = [];
  /** Clients in the TLS handshake. */
  #admitting = 0;
  #arrival = Promise.withResolvers<void>();
  #inputEnded = false;

  constructor(terminal: Terminal, plan: Plan, exchange: Exchange, options: CrowdOptions) {
    this.#terminal = terminal;
    this.#plan = plan;
    this.#exchange = exchange;
    this.#options = options;
  }

  /** Accepts a client. */
  accept(transport: Transport): void {
    const owner = {
      received: (from: Peer, pieces: Buffer[]) => this.#exchange.received(from, pieces),
      closed: (from: Peer, cause: FairleadError) => void this.#gone(from, cause),
    };
    const peer = new Peer(transport, this.#plan.codec, owner, this.#terminal.clock);
    const { most: limit = cliLimits.values.listenClients } = this.#options;
    const clients = this.#served.size + this.#waiting.length + this.#admitting;
    if (this.#exchange.over.signal.aborted) peer.destroy(coreErrors.error('SERVER_STOPPED'));
    else if (clients >= limit) peer.destroy(tcpErrors.error('TOO_MANY_SESSIONS', { limit }));
    else void this.#admit(peer, transport);
  }

  /** Runs the TLS handshake first, if TLS is enabled. */
  async #admit(peer: Peer, transport: Transport): Promise<void> {
    const limit = cliLimits.values.listenWaiting;
    const { clock } = this.#terminal;
    const handshake = tcpLimits.values.handshake;
    const late = () => peer.destroy(coreErrors.error('HANDSHAKE_TIMEOUT', { limit: handshake }));
    const timer = transport.secure === undefined ? undefined : clock.after(handshake, late);
    this.#admitting++;
    try {
      await transport.secure?.();
    } catch (error) {
      this.#terminal.err(`${peer.remote} refused. ${endingOf(error)}\n`);
      return peer.destroy();
    } finally {
      this.#admitting--;
      clock.clear(timer);
    }
    if (!peer.isOpen) return;
    if (this.#options.together || this.#served.size === 0) this.#serve(peer);
    else if (this.#waiting.length < limit) this.#waiting.push(peer);
    else peer.destroy(tcpErrors.error('TOO_MANY_SESSIONS', { limit }));
  }

  /** Sends a message to all clients. If there is none, waits for the first client. Resolves when more may be sent. */
  async send(message: Buffer): Promise<void> {
    const { over } = this.#exchange;
    while (this.#served.size === 0) {
      if (over.signal.aborted) return;
      await this.#arrival.promise;
    }
    await Promise.all(Array.from(this.#served, (peer) => this.#patiently(peer, message)));
  }

  /** Stdin has ended. With --half-close, closes the sending side of all current and future clients. */
  inputEnded(): void {
    this.#inputEnded = true;
    if (this.#plan.halfClose) for (const peer of this.#served) peer.halfClose();
  }

  /** Closes all clients, gracefully unless that takes too long. */
  async close(): Promise<void> {
    const { clock, interrupted } = this.#terminal;
    this.#arrival.resolve();
    for (const peer of this.#waiting.splice(0)) peer.destroy(coreErrors.error('SERVER_STOPPED'));
    const served = [...this.#served];
    for (const peer of served) peer.close();
    const ended = Promise.all(served.map((peer) => peer.ended));
    await Promise.race([ended, pause(clock, cliLimits.values.wireClose, interrupted)]);
    for (const peer of served) peer.destroy(coreErrors.error('SERVER_STOPPED'));
    await ended;
  }

  #serve(peer: Peer): void {
    this.#served.add(peer);
    this.#terminal.err(`${peer.remote} connected.\n`);
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
    peer.resume();
    void this.#greet(peer);
  }

  async #greet(peer: Peer): Promise<void> {
    try {
      for (const message of this.#plan.send) await this.#exchange.send(peer, message);
      if (this.#inputEnded && this.#plan.halfClose) peer.halfClose();
    } catch (error) {
      this.#exchange.end({ by: 'failure', error });
    }
  }

  /** Bounds the time for which a client that does not read delays the others. */
  async #patiently(peer: Peer, message: Buffer): Promise<void> {
    const { clock } = this.#terminal;
    const limit = cliLimits.values.listenStall;
    const late = () =>
      peer.destroy(
        tcpErrors.error('WRITE_BUFFER_FULL', { size: peer.backlog, limit: tcpLimits.values.writeHighWater }),
      );
    const timer = this.#options.together ? clock.after(limit, late) : undefined;
    try {
      await this.#exchange.send(peer, message);
    } finally {
      clock.clear(timer);
    }
  }

  async #gone(peer: Peer, cause: FairleadError): Promise<void> {
    const at = this.#waiting.indexOf(peer);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (!this.#served.delete(peer)) return;
    await this.#exchange.gone(peer);
    this.#terminal.err(`${peer.remote} disconnected. ${endingOf(cause)}\n`);
    if (this.#options.once) this.#exchange.end({ by: 'peer', cause });
    const next = this.#waiting.shift();
    if (next !== undefined && !this.#exchange.over.signal.aborted) this.#serve(next);
  }
}
