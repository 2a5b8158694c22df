export { tcpErrors } from './catalogue.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
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
export type { Codec, FrameDecoder, FrameEncoder, Payload } from './framing/codec.ts';
export { ByteSink } from './framing/sink.ts';
export { ByteWindow } from './framing/window.ts';
export { defineLimits, type LimitEntry, type LimitTable, tcpLimits } from './limits.ts';
export type { Transport, TransportEvents } from './link/transport.ts';
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
