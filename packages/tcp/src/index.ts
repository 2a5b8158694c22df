export { asFairleadError, tcpErrors } from './catalogue.ts';
export { type BackoffOptions, backoff } from './client/backoff.ts';
export { Client, connect, type StateChange } from './client/client.ts';
export { type ClientOptions, clientSchema, type ProbeOptions } from './client/options.ts';
export { type ClientEvent, type ClientState, clientTransitions } from './client/state.ts';
export type { ClientStats } from './client/stats.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { type HeadVerdict, HttpDetector, isHttpRequestHead } from './detect/http.ts';
export { refuseHttp } from './detect/refuse.ts';
export { isTlsClientHello } from './detect/tls.ts';
export { type Endpoint, formatAddress, formatEndpoint, isLoopback, parseEndpoint } from './endpoint.ts';
export {
  defineErrors,
  type ErrorCatalogue,
  type ErrorDetails,
  type ErrorEntry,
  type ErrorKind,
  type ErrorSide,
  FairleadError,
  isFairleadError,
} from './errors.ts';
export {
  type Checksum,
  type CrcParameters,
  checksum,
  checksumNames,
} from './framing/checksum.ts';
export type { Codec, FrameDecoder, FrameEncoder, FrameNoise, Payload } from './framing/codec.ts';
export type { Unfinished } from './framing/deframer.ts';
export { Deframer } from './framing/deframer.ts';
export { type DelimitedOptions, delimited } from './framing/delimited.ts';
export { fixed } from './framing/fixed.ts';
export { type JsonOptions, json } from './framing/json.ts';
export { type LengthOptions, length } from './framing/length.ts';
export { type LineOptions, line } from './framing/line.ts';
export type { ByteString } from './framing/option-schemas.ts';
export { type FramingOptions, framingFromSpec, parseFraming } from './framing/parse.ts';
export { type RawOptions, raw } from './framing/raw.ts';
export { readFraming } from './framing/read.ts';
export { ByteSink } from './framing/sink.ts';
export type { DetailedFrame } from './framing/spec/decoder.ts';
export { framingJsonSchema, framingReference } from './framing/spec/reference.ts';
export { type FramingSpec, framingSpecSchema } from './framing/spec/schema.ts';
export { type TextOptions, text } from './framing/text.ts';
export { afterToken, isGeneratedToken, type TokenOptions, token } from './framing/token.ts';
export { type TpMessage, type TpOptions, TpPacket, tp, tpCommand, tpType } from './framing/tp.ts';
export { ByteWindow } from './framing/window.ts';
export { issueWords } from './issue-words.ts';
export { defineLimits, type LimitEntry, type LimitTable, tcpLimits } from './limits.ts';
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
export { Link, type LinkOwner } from './link/link.ts';
export { dialEndpoint, listenEndpoint } from './link/network.ts';
export { networkError } from './link/network-error.ts';
export type { LinkSettings } from './link/settings.ts';
export { type LinkEvent, type LinkState, linkTransitions } from './link/state.ts';
export { dialTcp, listenTcp } from './link/tcp.ts';
export { dialTls, listenTls } from './link/tls.ts';
export type { ServerTlsOptions, TlsOptions } from './link/tls-options.ts';
export type { PeerIdentity, Transport, TransportEvents } from './link/transport.ts';
export { TcpClient } from './messaging/client.ts';
export type { MessageCodecOptions } from './messaging/framed.ts';
export type { MessageHandler } from './messaging/handlers.ts';
export {
  type ConnectionChange,
  type MessageRequestOptions,
  type MessagingEvents,
  type MessagingFault,
  TcpInterface,
} from './messaging/interface.ts';
export { messageJson } from './messaging/json.ts';
export {
  type Incoming,
  type Message,
  type MessageMetadata,
  type MessageType,
  messageTypes,
  type Priority,
  priorities,
  ReceivedMessage,
  RefusedMessage,
} from './messaging/message.ts';
export {
  type MessagingOptions,
  messagingSchema,
  type TcpClientOptions,
  type TcpServerOptions,
} from './messaging/options.ts';
export { messagePack } from './messaging/pack.ts';
export { TcpServer } from './messaging/server.ts';
export { type ConnectionEvent, type ConnectionState, connectionTransitions } from './messaging/state.ts';
export type { MessagingStatistics } from './messaging/statistics.ts';
export {
  bytes,
  type Duration,
  durationOption,
  milliseconds,
  nearest,
  optionError,
  parseOptions,
  type Size,
  sizeOption,
} from './options.ts';
export { ClientPool, type ClientPoolStats, type PoolOptions, pool } from './pool/client-pool.ts';
export type { PoolFactory } from './pool/factory.ts';
export { Lease } from './pool/lease.ts';
export { type PoolLimits, poolSchema } from './pool/options.ts';
export { Pool, type PoolSettings } from './pool/pool.ts';
export type { PoolStats } from './pool/stats.ts';
export { exportStats, type MetricRegistry, StatsExport, type StatsSource } from './prometheus.ts';
export type { Correlation, KeyCorrelation, RequestOptions, RequestSettings } from './request/options.ts';
export { Requests } from './request/requests.ts';
export { type ServeOptions, type ServerLimits, serverLimitsSchema, serverSchema } from './server/options.ts';
export { type BroadcastOptions, Server, serve } from './server/serve.ts';
export { Session, type SessionSettings } from './server/session.ts';
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
export { nestsDeeper } from './text/nesting.ts';
export type { TextStream } from './text/stream.ts';
