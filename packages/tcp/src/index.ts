export {
  type Clock,
  type Duration,
  FairleadError,
  isFairleadError,
  type Size,
  systemClock,
} from '@fairlead/core';
export { tcpErrors } from './catalogue.ts';
export type { Client, StateChange } from './client/client.ts';
export type { ClientOptions, ProbeOptions } from './client/options.ts';
export { connect } from './client/reconnecting-client.ts';
export type { ClientState } from './client/state.ts';
export type { ClientStats } from './client/stats.ts';
export { type HeadVerdict, HttpDetector, isHttpRequestHead } from './detect/http.ts';
export { refuseHttp } from './detect/refuse.ts';
export { isTlsClientHello } from './detect/tls.ts';
export * from './framing/index.ts';
export { readFraming } from './framing/read.ts';
export { tcpLimits } from './limits.ts';
export type {
  Acceptor,
  Address,
  Dial,
  DialOptions,
  Listen,
  ListenOptions,
  Lookup,
  SocketOptions,
} from './link/dial.ts';
export type { Reader } from './link/inlet.ts';
export type { Link, LinkObserver } from './link/link.ts';
export { readSocketTable, type SocketEnds, SocketTable, type SocketTrouble } from './link/socket-table.ts';
export type { LinkState } from './link/state.ts';
export type { ServerTlsOptions, TlsOptions } from './link/tls-options.ts';
export type { PeerIdentity, Transport, TransportEvents } from './link/transport.ts';
export { ClientPool, type ClientPoolStats, type PoolOptions, pool } from './pool/client-pool.ts';
export type { PoolFactory } from './pool/factory.ts';
export { Lease } from './pool/lease.ts';
export type { PoolLimits } from './pool/options.ts';
export { Pool, type PoolSettings } from './pool/pool.ts';
export type { PoolStats } from './pool/stats.ts';
export { exportStats, type MetricRegistry, type StatsSource } from './prometheus.ts';
export type { Correlation, KeyCorrelation, RequestOptions } from './request/options.ts';
export type { BroadcastOptions, ServeOptions, ServerLimits } from './server/options.ts';
export { Server, serve } from './server/serve.ts';
export type { Session } from './server/session.ts';
export type { ServerStats } from './server/stats.ts';
export { Histogram, type HistogramSnapshot } from './stats/histogram.ts';
export type { LinkStats } from './stats/link.ts';
export type { Traffic } from './stats/traffic.ts';
export {
  type CodePage,
  type CodePageOptions,
  codePage,
  codePageNames,
  type OnInvalid,
} from './text/code-page.ts';
export type { TextStream } from './text/stream.ts';
