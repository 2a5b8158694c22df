import { type Clock, type FairleadError, type Log, timeLimit, Waiters } from '@fairlead/core';
import { busErrors } from './catalogue.ts';
import type {
  BusAdapter,
  BusHandler,
  BusMessage,
  BusState,
  BusStateChange,
  BusStats,
  BusSubscription,
} from './port.ts';
import { ProgressWaiters } from './progress-waiters.ts';
import { BusStatus } from './status.ts';
import { Subscriptions } from './subscriptions.ts';

/** Reasons for refused messages that are logged for one connection: a broker may invent them. */
const MAX_REASONS = 100;

/** Settings that all adapters share. */
export interface AdapterSettings {
  /** Waiting bytes at which `publish` returns false, and the most bytes that may wait. */
  readonly queue: { readonly highWater: number; readonly limit: number };
  /** Milliseconds for a closing bus to send waiting messages. */
  readonly closeGrace: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** What all adapters share: states, waits, and an orderly close. */
export abstract class Adapter<S extends AdapterSettings> implements BusAdapter {
  abstract readonly kind: BusAdapter['kind'];
  abstract readonly carriesProperties: boolean;
  protected readonly settings: S;
  protected readonly status: BusStatus;
  protected readonly subscriptions: Subscriptions;
  protected readonly waitDrained = new Waiters();
  readonly #waitCaughtUp = new Waiters();
  /** A target is the number of a message, in the order of `publish`. */
  protected readonly waitFlushed = new ProgressWaiters();
  /** Messages that the broker refused, and the reasons that were logged. */
  protected refused = 0;
  readonly #reasons = new Set<string>();
  #closing: Promise<void> | undefined;

  constructor(settings: S) {
    this.settings = settings;
    this.status = new BusStatus(settings.log);
    this.status.on(({ to }) => {
      if (to !== 'connected') this.#waitCaughtUp.resolve();
    });
    this.subscriptions = new Subscriptions(settings.log);
  }

  abstract publish(batch: readonly BusMessage[]): boolean;
  abstract check(batch: readonly BusMessage[]): void;
  abstract subscribe(filter: string, handler: BusHandler): Promise<BusSubscription>;
  abstract stats(): BusStats;
  /** Whether fewer bytes than this wait, so that `publish` may continue. */
  protected abstract hasRoom(below: number): boolean;
  /** See {@link Bus.behind}; called with true: less than half of that waits. */
  protected abstract isBehind(half: boolean): boolean;
  /** Waits until all messages accepted so far have reached the broker. */
  protected abstract flush(signal?: AbortSignal): Promise<void>;
  /** The error to log when the grace period was too short. */
  protected abstract unflushed(): FairleadError;
  /** The last step of closing: disconnects from the broker. */
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
    if (!this.hasRoom(this.settings.queue.highWater)) await this.waitDrained.wait(signal);
  }

  /** While the bus is not connected, `publish` says so. */
  get behind(): boolean {
    return this.state === 'connected' && this.isBehind(false);
  }

  async caughtUp(signal?: AbortSignal): Promise<void> {
    this.mustBeOpen();
    if (this.behind) await this.#waitCaughtUp.wait(signal);
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

  /** Called when fewer bytes wait than before. */
  protected progress(): void {
    if (this.#waitCaughtUp.waiting && (this.state !== 'connected' || !this.isBehind(true)))
      this.#waitCaughtUp.resolve();
    if (this.waitDrained.waiting && this.hasRoom(this.settings.queue.highWater / 2))
      this.waitDrained.resolve();
  }

  /** Counts a message that the broker will never accept. Each reason is logged once until {@link newConnection}. */
  protected messageRefused(topic: string, reason: string): void {
    this.refused++;
    if (this.#reasons.has(reason) || this.#reasons.size >= MAX_REASONS) return;
    this.#reasons.add(reason);
    const error = busErrors.error('BUS_MESSAGE_REFUSED', { topic, reason });
    this.settings.log.error({ code: error.code, topic, reason }, error.message);
  }

  protected newConnection(): void {
    this.#reasons.clear();
  }

  async #close(): Promise<void> {
    const { clock, closeGrace, log } = this.settings;
    this.waitDrained.reject(busErrors.error('BUS_CLOSED'));
    this.#waitCaughtUp.reject(busErrors.error('BUS_CLOSED'));
    {
      using grace = timeLimit(clock, closeGrace, undefined, () => this.unflushed());
      await this.flush(grace.signal).catch(() => {
        const error = this.unflushed();
        log.error({ code: error.code, ...error.details }, error.message);
      });
    }
    this.waitFlushed.reject(busErrors.error('BUS_CLOSED'));
    this.status.closed();
    await this.leave();
  }
}
