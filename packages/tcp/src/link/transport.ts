import type { FairleadError } from '@fairlead/core';

/** The events of a transport. Calls never overlap and never occur inside a call to the transport. */
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

/** The identity that a peer has proved with its certificate. */
export interface PeerIdentity {
  /** The subject's common name, where it has one. */
  readonly commonName?: string | undefined;
  /** The whole subject as the certificate shows it, one attribute a line: `CN=plc-7`. */
  readonly subject: string;
  /** Subject alternative names: `DNS:plc-7.local`, `IP Address:10.0.0.7`, `URI:spiffe://plant/plc-7`. */
  readonly alternativeNames: readonly string[];
  /** SHA-256 of the certificate: 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly issuer: string;
  /** Unix milliseconds. */
  readonly validUntil: number;
  /** Whether an authority that we trust vouches for it. */
  readonly authorized: boolean;
}

/** A connected byte duplex: a socket, TLS, or one in memory for tests. */
export interface Transport {
  /** The peer's address as `host:port`, or as the transport can tell it. */
  readonly remote: string;
  readonly local: string;
  /** What the peer's certificate says; known once {@link secure} has resolved. */
  readonly identity?: PeerIdentity | undefined;
  /** Bytes accepted by `write` that the peer's side has not taken yet. */
  readonly writableLength: number;
  /** Begins to deliver events; called once. Nothing is read before the first `resume`. */
  start(events: TransportEvents): void;
  /**
   * Sends the pieces in order, at once. false: wait for `drain`.
   * @param done called once: true when everything written so far has left, false when the transport ended first
   */
  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean;
  /**
   * An accepted transport that has yet to agree on keys: called once, before anything else is done with it.
   * Rejects with TLS_* or what else ended it.
   */
  secure?(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Sends what waits, then closes our side; the peer may go on sending. */
  end(): void;
  /** Ends at once; what waits is lost. `closed` follows with this cause. */
  destroy(cause: FairleadError): void;
  /** Like {@link destroy}, and the peer sees a reset (RST) instead of an end. Absent where that is not possible. */
  reset?(cause: FairleadError): void;
}
