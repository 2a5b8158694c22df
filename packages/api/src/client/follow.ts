/** The event stream, over restarts of the service. */
import { backoff, type FairleadError, pause } from '@fairlead/core';
import { apiErrors } from '../catalogue.ts';
import { apiLimits } from '../limits.ts';
import type { Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { LAST_EVENT_ID, openStream, openTap } from '../resources/stream.ts';
import type { HttpCaller, Request } from './http.ts';
import { chunks, lines } from './lines.ts';
import { type ServerEvent, serverEvents } from './server-events.ts';

export interface FollowOptions {
  /** Only messages of this device. */
  readonly device?: string | undefined;
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal | undefined;
  readonly random?: () => number;
  /** The service has begun to send. */
  readonly connected?: () => void;
  /** The connection is lost; the client tries again until the service is back. */
  readonly lost?: (why: string) => void;
  /** The service left messages out because they were not read fast enough. */
  readonly missed?: (count: number) => void;
  /** The client was away for too long: messages of unknown number are missing. */
  readonly reset?: () => void;
}

/**
 * The messages of the event stream as JSON text. Once connected, it reconnects for as long as it takes, and goes on after the
 * last message that it got. Rejects when the first attempt fails, or the service refuses.
 */
export async function* followText(http: HttpCaller, options: FollowOptions): AsyncGenerator<string> {
  const stream = () => ({ operation: openStream, query: { device: options.device } });
  const { reconnectMin: min, reconnectMax: max, streamSilence: silence } = apiLimits.values;
  for await (const { event, data } of reconnecting(http, stream, { ...options, min, max, silence })) {
    if (event === 'missed') options.missed?.(Number(data));
    else if (event === 'reset') options.reset?.();
    else if (event === 'message') yield data;
  }
}

interface ReconnectOptions extends Pick<FollowOptions, 'signal' | 'random' | 'connected' | 'lost'> {
  /** Milliseconds: bounds of the pause before a new attempt, and of the silence after which the connection counts as lost. */
  readonly min: number;
  readonly max: number;
  readonly silence: number;
  /** Try again although the service was never reached. */
  readonly patient?: boolean | undefined;
  /** Its abort ends the pause that there is at the time. */
  readonly wake?: () => AbortSignal;
}

/** The events of a stream, over restarts of the service. `stream` says before each connection what to ask for. */
export async function* reconnecting(
  http: HttpCaller,
  stream: () => EventStream,
  options: ReconnectOptions,
): AsyncGenerator<ServerEvent> {
  const { random = Math.random, min, max, silence, wake, patient = false } = options;
  const signal = AbortSignal.any([options.signal, http.options.signal].filter((each) => each !== undefined));
  let connected = patient;
  let failures = 0;
  let last: string | undefined;
  const heard = {
    begun: () => {
      connected = true;
      failures = 0;
      options.connected?.();
    },
    seen: (id: string) => {
      last = id;
    },
  };
  while (!signal.aborted) {
    try {
      yield* connection(http, { ...stream(), headers: { [LAST_EVENT_ID]: last } }, heard, silence, signal);
      if (!signal.aborted) options.lost?.('the service closed the stream');
    } catch (error) {
      if (signal.aborted) return;
      if (!connected || !isTransient(error)) throw error;
      if (failures === 0) options.lost?.((error as Error).message);
    }
    const ms = backoff(failures++, { min, max, jitter: 'full' }, random);
    await pause(http.options.clock, ms, wake === undefined ? signal : AbortSignal.any([signal, wake()]));
  }
}

export interface TapOptions {
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal | undefined;
  readonly connected?: () => void;
  /** The service left events out because they were not read fast enough. */
  readonly missed?: (count: number) => void;
}

/** What happens on a link or a device as JSON text, until the link or the service ends. Rejects when the service refuses. */
export async function* tapText(
  http: HttpCaller,
  target: string,
  options: TapOptions,
): AsyncGenerator<string> {
  const signal = AbortSignal.any([options.signal, http.options.signal].filter((each) => each !== undefined));
  const heard = { begun: options.connected ?? (() => {}), seen: () => {} };
  try {
    for await (const { event, data } of connection(
      http,
      { operation: openTap, query: { target } },
      heard,
      apiLimits.values.streamSilence,
      signal,
    )) {
      if (event === 'missed') options.missed?.(Number(data));
      else if (event === 'message') yield data;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

interface EventStream {
  readonly operation: Operation;
  readonly query: Request['query'];
  readonly headers?: Request['headers'];
}

interface Heard {
  /** The service has begun to send. */
  readonly begun: () => void;
  /** Id of what has come. */
  readonly seen: (id: string) => void;
}

/** One connection, until it ends. Silence that is longer than the limit counts as an end. */
async function* connection(
  http: HttpCaller,
  { operation, query, headers }: EventStream,
  { seen, begun }: Heard,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const { clock, url } = http.options;
  const silence = new AbortController();
  const arm = () => clock.after(limit, () => silence.abort());
  let timer = arm();
  const heard = (): void => {
    clock.clear(timer);
    timer = arm();
  };
  try {
    const answer = await http.open(operation, {
      query: { ...query },
      ...(headers !== undefined && { headers }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    heard();
    begun();
    yield* serverEvents(lines(chunks(answer.body), url.origin), heard, seen);
  } catch (error) {
    if (silence.signal.aborted) throw apiErrors.error('SERVER_TIMEOUT', { url: url.origin, limit }, error);
    throw http.failure(error, signal);
  } finally {
    clock.clear(timer);
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof ProblemError) return error.retryable;
  return ['network', 'timeout', 'closed'].includes((error as FairleadError).kind);
}
