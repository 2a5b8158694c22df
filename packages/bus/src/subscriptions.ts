import type { Log } from '@fairlead/core';
import { busErrors } from './catalogue.ts';
import type { BusDelivery, BusHandler } from './port.ts';
import { topicMatcher } from './topic.ts';

interface Entry {
  readonly filter: string;
  /** Identifies the filter in protocols that need a number; never reused. */
  readonly id: number;
  readonly matches: (topic: string) => boolean;
  readonly handlers: Set<{ readonly call: BusHandler }>;
}

/** The handlers of a bus by filter. Each matching message calls them. */
export class Subscriptions {
  readonly #entries = new Map<string, Entry>();
  readonly #log: Log;
  #lastId = 0;
  received = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The filters to subscribe to at the broker, each once. */
  filters(): string[] {
    return [...this.#entries.keys()];
  }

  /** The number of a subscribed filter. */
  idOf(filter: string): number | undefined {
    return this.#entries.get(filter)?.id;
  }

  /** `first`: the filter is new. `remove` returns whether this was the last handler of the filter. */
  add(filter: string, call: BusHandler): { readonly first: boolean; remove(): boolean } {
    let entry = this.#entries.get(filter);
    const first = entry === undefined;
    entry ??= { filter, id: ++this.#lastId, matches: topicMatcher(filter), handlers: new Set() };
    this.#entries.set(filter, entry);
    const handler = { call };
    entry.handlers.add(handler);
    const of = entry;
    return {
      first,
      remove: () => {
        if (!of.handlers.delete(handler) || of.handlers.size > 0) return false;
        return this.#entries.delete(filter);
      },
    };
  }

  /**
   * Handles a message that arrived once for all filters, or only for the filters with the numbers `ids`: some brokers
   * send one copy for each matching subscription.
   */
  dispatch(topic: string, payload: Buffer, delivery: BusDelivery, ids?: readonly number[]): void {
    this.received++;
    for (const entry of this.#entries.values())
      if ((ids === undefined || ids.includes(entry.id)) && entry.matches(topic))
        this.#call(entry, topic, payload, delivery);
  }

  /** Handles a message that arrived for this filter. */
  dispatchTo(filter: string, topic: string, payload: Buffer, delivery: BusDelivery): void {
    const entry = this.#entries.get(filter);
    if (entry === undefined || !entry.matches(topic)) return;
    this.received++;
    this.#call(entry, topic, payload, delivery);
  }

  #call(entry: Entry, topic: string, payload: Buffer, delivery: BusDelivery): void {
    for (const handler of entry.handlers) {
      try {
        handler.call(topic, payload, delivery);
      } catch (cause) {
        const error = busErrors.error(
          'BUS_HANDLER_FAILED',
          { filter: entry.filter, reason: cause instanceof Error ? cause.message : String(cause) },
          cause,
        );
        this.#log.error({ code: error.code, topic, err: cause }, error.message);
      }
    }
  }
}
