import { readySchema, statusSchema } from '@fairlead/api';
import { z } from 'zod';
import { type Api, type ApiContext, iso } from '../context.ts';
import { problems } from '../problem.ts';

/** For whatever watches over the process; the first two answer to anybody. */
export function watchRoutes(api: Api, { metrics, readiness }: ApiContext): void {
  api.route({
    method: 'GET',
    url: '/healthz',
    config: { open: true },
    schema: {
      tags: ['service'],
      summary: 'Whether the process lives',
      security: [],
      response: { 200: z.object({ ok: z.literal(true) }) },
    },
    handler: () => ({ ok: true as const }),
  });

  api.route({
    method: 'GET',
    url: '/readyz',
    config: { open: true },
    schema: {
      tags: ['service'],
      summary: 'Whether devices are served, and what stands in the way',
      security: [],
      response: { 200: readySchema, 503: readySchema },
    },
    handler: (_request, reply) => {
      const state = readiness();
      reply.code(state.ready ? 200 : 503);
      return state;
    },
  });

  api.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      tags: ['service'],
      summary: 'Metrics for Prometheus',
      produces: ['text/plain'],
      response: problems(),
    },
    handler: async (_request, reply) => {
      const text = await metrics.collect();
      return reply.type(metrics.contentType).send(text);
    },
  });
}

export function statusRoutes(api: Api, context: ApiContext): void {
  const { gateway, store, bus, live, clock } = context;
  api.route({
    method: 'GET',
    url: '/status',
    schema: {
      tags: ['service'],
      summary: 'What runs, and how it is',
      response: { 200: statusSchema, ...problems() },
    },
    handler: () => {
      const uptime = clock.monotonic() - context.begun;
      const listeners = gateway.listeners().map((listener) => ({ ...listener }));
      const { published, received, queuedMessages, queuedBytes, reconnects } = bus.stats();
      return {
        version: context.version,
        // By the time that has passed: the clock may have been set meanwhile.
        startedAt: iso(Math.round(clock.now() - uptime)),
        uptime: Math.round(uptime) / 1_000,
        ready: context.readiness(),
        bus: {
          kind: bus.kind,
          state: bus.state,
          published,
          received,
          queuedMessages,
          queuedBytes,
          reconnects,
        },
        listeners,
        counts: {
          devices: store.devices.count(),
          online: gateway.counters().online,
          sessions: listeners.reduce((sum, { sessions }) => sum + sessions, 0),
          streams: live.readers,
        },
      };
    },
  });
}
