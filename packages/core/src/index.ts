export { asFairleadError, coreErrors } from './catalogue.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { CodeCounts } from './code-counts.ts';
export { defineLimits, type LimitEntry, type LimitTable } from './define-limits.ts';
export { type DialAddress, type DialTls, formatDialAddress, parseDialAddress } from './dial-address.ts';
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
export { FairTotal } from './fair-total.ts';
export { issueWords } from './issue-words.ts';
export { JsonKeySets, type JsonKeys } from './json-keys.ts';
export { type Log, silentLog } from './log.ts';
export { nestsDeeper } from './nesting.ts';
export { type NetworkPhase, networkError } from './network-error.ts';
export {
  bytes,
  type Duration,
  durationOption,
  keysAt,
  milliseconds,
  nearest,
  optionError,
  parseOptions,
  type Size,
  sizeOption,
} from './options.ts';
export { Fifo } from './queue/fifo.ts';
export { Ring } from './queue/ring.ts';
export { handshakeError } from './tls-error.ts';
export {
  formatTraceparent,
  parseTraceparent,
  type Span,
  type SpanKind,
  type SpanValue,
  type TraceContext,
  type Tracer,
} from './trace.ts';
export { Transitions, type TransitionTable } from './transitions.ts';
export { typedValue, type ValueType } from './typed-value.ts';
export { type BackoffOptions, backoff } from './wait/backoff.ts';
export { onAbort } from './wait/on-abort.ts';
export { pause, untilAborted } from './wait/pause.ts';
export { type TimeLimit, timeLimit } from './wait/time-limit.ts';
export { kept, Waiters } from './wait/waiters.ts';
