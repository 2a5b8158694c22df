import { type Duration, durationOption } from '@fairlead/core';
import { z } from 'zod';
import { tcpLimits } from '../limits.ts';
import type { Histogram } from '../stats/histogram.ts';

const defaults = tcpLimits.values;

/** Requests and replies that carry a key, which matches them. */
export interface KeyCorrelation<In = unknown, Out = unknown> {
  /** The key of a request: a string, a number, or any key of a `Map`. */
  key(message: Out): unknown;
  /** The key of a frame; undefined: it is no reply. */
  keyOf(reply: In): unknown;
}

/** How a reply finds its request: `order`, the first reply for the oldest request, or by a key. */
export type Correlation<In = unknown, Out = unknown> = 'order' | KeyCorrelation<In, Out>;

export interface RequestOptions {
  /** From the call to the reply, the wait for a connection included. */
  readonly timeout?: Duration | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Instead of what the correlation's `key(message)` says. */
  readonly key?: unknown;
}

/** Bounds of the requests of a client, or of each session of a server. */
export const requestsSchema = z.strictObject({
  inFlight: z
    .int()
    .positive()
    .default(defaults.requestsInFlight)
    .describe('Requests on the wire at the same time; more wait their turn. 1: the next after the reply.'),
  queue: z
    .int()
    .nonnegative()
    .default(defaults.requestQueue)
    .describe('Requests that may wait for their turn; one more is REQUESTS_FULL.'),
  timeout: durationOption
    .default(defaults.requestTimeout)
    .describe('Time from the call to the reply, where the call names none.'),
  afterTimeout: z
    .enum(['count-off', 'close'])
    .default('count-off')
    .describe(
      'count-off: a reply that comes too late is dropped, and in order the next is for the next request. close: the link is closed, for a peer that may not answer at all.',
    ),
});

type RequestLimits = z.output<typeof requestsSchema>;

/** Settings of all requests of one owner. */
export interface RequestSettings extends RequestLimits {
  readonly correlate: Correlation;
  /** Time from sending to the reply, in milliseconds. */
  readonly latency?: Histogram | undefined;
}
