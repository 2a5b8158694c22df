import type { Clock, FairleadError } from '@fairlead/core';
import type { ProxyHeader } from '../proxy/types.ts';
import type { ProxyTrust } from './proxy-head.ts';
import type { SocketTable, SocketTrouble } from './socket-table.ts';

/** The events of a transport. Calls never overlap and never occur inside a call to the transport. */
export interface TransportEvents {
  /** Bytes arrived. The chunk belongs to the receiver. */
  onData(chunk: Buffer): void;
  /** After a `write` that returned false: all waiting bytes have been sent. */
  onDrain(): void;
  /** The peer has ended its side. */
  onEnd(): void;
  /** The last event. `cause` is `PEER_CLOSED`, `LINK_CLOSED`, or the error. */
  onClosed(cause: FairleadError): void;
}

/** The identity that a peer has proved with its certificate. */
export interface PeerIdentity {
  /** The common name of the subject, if it has one. */
  readonly commonName?: string | undefined;
  /** The whole subject of the certificate, one attribute per line: `CN=plc-7`. */
  readonly subject: string;
  /** Subject alternative names: `DNS:plc-7.local`, `IP Address:10.0.0.7`, `URI:spiffe://plant/plc-7`. */
  readonly alternativeNames: readonly string[];
  /** SHA-256 of the certificate: 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly issuer: string;
  /** Unix milliseconds. */
  readonly validUntil: number;
  /** Whether a trusted authority has issued it. */
  readonly authorized: boolean;
}

/** A connected byte duplex: a socket, TLS, or one in memory for tests. */
export interface Transport {
  /** The address of the peer as `host:port`, or in the form of the transport; behind a trusted proxy that of its client. */
  readonly remote: string;
  readonly local: string;
  /** The identity in the certificate of the peer; known after {@link secure} has resolved. */
  readonly identity?: PeerIdentity | undefined;
  /** Bytes that `write` has accepted and that have not been sent yet. */
  readonly writableLength: number;
  /** Begins to deliver events; called once. Nothing is read before the first `resume`. */
  start(events: TransportEvents): void;
  /**
   * Sends the pieces in order, at once. If it returns false, wait for `drain`.
   * @param done called once: true when everything written so far has been sent, false if the transport ended first
   */
  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean;
  /** What a trusted proxy has said about the client; known after {@link unwrap} has resolved. */
  readonly proxied?: ProxyHeader | undefined;
  /**
   * Takes the PROXY header of an accepted transport: called once, before all other methods but `start`. From then on `remote` is
   * the address of the client. Rejects with PROXY_HEADER_*. Absent where the listener knows no proxies.
   */
  unwrap?(trust: ProxyTrust, clock: Clock): Promise<void>;
  /**
   * Performs the TLS handshake of an accepted transport: called once, before all other methods but `start` and `unwrap`.
   * Rejects with TLS_* or the error that ended it.
   */
  secure?(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Sends waiting bytes, then closes our side; the peer may continue to send. */
  end(): void;
  /** Ends at once; waiting bytes are lost. `closed` follows with this cause. */
  destroy(cause: FairleadError): void;
  /** What the table says of its socket; undefined: the peer answers. Absent where there is no socket of TCP. */
  trouble?(table: SocketTable): SocketTrouble | undefined;
  /** Whether the system probes a silent peer each second, or each minute: one that is gone answers with a reset, or not at all. */
  probe?(often: boolean): void;
  /** Like {@link destroy}, and the peer sees a reset (RST) instead of an end. Absent where that is not possible. */
  reset?(cause: FairleadError): void;
}
