import type { FairleadError, Link } from '@fairlead/tcp';
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

  constructor(link: Link<RawElement, IndiPayload>, limits: OutboxLimits) {
    this.link = link;
    this.outbox = new Outbox(link, limits);
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
