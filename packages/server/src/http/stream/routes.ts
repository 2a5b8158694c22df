import type { ServerResponse } from 'node:http';
import { EVENT_STREAM_TYPE, operations } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { LiveStream } from '../../live/stream.ts';
import type { Api, ApiContext } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { routeOf } from '../route.ts';

export function streamRoutes(api: Api, context: ApiContext): void {
  const { live, clock } = context;
  api.route({
    ...routeOf(operations.stream.open),
    exposeHeadRoute: false,
    handler: ({ query }, reply) => {
      if (query.device !== undefined) existing(context, query.device);
      const limit = serverLimits.values.streams;
      if (live.readers >= limit) throw serverErrors.error('TOO_MANY_STREAMS', { limit });
      reply.hijack();
      reply.raw.writeHead(200, {
        ...headersOf(reply.getHeaders()),
        'content-type': EVENT_STREAM_TYPE,
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      serveStream(reply.raw, live, clock, query.device);
    },
  });
}

function headersOf(headers: Record<string, number | string | string[] | undefined>) {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function serveStream(response: ServerResponse, live: LiveStream, clock: Clock, device?: string): void {
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
  const reader = live.open(sink, device);
  response.on('drain', () => reader.caughtUp());
  const again = () => {
    if (response.writableLength === 0) response.write(': alive\n\n');
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
