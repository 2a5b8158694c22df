import type { Log } from '@fairlead/core';
import { busErrors } from './catalogue.ts';
import { topicMatcher } from './topic.ts';

export type Handler = (topic: string, payload: Buffer) => void;

interface Entry {
  readonly filter: string;
  /** Stands for the filter where the carrier takes numbers only; never used twice. */
  readonly id: number;
  readonly matches: (topic: string) => boolean;
  readonly handlers: Set<{ readonly call: Handler }>;
}

/** Who wants to hear what, told apart from how it comes: handlers by filter, called for each message that matches. */
export class Subscriptions {
  readonly #entries = new Map<string, Entry>();
  readonly #log: Log;
  #lastId = 0;
  received = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The filters to ask the broker for, each once. */
  filters(): string[] {
    return [...this.#entries.keys()];
  }

  /** The number of a filter that somebody listens to. */
  idOf(filter: string): number | undefined {
    return this.#entries.get(filter)?.id;
  }

  /** `first`: the filter is new. `remove` says whether it was the filter's last handler. */
  add(filter: string, call: Handler): { readonly first: boolean; remove(): boolean } {
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
   * A message that came once for all filters, or for those with the numbers `ids` alone: some brokers send one copy for
   * each subscription that matches.
   */
  dispatch(topic: string, payload: Buffer, ids?: readonly number[]): void {
    this.received++;
    for (const entry of this.#entries.values())
      if ((ids === undefined || ids.includes(entry.id)) && entry.matches(topic))
        this.#call(entry, topic, payload);
  }

  /** A message that came for this filter. */
  dispatchTo(filter: string, topic: string, payload: Buffer): void {
    const entry = this.#entries.get(filter);
    if (entry === undefined || !entry.matches(topic)) return;
    this.received++;
    this.#call(entry, topic, payload);
  }

  #call(entry: Entry, topic: string, payload: Buffer): void {
    for (const handler of entry.handlers) {
      try {
        handler.call(topic, payload);
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
