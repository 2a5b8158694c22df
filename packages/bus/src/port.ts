/**
 * The contract of every bus adapter. Consumers declare the same shapes as their own ports, and fit them by structure.
 * Each adapter has a folder of its own.
 */
import type { FairleadError } from '@fairlead/core';

export interface BusMessage {
  /** UTF-8, 1 to 65,535 bytes, at most 100 levels, without `+`, `#` and NUL. */
  readonly topic: string;
  /** The embedded broker does not copy it: do not change the bytes after `publish`. */
  readonly payload: Uint8Array | string;
  readonly retain?: boolean;
  /**
   * User properties of MQTT 5, headers elsewhere; a bus that does not carry them leaves them out. Names of 1 to 64 letters,
   * digits, `_`, `-`; values without control characters, up to 4,096 bytes of UTF-8; at most 32 of them.
   */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds after which a broker need not deliver it any more, counted from its arrival there. At least 1. */
  readonly expiry?: number | undefined;
  /** Says which request this message answers: the correlation data of MQTT 5. At most 65,535 bytes. */
  readonly correlation?: Uint8Array | undefined;
}

/** What arrived with a message besides topic and payload. */
export interface BusDelivery {
  readonly properties?: Readonly<Record<string, string>>;
  /** The topic that the sender wants the answer on. */
  readonly responseTopic?: string;
  readonly correlation?: Uint8Array;
  /** Milliseconds that the message is valid from now on. */
  readonly expiry?: number;
}

/** Handles a message of a subscription. */
export type BusHandler = (topic: string, payload: Buffer, delivery: BusDelivery) => void;

export interface BusSubscription {
  /** Ends the subscription; its handler is not called afterwards. Idempotent. */
  close(): Promise<void>;
}

export interface Bus {
  /**
   * Whether `properties`, `expiry` and `correlation` of a message reach other programs. If not, at most subscribers of this
   * process get them. Does not change.
   */
  readonly carriesProperties: boolean;
  /**
   * Accepts the whole batch, in order, or none of it. false: the bus is slow or not connected, and the caller should stop
   * until {@link drained}. Throws BUS_TOPIC_INVALID, BUS_PROPERTY_INVALID, BUS_PAYLOAD_TOO_LARGE, BUS_QUEUE_FULL (only if the caller continues
   * after false) or BUS_CLOSED, and then has accepted nothing.
   */
  publish(batch: readonly BusMessage[]): boolean;
  /**
   * More waits than leaves within a few milliseconds. A publisher that has much waits for {@link caughtUp} then, so that what
   * others publish is not late. Absent: not known.
   */
  readonly behind?: boolean;
  /** Resolves when the bus is not `behind`; at once if it is not now. Rejects with ABORTED or BUS_CLOSED. */
  caughtUp?(signal?: AbortSignal): Promise<void>;
  /** Resolves when `publish` may continue; at once if it may now. Rejects with ABORTED or BUS_CLOSED. */
  drained(signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when all messages accepted so far have reached the broker (at a QoS above 0: are confirmed by it).
   * Rejects with ABORTED, BUS_CLOSED, or at QoS 0 with BUS_UNCONFIRMED if the connection was lost meanwhile.
   */
  flushed(signal?: AbortSignal): Promise<void>;
  /**
   * `filter` has MQTT's syntax (`+`, `#`). The subscription survives reconnects. If several filters match, each handler
   * is called. It delivers messages published from now on, and no earlier retained messages: a reconnect must not run a
   * command again. Resolves when the broker has granted it, or at once without a connection; the subscription is then
   * made on connect. `$share/GROUP/FILTER` lets
   * the broker distribute the messages among all subscribers of the group: with MQTT 5 and NATS, which has queue groups.
   * Rejects with BUS_FILTER_INVALID, BUS_SUBSCRIBE_REFUSED or BUS_CLOSED.
   */
  subscribe(filter: string, handler: BusHandler): Promise<BusSubscription>;
}

/** `connecting`: not connected yet; `down`: the connection was lost or failed, and the bus tries again. */
export type BusState = 'connecting' | 'connected' | 'down' | 'closed';

export interface BusStateChange {
  readonly from: BusState;
  readonly to: BusState;
  /** Why it is down. */
  readonly cause?: FairleadError | undefined;
}

/** Counters since startup, and the present queue. */
export interface BusStats {
  /** Messages accepted by `publish`. */
  readonly published: number;
  /** Messages received for a subscription. */
  readonly received: number;
  /** Messages that the broker or its stated limits refused; each reason is logged once per connection. */
  readonly refused: number;
  /** Always 0: no accepted message is dropped to make room. */
  readonly dropped: 0;
  /** Messages and bytes not yet written to the operating system (QoS 0) or not yet confirmed (QoS 1). */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Connections after the first. */
  readonly reconnects: number;
}

/** A bus with its lifecycle, for its owner; all others use {@link Bus}. */
export interface BusAdapter extends Bus, AsyncDisposable {
  readonly kind: 'embedded' | 'mqtt' | 'nats' | 'webhook' | 'stdout' | 'thingspanel';
  readonly state: BusState;
  /** Why the bus is down, while it is. */
  readonly cause: FairleadError | undefined;
  /** Calls `listener` after each change of state. The returned function removes the listener. */
  on(event: 'state', listener: (change: BusStateChange) => void): () => void;
  /** Throws what `publish` would throw now, and accepts nothing. */
  check(batch: readonly BusMessage[]): void;
  /** Resolves when the state is `connected`. Rejects with ABORTED or BUS_CLOSED. */
  ready(signal?: AbortSignal): Promise<void>;
  stats(): BusStats;
  /** Accepts nothing more, sends waiting messages within the grace period, then disconnects. Idempotent. */
  close(): Promise<void>;
}
