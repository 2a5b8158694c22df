import { coreErrors, silentLog, systemClock } from '@fairlead/core';
import type { Transport } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { ChainSource } from './chain.ts';
import type { HubClientStatus } from './client.ts';
import { DriverSource } from './driver.ts';
import type { HubClientsEnded } from './ended-clients.ts';
import { type HubLimits, type HubOptions, hubLimits, type SourceContext } from './options.ts';
import { HubPort } from './port.ts';
import type { DriverCommand } from './process.ts';
import { Router } from './router.ts';
import type { Source, SourceEvents } from './source.ts';
import type { SourceState } from './source-state.ts';

/** A driver or a chained server, as it can be seen from outside. */
export interface DriverStatus {
  readonly name: string;
  readonly kind: 'driver' | 'chain';
  readonly state: SourceState;
  readonly pid?: number | undefined;
  /** Starts, or connections, after the first. */
  readonly restarts: number;
  readonly devices: readonly string[];
  /** Code and words of why it ended last. */
  readonly cause?: { readonly code: string; readonly message: string } | undefined;
  /** Code and words of what is odd about it while it runs: `CHAIN_LOOP`. */
  readonly warning?: { readonly code: string; readonly message: string } | undefined;
}

/**
 * Many drivers behind one INDI port. Starts the drivers, connects to chained servers and listens; drivers and servers that
 * are not there are tried again and again.
 * Rejects with PORT_IN_USE, LISTEN_FAILED, ENDPOINT_INVALID, CHAIN_INVALID or DRIVER_NAME_TAKEN.
 */
export async function createHub(options: HubOptions): Promise<Hub> {
  const hub = new Hub(options);
  await hub.open();
  return hub;
}

/** Made by {@link createHub}. */
export class Hub implements AsyncDisposable {
  readonly limits: HubLimits;
  readonly #options: HubOptions;
  readonly #router: Router;
  readonly #port: HubPort;
  readonly #context: SourceContext;
  readonly #events: SourceEvents = {
    up: (source) => this.#router.up(source),
    elements: (source, batch) => this.#router.fromSource(source, batch),
    down: (source) => this.#router.down(source),
  };
  /** Those that have been removed and have not ended yet. */
  readonly #leaving = new Set<Source>();
  #closed: Promise<void> | undefined;

  constructor(options: HubOptions) {
    const {
      run = {},
      chain = [],
      log = silentLog,
      clock = systemClock,
      random = Math.random,
      dial,
    } = options;
    this.limits = hubLimits(options.limits);
    this.#options = options;
    this.#router = new Router(log, clock, random);
    const { listenWith } = options;
    this.#port = new HubPort({ router: this.#router, limits: this.limits, log, clock, listenWith });
    this.#context = { limits: this.limits, log, clock, random, dial };
    for (const [name, command] of Object.entries(run)) this.#add(this.#driver(name, command));
    for (const address of chain) this.#add(this.#chain(address));
  }

  /** Where clients connect, as bound: `127.0.0.1:7624`; undefined: it does not listen. */
  get address(): string | undefined {
    return this.#port.address;
  }

  /** Called by {@link createHub}. */
  async open(): Promise<void> {
    const { listen } = this.#options;
    if (listen !== undefined) await this.#port.listen(listen);
    for (const source of this.#router.sources) source.start();
  }

  /** A connection within this process: for `dial` of a client. */
  connect(): Transport {
    if (this.#closed !== undefined) throw coreErrors.error('SERVER_STOPPED');
    return this.#port.connect();
  }

  drivers(): DriverStatus[] {
    return this.#router.sources.map(({ name, kind, state, pid, restarts, devices, cause, warning }) => ({
      name,
      kind,
      state,
      pid,
      restarts: Math.max(restarts, 0),
      devices: [...devices],
      cause: cause && { code: cause.code, message: cause.message },
      warning: warning && { code: warning.code, message: warning.message },
    }));
  }

  /** Clients that are connected and have said something. */
  clients(): HubClientStatus[] {
    return this.#port.clients();
  }

  /** Clients that were connected, and why they no longer are. */
  clientsEnded(): HubClientsEnded {
    return this.#port.ended();
  }

  /** The driver or chained server that has shown `device`. */
  driverOf(device: string): string | undefined {
    return this.#router.ownerOf(device)?.name;
  }

  /**
   * Starts a driver that was stopped, or one that waits to be started again; connects to a chained server likewise.
   * Rejects with `DRIVER_UNKNOWN`, and with `SERVER_STOPPED` when the hub closes.
   */
  async startDriver(name: string): Promise<void> {
    const source = this.#source(name);
    if (source.state === 'running') return;
    await source.stop();
    if (this.#closed !== undefined) throw coreErrors.error('SERVER_STOPPED');
    this.#source(name).start(); // it may have been removed meanwhile
  }

  /** Ends a driver, or leaves a chained server, until it is started. Clients see its properties go. Rejects with `DRIVER_UNKNOWN`. */
  async stopDriver(name: string): Promise<void> {
    await this.#source(name).stop();
  }

  /** Both, in this order. */
  async restartDriver(name: string): Promise<void> {
    await this.stopDriver(name);
    await this.startDriver(name);
  }

  /**
   * Adds a driver and starts it. Throws `DRIVER_NAME_TAKEN`, and `SERVER_STOPPED` when the hub closes.
   * @param name by which it is stopped, started and removed
   */
  addDriver(name: string, command: DriverCommand): void {
    this.#add(this.#driver(name, command)).start();
  }

  /**
   * Adds a server whose devices are served too, and connects to it. Throws `CHAIN_INVALID`, `DRIVER_NAME_TAKEN`, and
   * `SERVER_STOPPED` when the hub closes.
   * @param address `device@host[:port]`, or `@host[:port]` for all devices; it is its name, too
   */
  addChain(address: string): void {
    this.#add(this.#chain(address)).start();
  }

  /** Ends a driver, or leaves a chained server, for good. Clients see its properties go. Rejects with `DRIVER_UNKNOWN`. */
  async removeDriver(name: string): Promise<void> {
    const source = this.#source(name);
    this.#router.remove(source);
    this.#leaving.add(source);
    await source.stop();
    this.#leaving.delete(source);
  }

  #driver(name: string, command: DriverCommand): Source {
    return new DriverSource(name, command, this.#context, this.#events);
  }

  #chain(address: string): Source {
    return new ChainSource(address, this.#context, this.#events);
  }

  #add(source: Source): Source {
    const { name } = source;
    if (this.#closed !== undefined) throw coreErrors.error('SERVER_STOPPED');
    if (this.#router.sources.some((one) => one.name === name))
      throw indiErrors.error('DRIVER_NAME_TAKEN', { name });
    this.#router.add(source);
    return source;
  }

  #source(name: string): Source {
    const source = this.#router.sources.find((one) => one.name === name);
    if (source !== undefined) return source;
    const known = this.#router.sources.map((one) => one.name).join(', ') || 'none';
    throw indiErrors.error('DRIVER_UNKNOWN', { name, known });
  }

  /** Ends clients, then drivers: each gets the end of its input, and time to exit. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const cause = coreErrors.error('SERVER_STOPPED');
    const sources = [...this.#router.sources, ...this.#leaving];
    this.#router.close();
    await Promise.all([this.#port.close(cause), ...sources.map((source) => source.stop())]);
  }
}
