import { FilterTree } from './filters.ts';

/** The memory of a subscription: its filter, and a node in the trees of filters for each level. */
const NODE_BYTES = 512;

interface GrantLimits {
  /** Subscriptions of one client. */
  readonly subscriptions: number;
  /** Memory for the subscriptions of one client, and of all clients, in bytes. */
  readonly clientBytes: number;
  readonly totalBytes: number;
}

/** The memory of the subscriptions of all clients. */
interface GrantedBytes {
  bytes: number;
}

/** The subscriptions of one client: their number is limited, and they set the QoS of messages for the client. */
export class Grants {
  readonly #limits: GrantLimits;
  readonly #all: GrantedBytes;
  readonly #filters = new Map<string, number>();
  readonly #tree = new FilterTree<number>();
  #bytes = 0;
  #gone = false;

  constructor(limits: GrantLimits, all: GrantedBytes) {
    this.#limits = limits;
    this.#all = all;
  }

  /** Adds a subscription, or changes its QoS. Returns false if the limit is reached. */
  grant(filter: string, qos: number): boolean {
    if (!this.#filters.has(filter)) {
      const { subscriptions, clientBytes, totalBytes } = this.#limits;
      const bytes = costOf(filter);
      const full =
        this.#filters.size >= subscriptions ||
        this.#bytes + bytes > clientBytes ||
        this.#all.bytes + bytes > totalBytes;
      if (this.#gone || full) return false;
      this.#bytes += bytes;
      this.#all.bytes += bytes;
    }
    this.#filters.set(filter, qos);
    this.#tree.set(filter, qos);
    return true;
  }

  revoke(filter: string): void {
    if (!this.#filters.delete(filter)) return;
    this.#tree.delete(filter);
    this.#bytes -= costOf(filter);
    this.#all.bytes -= costOf(filter);
  }

  /** The client disconnected. */
  revokeAll(): void {
    this.#gone = true;
    this.#all.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#filters.clear();
  }

  /** The highest QoS granted to a filter that matches (MQTT 3.1.1, 3.3.5). */
  qosOf(topic: string): number {
    return Math.max(0, ...this.#tree.matching(topic));
  }
}

function costOf(filter: string): number {
  return Buffer.byteLength(filter) + NODE_BYTES * (filter.split('/').length + 1);
}
