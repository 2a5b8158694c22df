/**
 * What a bus is: the contract that every adapter keeps. Consumers declare the same shapes as their own ports, and fit
 * them by structure. Room for further adapters (NATS JetStream) is a folder beside `embedded/` and `mqtt/`.
 */
import type { FairleadError } from '@fairlead/core';

export interface BusMessage {
  /** UTF-8, 1 to 65,535 bytes, at most 100 levels, without `+`, `#` and NUL. */
  readonly topic: string;
  /** Not copied by the embedded broker: leave the bytes alone after `publish`. */
  readonly payload: Uint8Array | string;
  readonly retain?: boolean;
}

export interface BusSubscription {
  /** Ends the subscription; no call of its handler follows. Idempotent. */
  close(): Promise<void>;
}

export interface Bus {
  /**
   * Takes the batch over, in order; it is never refused in part. false: the bus is slow or away, and the caller should
   * publish no more until {@link drained}. Throws BUS_TOPIC_INVALID, BUS_PAYLOAD_TOO_LARGE, BUS_QUEUE_FULL (only a
   * caller that goes on after false meets it) or BUS_CLOSED, and then has taken nothing of the batch.
   */
  publish(batch: readonly BusMessage[]): boolean;
  /** Resolves when `publish` may go on; at once if it may already. Rejects with ABORTED or BUS_CLOSED. */
  drained(signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when everything taken over so far has reached the broker (confirmed by it, at a QoS above 0).
   * Rejects with ABORTED, BUS_CLOSED, or at QoS 0 with BUS_UNCONFIRMED when the connection broke in between.
   */
  flushed(signal?: AbortSignal): Promise<void>;
  /**
   * `filter` in MQTT's syntax (`+`, `#`). Lives across reconnects. Several filters that match call several handlers.
   * Brings what is published from now on; a retained message of before is not repeated (a command must not run again
   * because a connection was renewed). Resolves when the broker has granted it, or at once while there is none: it is
   * then made with the connection. Rejects with BUS_FILTER_INVALID, BUS_SUBSCRIBE_REFUSED or BUS_CLOSED.
   */
  subscribe(filter: string, handler: (topic: string, payload: Buffer) => void): Promise<BusSubscription>;
}

/** `connecting`: not yet connected for the first time; `down`: lost or not reachable, and trying again. */
export type BusState = 'connecting' | 'connected' | 'down' | 'closed';

export interface BusStateChange {
  readonly from: BusState;
  readonly to: BusState;
  /** Why it is down. */
  readonly cause?: FairleadError | undefined;
}

/** Counters since the start, and the queue as it is now. */
export interface BusStats {
  /** Messages taken over by `publish`. */
  readonly published: number;
  /** Messages that came for a subscription. */
  readonly received: number;
  /** Messages that the broker (or its stated limits) refused, each named in the log once a connection. */
  readonly refused: number;
  /** Always 0: nothing that was taken over is dropped to make room. */
  readonly dropped: 0;
  /** Messages and bytes not yet handed to the operating system (QoS 0) or not yet confirmed (QoS 1). */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Connections after the first. */
  readonly reconnects: number;
}

/** A bus with its life: what the server holds; everybody else sees {@link Bus}. */
export interface BusAdapter extends Bus, AsyncDisposable {
  readonly kind: 'embedded' | 'mqtt' | 'nats';
  readonly state: BusState;
  /** Why the bus is down, while it is. */
  readonly cause: FairleadError | undefined;
  /** Calls `listener` after each change of state; the returned function ends that. */
  on(event: 'state', listener: (change: BusStateChange) => void): () => void;
  /** Resolves when the state is `connected`. Rejects with ABORTED or BUS_CLOSED. */
  ready(signal?: AbortSignal): Promise<void>;
  stats(): BusStats;
  /** Takes nothing more, sends what waits within the grace, then lets go. Idempotent. */
  close(): Promise<void>;
}
