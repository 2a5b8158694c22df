import type { Clock, FairleadError, Log } from '@fairlead/core';
import { busErrors } from './catalogue.ts';
import type { BusAdapter, BusMessage, BusState, BusStateChange, BusStats, BusSubscription } from './port.ts';
import { Waiters } from './progress-waiters.ts';
import { BusStatus } from './status.ts';
import { type Handler, Subscriptions } from './subscriptions.ts';

/** What every adapter is told, whatever its broker. */
export interface AdapterSettings {
  /** Bytes that wait from which `publish` answers false, and most that may wait. */
  readonly queue: { readonly highWater: number; readonly limit: number };
  /** Milliseconds that a closing bus has to send what waits. */
  readonly closeGrace: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** What adapters have in common: states, who waits for what, and closing in good order. */
export abstract class Adapter<S extends AdapterSettings> implements BusAdapter {
  abstract readonly kind: BusAdapter['kind'];
  protected readonly settings: S;
  protected readonly status: BusStatus;
  protected readonly subscriptions: Subscriptions;
  protected readonly waitDrained = new Waiters();
  /** Their targets are numbers of messages, as they were taken over. */
  protected readonly waitFlushed = new Waiters();
  #closing: Promise<void> | undefined;

  constructor(settings: S) {
    this.settings = settings;
    this.status = new BusStatus(settings.log);
    this.subscriptions = new Subscriptions(settings.log);
  }

  abstract publish(batch: readonly BusMessage[]): boolean;
  abstract subscribe(filter: string, handler: Handler): Promise<BusSubscription>;
  abstract stats(): BusStats;
  /** Whether less than this many bytes wait, and `publish` may go on. */
  protected abstract hasRoom(below: number): boolean;
  /** Waits until what was taken over so far has reached the broker. */
  protected abstract flush(signal?: AbortSignal): Promise<void>;
  /** What is said when the grace was too short. */
  protected abstract unflushed(): FairleadError;
  /** The last of closing: lets go of the broker. */
  protected abstract leave(): Promise<void>;

  get state(): BusState {
    return this.status.state;
  }

  get cause(): FairleadError | undefined {
    return this.status.cause;
  }

  on(_event: 'state', listener: (change: BusStateChange) => void): () => void {
    return this.status.on(listener);
  }

  ready(signal?: AbortSignal): Promise<void> {
    return this.status.ready(signal);
  }

  async drained(signal?: AbortSignal): Promise<void> {
    this.mustBeOpen();
    if (!this.hasRoom(this.settings.queue.highWater)) await this.waitDrained.wait(0, signal);
  }

  async flushed(signal?: AbortSignal): Promise<void> {
    this.mustBeOpen();
    await this.flush(signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Throws BUS_CLOSED. */
  protected mustBeOpen(): void {
    if (this.#closing !== undefined) throw busErrors.error('BUS_CLOSED');
  }

  /** Less waits than before. */
  protected progress(): void {
    if (this.waitDrained.size > 0 && this.hasRoom(this.settings.queue.highWater / 2))
      this.waitDrained.release();
  }

  async #close(): Promise<void> {
    const { clock, closeGrace, log } = this.settings;
    this.waitDrained.reject(busErrors.error('BUS_CLOSED'));
    const grace = new AbortController();
    const timer = clock.after(closeGrace, () => grace.abort());
    await this.flush(grace.signal).catch(() => {
      const error = this.unflushed();
      log.error({ code: error.code, ...error.details }, error.message);
    });
    clock.clear(timer);
    this.waitFlushed.reject(busErrors.error('BUS_CLOSED'));
    this.status.closed();
    await this.leave();
  }
}
