import type { FairleadError } from '../errors.ts';

/** What a transport tells its owner. Calls never overlap and never come from inside a call to the transport. */
export interface TransportEvents {
  /** Bytes arrived. The chunk belongs to the receiver. */
  data(chunk: Buffer): void;
  /** What waited to be sent has left; after a `write` that returned false. */
  drain(): void;
  /** The peer will send nothing more. */
  end(): void;
  /** The last event. `cause` is `PEER_CLOSED`, `LINK_CLOSED`, or what went wrong. */
  closed(cause: FairleadError): void;
}

/** A connected byte duplex: a socket, TLS, or one in memory for tests. */
export interface Transport {
  /** The peer's address as `host:port`, or as the transport can tell it. */
  readonly remote: string;
  readonly local: string;
  /** Bytes accepted by `write` that the peer's side has not taken yet. */
  readonly writableLength: number;
  /** Begins to deliver events; called once. */
  start(events: TransportEvents): void;
  /** Sends the pieces in order, at once. false: wait for `drain`. */
  write(pieces: readonly Uint8Array[]): boolean;
  pause(): void;
  resume(): void;
  /** Sends what waits, then closes our side; the peer may go on sending. */
  end(): void;
  /** Ends at once; what waits is lost. `closed` follows with this cause. */
  destroy(cause: FairleadError): void;
}
