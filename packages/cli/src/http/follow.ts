import { type Clock, type FairleadError, isFairleadError } from '@fairlead/core';
import { cliLimits } from '../limits.ts';
import { pause } from '../pause.ts';
import type { Api } from './api.ts';
import { serverEvents } from './events.ts';
import { failure } from './exchange.ts';
import { lines } from './lines.ts';
import { ProblemError } from './problem.ts';

export interface FollowOptions {
  /** Only messages of this device. */
  readonly device?: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Ends the stream, without an error. */
  readonly signal: AbortSignal;
  /** Called when the service starts to send. */
  readonly connected?: () => void;
  /** Called when the connection to the service is lost. It is retried until it succeeds. */
  readonly lost?: (why: string) => void;
  /** Called when the service dropped messages because this program did not read fast enough. */
  readonly missed?: (count: number) => void;
}

/**
 * The messages of the live stream as JSON text. It survives restarts of the service: after the first connection, it reconnects for
 * as long as necessary. Rejects if the first attempt fails or the service refuses.
 */
export async function* follow(api: Api, options: FollowOptions): AsyncGenerator<string> {
  const { signal, clock } = options;
  const { reconnectMin, reconnectMax } = cliLimits.values;
  let connected = false;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const data of once(api, options, () => {
        connected = true;
        failures = 0;
      })) {
        yield data;
      }
      if (!signal.aborted) options.lost?.('the service closed the stream');
    } catch (error) {
      if (signal.aborted) return;
      if (!connected || !worthAnotherTry(error)) throw error;
      if (failures === 0) options.lost?.((error as Error).message);
    }
    const most = Math.min(reconnectMax, reconnectMin * 2 ** failures++);
    await pause(most * options.random(), clock, signal);
  }
}

/** One connection until its end. A silence longer than the keep-alive interval of the service counts as the end. */
async function* once(api: Api, options: FollowOptions, begun: () => void): AsyncGenerator<string> {
  const { clock } = options;
  const silence = new AbortController();
  let timer = clock.after(cliLimits.values.streamSilence, () => silence.abort());
  const alive = (): void => {
    clock.clear(timer);
    timer = clock.after(cliLimits.values.streamSilence, () => silence.abort());
  };
  const signal = AbortSignal.any([options.signal, silence.signal]);
  try {
    const answer = await api.open('GET', 'stream', {
      accept: 'text/event-stream',
      query: { device: options.device },
      signal,
    });
    begun();
    alive();
    options.connected?.();
    const place = api.server.url.origin;
    const read = lines(answer as AsyncIterable<Buffer>, place);
    for await (const { event, data } of serverEvents(read, alive)) {
      if (event === 'missed') options.missed?.(Number(data));
      else if (event === 'message') yield data;
    }
  } catch (error) {
    throw isFairleadError(error) ? error : failure(error, api.server.url.origin, options.signal);
  } finally {
    clock.clear(timer);
  }
}

function worthAnotherTry(error: unknown): boolean {
  if (error instanceof ProblemError) return error.retryable;
  return ['network', 'timeout', 'closed'].includes((error as FairleadError).kind);
}
