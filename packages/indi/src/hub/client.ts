import type { FairleadError, Link } from '@fairlead/tcp';
import { indiLimits } from '../limits.ts';
import type { IndiPayload, RawElement } from '../wire/index.ts';
import { HeadingReader } from './heading.ts';
import { Interest } from './interest.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';

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

/** A client of the hub. */
export class HubClient {
  readonly link: Link<RawElement, IndiPayload>;
  readonly interest = new Interest();
  readonly reader = new HeadingReader();
  readonly outbox: Outbox;
  /** Bytes that it has sent to drivers that are behind, since they last were not. */
  readonly #ahead = new Map<Outbox, number>();
  /** The driver that it waits for. */
  #held: Outbox | undefined;

  constructor(link: Link<RawElement, IndiPayload>, limits: OutboxLimits) {
    this.link = link;
    this.outbox = new Outbox(link, limits);
  }

  /**
   * Counts what goes to a driver, and reads no more of this client while it is far ahead of it: nobody can fill a driver's
   * queue alone. Returns whether that has just begun.
   */
  owe(to: Outbox, size: number): boolean {
    if (to.size === 0) return false;
    const before = this.#ahead.get(to);
    if (before === undefined) to.whenIdle(() => this.#caughtUp(to));
    const ahead = (before ?? 0) + size;
    this.#ahead.set(to, ahead);
    if (ahead <= indiLimits.values.clientAhead || this.#held !== undefined) return false;
    this.#held = to;
    this.link.pause();
    return true;
  }

  #caughtUp(outbox: Outbox): void {
    this.#ahead.delete(outbox);
    if (this.#held !== outbox) return;
    this.#held = undefined;
    this.link.resume();
  }

  status(): HubClientStatus {
    const { bytesIn, bytesOut } = this.link.stats();
    const { size: queued, dropped } = this.outbox;
    return { remote: this.link.remote, queued, dropped, bytesIn, bytesOut };
  }

  end(cause: FairleadError): void {
    this.outbox.close();
    this.link.destroy(cause);
  }
}
