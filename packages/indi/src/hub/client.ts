import type { FairleadError } from '@fairlead/core';
import type { Link } from '@fairlead/tcp';
import { indiLimits } from '../limits.ts';
import type { IndiPayload, RawElement } from '../wire/index.ts';
import { Budget, type Holder } from './budget.ts';
import { ElementQueue, type ElementQueueLimits } from './element-queue.ts';
import { HeadingReader } from './heading.ts';
import { Interest } from './interest.ts';
import type { HubLimits } from './options.ts';
import { QueuePool } from './queue-pool.ts';

/** A client of the hub, as it can be seen from outside. */
export interface HubClientStatus {
  readonly remote: string;
  /** Bytes that wait for it. */
  readonly queued: number;
  /** BLOBs of streams that it did not get, as it was too slow. */
  readonly dropped: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What all clients of a hub together may hold. */
export interface ClientBudgets {
  /** Elements of which a part has arrived. */
  readonly input: Budget;
  /** Names that they have asked for. */
  readonly names: Budget;
  /** What drivers that are behind have not taken yet. */
  readonly ahead: Budget;
  /** What they have not read. */
  readonly queue: QueuePool;
}

export function clientBudgets(limits: HubLimits): ClientBudgets {
  const { clientsInput, clientsNames, clientsAhead, clientsQueue, driverQueue } = limits;
  return {
    input: new Budget('incomplete elements', clientsInput),
    names: new Budget('requested names', clientsNames),
    // Clients alone never fill the queue of a driver, which would end the driver.
    ahead: new Budget('data that waits for drivers', Math.min(clientsAhead, driverQueue)),
    queue: new QueuePool(clientsQueue),
  };
}

/** A client of the hub. */
export class HubClient implements Holder {
  readonly link: Link<RawElement, IndiPayload>;
  readonly interest: Interest;
  readonly reader = new HeadingReader();
  readonly queue: ElementQueue;
  readonly #budgets: ClientBudgets;
  /** Bytes that it has sent to drivers that are behind, since they last were not. */
  readonly #ahead = new Map<ElementQueue, number>();
  /** The driver that it waits for. */
  #held: ElementQueue | undefined;

  constructor(link: Link<RawElement, IndiPayload>, limits: ElementQueueLimits, budgets: ClientBudgets) {
    this.link = link;
    this.#budgets = budgets;
    this.interest = new Interest((bytes) => budgets.names.set(this, bytes));
    this.queue = new ElementQueue(link, limits, budgets.queue);
  }

  /** So many bytes of an element have arrived that is not complete. Throws `HUB_FULL`. */
  receives(bytes: number): void {
    this.#budgets.input.set(this, bytes);
  }

  /**
   * Counts what is about to be handed to a driver, and reads no more of this client while it is far ahead of it: nobody can
   * fill a driver's queue alone. Returns whether that has just begun. Throws `HUB_FULL` where all clients together are too
   * far ahead, and this one most.
   */
  owe(to: ElementQueue, size: number): boolean {
    if (!to.blocked) return false;
    const before = this.#ahead.get(to);
    if (before === undefined) to.whenIdle(() => this.#caughtUp(to));
    const ahead = (before ?? 0) + size;
    this.#ahead.set(to, ahead);
    this.#budgets.ahead.set(this, this.#aheadOfAll());
    if (ahead <= indiLimits.values.clientAhead || this.#held !== undefined) return false;
    this.#held = to;
    this.link.pause();
    return true;
  }

  #aheadOfAll(): number {
    let sum = 0;
    for (const bytes of this.#ahead.values()) sum += bytes;
    return sum;
  }

  #caughtUp(queue: ElementQueue): void {
    this.#ahead.delete(queue);
    this.#budgets.ahead.set(this, this.#aheadOfAll());
    if (this.#held !== queue) return;
    this.#held = undefined;
    this.link.resume();
  }

  status(): HubClientStatus {
    const { bytesIn, bytesOut } = this.link.stats();
    const { size: queued, dropped } = this.queue;
    return { remote: this.link.remote, queued, dropped, bytesIn, bytesOut };
  }

  /** One that took too much of the hub's memory also loses what waits for drivers. */
  end(cause: FairleadError): void {
    if (cause.code === 'HUB_FULL') for (const queue of this.#ahead.keys()) queue.withdraw(this);
    this.queue.close();
    this.link.destroy(cause);
  }

  /** It has gone. What it has sent still reaches the drivers, and counts until then. */
  left(): void {
    this.queue.close();
    this.#budgets.input.forget(this);
    this.#budgets.names.forget(this);
  }
}
