import type { ServerResponse } from 'node:http';
import { EVENT_STREAM_TYPE, LAST_EVENT_ID, operations } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import type { FastifyReply } from 'fastify';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { LiveReader, LiveSink } from '../../live/event-ring.ts';
import { TapEvents } from '../../live/tap.ts';
import type { Api, ApiContext } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { routeOf } from '../route.ts';

export function streamRoutes(api: Api, context: ApiContext): void {
  const { live, gateway, clock } = context;
  api.route({
    ...routeOf(operations.stream.open),
    exposeHeadRoute: false,
    handler: ({ query, headers }, reply) => {
      if (query.device !== undefined) existing(context, query.device);
      const limit = serverLimits.values.streams;
      if (live.readers >= limit) throw serverErrors.error('TOO_MANY_STREAMS', { limit });
      const terms = { device: query.device, after: headers[LAST_EVENT_ID] };
      serveEvents(begin(reply), clock, (sink) => live.open(sink, terms));
    },
  });

  api.route({
    ...routeOf(operations.stream.tap),
    exposeHeadRoute: false,
    handler: ({ query: { target } }, reply) => {
      // A refusal comes before the head of the answer.
      const events = new TapEvents(serverLimits.values.streamBuffer, target);
      const tap = gateway.tap(target, (event) => events.push(event));
      const response = begin(reply);
      serveEvents(response, clock, (sink) => {
        events.open(sink, () => response.end());
        return { caughtUp: () => events.caughtUp(), close: () => tap.close() };
      });
    },
  });
}

/** Begins the answer. */
export function begin(reply: FastifyReply): ServerResponse {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...headersOf(reply.getHeaders()),
    'content-type': EVENT_STREAM_TYPE,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  return reply.raw;
}

function headersOf(headers: Record<string, number | string | string[] | undefined>) {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

/** A reader whose events have no ids has no position. */
type StreamReader = Omit<LiveReader, 'position'> & Partial<Pick<LiveReader, 'position'>>;

/** Sends events until the reader leaves, with a comment in silence. */
export function serveEvents(
  response: ServerResponse,
  clock: Clock,
  open: (sink: LiveSink) => StreamReader,
): void {
  const sink = {
    get waiting() {
      return response.writableLength;
    },
    write: (text: string) => {
      response.write(text);
    },
  };
  // The head is sent at once, so that the reader knows that it is connected.
  response.write(': connected\n\n');
  const reader = open(sink);
  response.on('drain', () => reader.caughtUp());
  const again = () => {
    // The id without data moves a browser's position past events that are not for this reader.
    const position = reader.position === undefined ? '' : `id: ${reader.position}\n`;
    if (response.writableLength === 0) response.write(`: alive\n${position}\n`);
    timer = clock.after(serverLimits.values.streamKeepAlive, again);
    timer.unref?.();
  };
  let timer = clock.after(serverLimits.values.streamKeepAlive, again);
  timer.unref?.();
  response.on('close', () => {
    clock.clear(timer);
    reader.close();
  });
}
