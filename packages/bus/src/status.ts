import { type FairleadError, type Log, Waiters } from '@fairlead/core';
import { busErrors } from './catalogue.ts';
import type { BusState, BusStateChange } from './port.ts';

/** The states that may follow each state. */
const NEXT: Readonly<Record<BusState, readonly BusState[]>> = {
  connecting: ['connected', 'down', 'closed'],
  connected: ['down', 'closed'],
  down: ['connected', 'closed'],
  closed: [],
};

/**
 * The state of a bus, its listeners, and its log lines: one for each change. While the bus is down, each new reason for
 * a failed attempt is logged once; a reason that repeats is not.
 */
export class BusStatus {
  readonly #log: Log;
  readonly #listeners = new Set<(change: BusStateChange) => void>();
  readonly #ready = new Waiters();
  readonly #named = new Set<string>();
  #state: BusState = 'connecting';
  #cause: FairleadError | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  get state(): BusState {
    return this.#state;
  }

  get cause(): FairleadError | undefined {
    return this.#cause;
  }

  on(listener: (change: BusStateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ready(signal?: AbortSignal): Promise<void> {
    if (this.#state === 'closed') throw busErrors.error('BUS_CLOSED');
    if (this.#state !== 'connected') await this.#ready.wait(signal);
  }

  connected(details: object): void {
    if (!this.#move('connected', undefined)) return;
    this.#named.clear();
    this.#log.info(details, 'bus connected');
    this.#ready.resolve();
  }

  down(cause: FairleadError): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'down') this.#cause = cause;
    else this.#move('down', cause);
    if (this.#named.has(cause.code)) return;
    this.#named.add(cause.code);
    this.#log.warn({ code: cause.code, ...cause.details }, `bus down: ${cause.message}`);
  }

  closed(): void {
    if (!this.#move('closed', undefined)) return;
    this.#log.info({}, 'bus closed');
    this.#ready.reject(busErrors.error('BUS_CLOSED'));
  }

  #move(to: BusState, cause: FairleadError | undefined): boolean {
    const from = this.#state;
    if (!NEXT[from].includes(to)) return false;
    this.#state = to;
    this.#cause = cause;
    for (const listener of this.#listeners) listener({ from, to, cause });
    return true;
  }
}
