/** The interfaces for opening and accepting transports. Tests implement them without sockets. */
import type { Clock, Endpoint } from '@fairlead/core';
import type { ServerTlsSettings, TlsSettings } from './tls-options.ts';
import type { Transport } from './transport.ts';

/** Options of sockets. */
export interface SocketOptions {
  /** Send small pieces at once (default true). */
  readonly noDelay?: boolean | undefined;
  /** Milliseconds of silence after which the operating system probes the peer; false: never. */
  readonly keepAlive?: number | false | undefined;
  /** Waiting bytes at which `write` starts to return false. */
  readonly writeHighWater?: number | undefined;
}

/** Something that accepts transports. */
export interface Acceptor {
  /** The bound address, with the actual port if port 0 was requested. */
  readonly endpoint: Endpoint;
  /**
   * Reads the certificates again, for new links. Returns whether they have changed. Rejects with TLS_MATERIAL_INVALID; then the
   * earlier ones stay in use. Absent without TLS.
   */
  renew?(): Promise<boolean>;
  /** Stops accepting; open transports are not affected. */
  close(): Promise<void>;
}

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Finds all addresses of a name, best first; `dns.promises.lookup(host, { all: true })` does it. */
export type Lookup = (host: string) => Promise<readonly Address[]>;

export interface DialOptions extends SocketOptions {
  readonly signal: AbortSignal;
  readonly tls?: TlsSettings | undefined;
  readonly lookup?: Lookup | undefined;
  readonly clock?: Clock | undefined;
}

/** Opens a transport to `endpoint`. Rejects with CONNECT_*, ADDRESS_UNKNOWN, HOST_UNREACHABLE, TLS_*, or the signal's reason. */
export type Dial = (endpoint: Endpoint, options: DialOptions) => Promise<Transport>;

export interface ListenOptions extends SocketOptions {
  readonly backlog?: number | undefined;
  readonly tls?: ServerTlsSettings | undefined;
  /** Whether the transports need `unwrap`. */
  readonly proxied?: boolean | undefined;
}

/** Accepts transports at `endpoint`. Rejects with PORT_IN_USE, LISTEN_FAILED or TLS_MATERIAL_INVALID. */
export type Listen = (
  endpoint: Endpoint,
  options: ListenOptions,
  accept: (transport: Transport) => void,
) => Promise<Acceptor>;
