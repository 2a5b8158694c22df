import type { FairleadError } from '../errors.ts';

/** What a transport tells its owner. Calls never overlap and never come from inside a call to the transport. */
export interface TransportEvents {
  /** Bytes arrived. The chunk belongs to the receiver. */
  onData(chunk: Buffer): void;
  /** What waited to be sent has left; after a `write` that returned false. */
  onDrain(): void;
  /** The peer will send nothing more. */
  onEnd(): void;
  /** The last event. `cause` is `PEER_CLOSED`, `LINK_CLOSED`, or what went wrong. */
  onClosed(cause: FairleadError): void;
}

/** A connected byte duplex: a socket, TLS, or one in memory for tests. */
export interface Transport {
  /** The peer's address as `host:port`, or as the transport can tell it. */
  readonly remote: string;
  readonly local: string;
  /** Bytes accepted by `write` that the peer's side has not taken yet. */
  readonly writableLength: number;
  /** Begins to deliver events; called once. Nothing is read before the first `resume`. */
  start(events: TransportEvents): void;
  /**
   * Sends the pieces in order, at once. false: wait for `drain`.
   * @param done called once: true when everything written so far has left, false when the transport ended first
   */
  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean;
  pause(): void;
  resume(): void;
  /** Sends what waits, then closes our side; the peer may go on sending. */
  end(): void;
  /** Ends at once; what waits is lost. `closed` follows with this cause. */
  destroy(cause: FairleadError): void;
}
