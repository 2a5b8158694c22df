/**
 * Leases clients: it selects among the clients that a factory opens.
 *
 *   acquire() --> waiting, first come first served
 *                    |        idle, last used first --validate--> lease --release--> the next waiting, or idle
 *                    `------> opening, while there are fewer than max
 *
 * A client that was released, opened or validated goes to the caller that waits longest at that moment, never to one that
 * has stopped waiting. When a client ends, for any reason, another may be opened.
 */
import {
  type BackoffOptions,
  backoff,
  type Clock,
  type FairleadError,
  type Timer,
  timeLimit,
  Waiters,
} from '@fairlead/core';
import type { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { aborted } from '../request/pending.ts';
import { PendingList } from '../request/pending-list.ts';
import { Histogram } from '../stats/histogram.ts';
import type { PoolFactory } from './factory.ts';
import { Lease } from './lease.ts';
import type { poolSchema } from './options.ts';
import type { PoolStats } from './stats.ts';
import { Waiter } from './waiter.ts';

/** One open client. */
interface Slot<C> {
  readonly client: C;
  uses: number;
  /** Monotonic milliseconds. */
  idleSince: number;
}

export interface PoolSettings extends z.output<typeof poolSchema> {
  readonly clock: Clock;
  readonly random: () => number;
  /** Delays before further attempts to open the clients of `min`. */
  readonly retry: BackoffOptions;
}

export class Pool<C> implements AsyncDisposable {
  readonly #factory: PoolFactory<C>;
  readonly #settings: PoolSettings;
  /** All clients that are open and not closing. */
  readonly #slots = new Set<Slot<C>>();
  /** Idle clients; the one used last is at the end. */
  readonly #idle: Slot<C>[] = [];
  readonly #leased = new Map<Lease<C>, Slot<C>>();
  readonly #waiting: PendingList<Waiter<Lease<C>>>;
  readonly #stopping = new AbortController();
  readonly #changes = new Waiters();
  readonly #latency = new Histogram();
  #opening = 0;
  #validating = 0;
  #closing = 0;
  #failures = 0;
  #idleTimer: Timer | undefined;
  #fillTimer: Timer | undefined;
  #counts = { acquired: 0, unserved: 0, opened: 0, openFailed: 0, closed: 0 };

  constructor(factory: PoolFactory<C>, settings: PoolSettings) {
    this.#factory = factory;
    this.#settings = settings;
    this.#waiting = new PendingList({
      clock: settings.clock,
      expired: (waiter) => this.#giveUp(waiter, tcpErrors.error('POOL_TIMEOUT', { limit: waiter.limit })),
      aborted: (waiter, cause) => this.#giveUp(waiter, cause),
    });
    this.#fill();
  }

  get #over(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * Leases a client for exclusive use, until the lease is released. First come, first served. Rejects with `POOL_TIMEOUT`,
   * `POOL_QUEUE_FULL`, `POOL_CLOSED`, `ABORTED`, or the error of a failed attempt to open one.
   */
  async acquire(options: { signal?: AbortSignal | undefined } = {}): Promise<Lease<C>> {
    const { signal } = options;
    const { clock, acquireTimeout, queue } = this.#settings;
    if (this.#over) throw tcpErrors.error('POOL_CLOSED');
    if (signal?.aborted) throw aborted(signal);
    if (this.#waiting.size === 0 && this.#idle.length > 0 && this.#factory.validate === undefined)
      return this.#lease(this.#idle.pop() as Slot<C>, clock.monotonic());
    if (this.#waiting.size >= queue && !this.#canServe())
      throw tcpErrors.error('POOL_QUEUE_FULL', { limit: queue });
    return new Promise((resolve, reject) => {
      const deadline = clock.monotonic() + acquireTimeout;
      const waiter = new Waiter<Lease<C>>(deadline, acquireTimeout, resolve, reject);
      this.#waiting.add(waiter, signal);
      this.#serve();
    });
  }

  /** Ends leasing; resolves when every client, including the leased ones, has been released and closed. */
  async close(): Promise<void> {
    this.#stop();
    while (this.#slots.size + this.#opening + this.#closing > 0) await this.#changes.wait();
  }

  /** Ends all clients at once, including the leased ones. */
  async destroy(): Promise<void> {
    this.#stop();
    for (const slot of this.#slots) this.#drop(slot, false);
    await this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): PoolStats {
    return {
      size: this.#slots.size,
      idle: this.#idle.length,
      leased: this.#leased.size,
      opening: this.#opening,
      waiting: this.#waiting.size,
      ...this.#counts,
      acquireLatency: this.#latency.snapshot(),
    };
  }

  /** Called by the lease. */
  giveBack(lease: Lease<C>, keep: boolean): void {
    const slot = this.#leased.get(lease);
    this.#leased.delete(lease);
    if (slot === undefined || !this.#slots.has(slot)) return; // it ended meanwhile
    const { maxUses = Number.POSITIVE_INFINITY } = this.#settings;
    const reusable = keep && this.#factory.reusable?.(slot.client) !== false;
    if (!reusable) this.#drop(slot, false);
    else if (slot.uses >= maxUses || this.#over) this.#drop(slot, true);
    else this.#offer(slot);
  }

  // --- lending -------------------------------------------------------------------------------------------------------

  #canServe(): boolean {
    return this.#idle.length > 0 || this.#room > 0;
  }

  /** Number of clients that may be opened. Clients that are still closing count, because the peer may have a limit too. */
  get #room(): number {
    return this.#settings.max - this.#slots.size - this.#opening - this.#closing;
  }

  /** Starts an attempt or a validation for every waiting caller, up to the limit of clients. */
  #serve(): void {
    while (this.#waiting.size > this.#opening + this.#validating && this.#idle.length > 0) {
      const slot = this.#idle.pop() as Slot<C>;
      if (this.#factory.validate === undefined) this.#offer(slot);
      else void this.#validate(slot, this.#factory.validate.bind(this.#factory));
    }
    while (!this.#over && this.#waiting.size > this.#opening + this.#validating && this.#room > 0)
      void this.#open();
  }

  /** Leases the client to the first waiting caller; if there is none, the client is idle. */
  #offer(slot: Slot<C>): void {
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) waiter.resolve(this.#lease(slot, waiter.since));
    else if (this.#over) this.#drop(slot, true);
    else {
      slot.idleSince = this.#settings.clock.monotonic();
      this.#idle.push(slot);
      this.#armIdle();
    }
  }

  #lease(slot: Slot<C>, since: number): Lease<C> {
    const lease = new Lease(slot.client, this);
    slot.uses++;
    this.#leased.set(lease, slot);
    this.#counts.acquired++;
    this.#latency.record(this.#settings.clock.monotonic() - since);
    return lease;
  }

  async #validate(slot: Slot<C>, validate: NonNullable<PoolFactory<C>['validate']>): Promise<void> {
    this.#validating++;
    const { clock, acquireTimeout } = this.#settings;
    using limit = timeLimit(clock, acquireTimeout, this.#stopping.signal, () =>
      tcpErrors.error('POOL_TIMEOUT', { limit: acquireTimeout }),
    );
    const { signal } = limit;
    const valid = await asked(() => limit.race(asked(() => validate(slot.client, { signal }))));
    this.#validating--;
    if (this.#slots.has(slot)) {
      if (valid) this.#offer(slot);
      else this.#drop(slot, false);
    }
    this.#serve();
  }

  /** A caller waited too long, or its signal fired. */
  #giveUp(waiter: Waiter<Lease<C>>, cause: FairleadError): void {
    this.#counts.unserved++;
    this.#waiting.reject(waiter, cause);
  }

  // --- coming and going ----------------------------------------------------------------------------------------------

  async #open(): Promise<void> {
    this.#opening++;
    let slot: Slot<C> | undefined;
    let ended = false;
    const lost = () => {
      ended = true;
      if (slot !== undefined) this.#gone(slot);
    };
    try {
      const client = await this.#factory.open(this.#stopping.signal, lost);
      this.#opening--;
      this.#failures = 0;
      this.#counts.opened++;
      slot = { client, uses: 0, idleSince: 0 };
      this.#slots.add(slot);
      if (ended) this.#gone(slot);
      else if (this.#over) this.#drop(slot, false);
      else this.#offer(slot);
    } catch (error) {
      this.#opening--;
      this.#counts.openFailed++;
      // The caller that has waited longest gets the error; for each other caller there is another attempt.
      const waiter = this.#waiting.shift();
      if (waiter !== undefined) {
        this.#counts.unserved++;
        waiter.reject(error);
      }
      this.#failures++;
      this.#fillLater();
    }
    this.#changes.resolve();
    this.#serve();
  }

  /** Ends a client. */
  #drop(slot: Slot<C>, orderly: boolean): void {
    if (!this.#slots.delete(slot)) return;
    const at = this.#idle.indexOf(slot);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#closing++;
    const { client } = slot;
    const ended = asked(() => (orderly ? this.#factory.close(client) : this.#factory.destroy(client)));
    void ended.then(() => {
      this.#closing--;
      this.#counts.closed++;
      this.#changes.resolve();
      this.#fill();
      this.#serve();
    });
  }

  /** A client has ended by itself. */
  #gone(slot: Slot<C>): void {
    if (!this.#slots.delete(slot)) return;
    const at = this.#idle.indexOf(slot);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#counts.closed++;
    this.#changes.resolve();
    this.#fillLater();
    this.#serve();
  }

  /** Opens clients up to `min`. */
  #fill(): void {
    this.#settings.clock.clear(this.#fillTimer);
    this.#fillTimer = undefined;
    const { min } = this.#settings;
    while (!this.#over && this.#slots.size + this.#opening < min && this.#room > 0) void this.#open();
  }

  /** The same after a delay, so that attempts at an unreachable peer do not follow without a pause. */
  #fillLater(): void {
    const { clock, min, retry, random } = this.#settings;
    if (this.#over || this.#fillTimer !== undefined || this.#slots.size + this.#opening >= min) return;
    this.#fillTimer = clock.after(backoff(this.#failures, retry, random), () => this.#fill());
  }

  /** One timer, for the client that has been idle longest: it is the first. */
  #armIdle(): void {
    const { clock, idleTimeout, min } = this.#settings;
    const [oldest] = this.#idle;
    if (this.#idleTimer !== undefined || oldest === undefined || this.#slots.size <= min) return;
    const wait = Math.max(0, oldest.idleSince + idleTimeout - clock.monotonic());
    this.#idleTimer = clock.after(wait, () => {
      this.#idleTimer = undefined;
      const now = clock.monotonic();
      for (let [slot] = this.#idle; slot !== undefined && this.#slots.size > min; [slot] = this.#idle) {
        if (now - slot.idleSince < idleTimeout) break;
        this.#drop(slot, true);
      }
      this.#armIdle();
    });
    this.#idleTimer.unref?.();
  }

  #stop(): void {
    if (this.#over) return;
    this.#stopping.abort(tcpErrors.error('POOL_CLOSED'));
    this.#settings.clock.clear(this.#idleTimer);
    this.#settings.clock.clear(this.#fillTimer);
    this.#waiting.end(this.#stopping.signal.reason);
    for (const slot of [...this.#idle]) this.#drop(slot, true);
  }
}

/** The result; undefined if the function throws or its promise rejects. */
async function asked<T>(ask: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
