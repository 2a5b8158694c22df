/** The message bus, as the gateway needs it. */

export interface BusMessage {
  readonly topic: string;
  readonly payload: Uint8Array | string;
  readonly retain?: boolean;
  /** User properties of MQTT 5, headers of HTTP and NATS; left out where the bus has none. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds after which a broker need not deliver it any more. */
  readonly expiry?: number | undefined;
  /** Says which request this message answers: the correlation data of MQTT 5. */
  readonly correlation?: Uint8Array | undefined;
}

/** What came with a message besides topic and payload. */
export interface BusDelivery {
  readonly properties?: Readonly<Record<string, string>>;
  readonly responseTopic?: string;
  readonly correlation?: Uint8Array;
  /** Milliseconds. */
  readonly expiry?: number;
}

export interface BusSubscription {
  close(): Promise<void>;
}

export interface Bus {
  /** Whether `properties`, `expiry` and `correlation` reach other programs; if not (default), do not build them for each uplink. */
  readonly carriesProperties?: boolean;
  /**
   * Takes the batch over, in order; it is never refused in part. false: the bus is slow or away, and the caller reads
   * no more from its sockets until {@link drained}.
   */
  publish(batch: readonly BusMessage[]): boolean;
  /** More waits than leaves within a few milliseconds, so that devices take turns. Absent: not known, and they do not. */
  readonly behind?: boolean;
  /** Resolves when the bus is not `behind`; at once if it is not now. */
  caughtUp?(signal?: AbortSignal): Promise<void>;
  /** Resolves when `publish` may go on; at once if it may already. */
  drained(signal?: AbortSignal): Promise<void>;
  /** Resolves when everything taken over so far has reached the broker (confirmed by it, at a QoS above 0). */
  flushed(signal?: AbortSignal): Promise<void>;
  /** `filter` in MQTT's syntax (`+`, `#`). Lives across reconnects. Several filters that match call several handlers. */
  subscribe(
    filter: string,
    handler: (topic: string, payload: Buffer, delivery: BusDelivery) => void,
  ): Promise<BusSubscription>;
}
