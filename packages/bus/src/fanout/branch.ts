import type { FairleadError, Log } from '@fairlead/core';
import { asFairleadError } from '@fairlead/core';
import { busErrors } from '../catalogue.ts';
import type { BusAdapter, BusMessage, BusStats } from '../port.ts';
import { type PayloadField, withFields } from './payload-fields.ts';

export interface BusBranch {
  /** For messages and counters. */
  readonly name: string;
  readonly bus: BusAdapter;
  /** The topics that go there; absent: all. */
  readonly takes?: ((topic: string) => boolean) | undefined;
  /** `required`: holds the devices back when it is slow or away. `bestEffort`: its messages are dropped then. */
  readonly delivery: 'required' | 'bestEffort';
  /** Whether subscriptions are made there. */
  readonly receives: boolean;
  /** What is written into payloads. */
  readonly fields: readonly PayloadField[];
}

export interface BranchStats extends Omit<BusStats, 'dropped'> {
  readonly name: string;
  readonly kind: BusAdapter['kind'];
  readonly delivery: BusBranch['delivery'];
  readonly state: BusAdapter['state'];
  readonly cause: FairleadError | undefined;
  /** Messages that found the queue of a best-effort bus full, or that it does not take. */
  readonly dropped: number;
}

/** Topics of `natsBus` for answers. */
const NATS_REPLY = '$reply/';

/** One bus of several: what goes there, and what happens when it does not take it. */
export class Branch {
  readonly #settings: BusBranch;
  readonly #log: Log;
  #dropped = 0;
  #dropping = false;

  constructor(settings: BusBranch, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  get bus(): BusAdapter {
    return this.#settings.bus;
  }

  get required(): boolean {
    return this.#settings.delivery === 'required';
  }

  get receives(): boolean {
    return this.#settings.receives;
  }

  get usesProperties(): boolean {
    return this.bus.carriesProperties || this.#settings.fields.length > 0;
  }

  /** The messages that go there, in the form that they have there. */
  partOf(batch: readonly BusMessage[]): readonly BusMessage[] {
    const { takes, fields } = this.#settings;
    const part = batch.filter(({ topic }) =>
      topic.startsWith(NATS_REPLY) ? this.bus.kind === 'nats' : takes === undefined || takes(topic),
    );
    return fields.length === 0 ? part : part.map((message) => withFields(message, fields));
  }

  /** Queues what fits and drops the rest. Its queue bridges an outage up to its limit. */
  offer(part: readonly BusMessage[]): void {
    try {
      this.bus.publish(part);
      this.#dropping = false;
    } catch (cause) {
      const error = asFairleadError(cause);
      if (part.length > 1 && error.code !== 'BUS_QUEUE_FULL') {
        for (const message of part) this.offer([message]);
        return;
      }
      this.#dropped += part.length;
      if (this.#dropping) return;
      this.#dropping = true;
      const { name } = this.#settings;
      const dropping = busErrors.error('BUS_ROUTE_DROPPING', { bus: name, reason: error.message }, error);
      this.#log.warn({ code: dropping.code, bus: name, reason: error.code }, dropping.message);
    }
  }

  stats(): BranchStats {
    const { name, delivery } = this.#settings;
    const { kind, state, cause } = this.bus;
    const dropped = this.#dropped;
    return { ...this.bus.stats(), name, kind, delivery, state, cause, dropped };
  }
}
