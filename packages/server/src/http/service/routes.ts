import { operations, type ServiceStatus } from '@fairlead/api';
import type { GatewayCounters } from '@fairlead/gateway';
import { openFilesAllowed } from '../../descriptors.ts';
import { type Api, type ApiContext, iso } from '../context.ts';
import { routeOf } from '../route.ts';

export function serviceRoutes(api: Api, context: ApiContext): void {
  const { metrics, readiness } = context;
  api.route({
    ...routeOf(operations.service.health),
    handler: () => ({ ok: true as const }),
  });

  api.route({
    ...routeOf(operations.service.readiness),
    handler: (_request, reply) => {
      const state = readiness();
      reply.code(state.ready ? 200 : 503);
      return state;
    },
  });

  api.route({
    ...routeOf(operations.service.metrics),
    handler: async (_request, reply) => {
      const text = await metrics.collect();
      return reply.type(metrics.contentType).send(text);
    },
  });

  api.route({
    ...routeOf(operations.service.status),
    handler: () => statusOf(context),
  });
}

export function statusOf(context: Omit<ApiContext, 'hub'>): ServiceStatus {
  const { gateway, store, bus, live, clock } = context;
  const counters = gateway.counters();
  const uptime = clock.monotonic() - context.begun;
  const openFiles = Number(openFilesAllowed());
  const listeners = gateway.listeners().map((listener) => ({ ...listener }));
  const { published, received, queuedMessages, queuedBytes, reconnects } = bus.stats();
  return {
    version: context.version,
    // Computed from the uptime, as the wall clock may have been set meanwhile.
    startedAt: iso(Math.round(clock.now() - uptime)),
    uptime: Math.round(uptime) / 1_000,
    ...(Number.isInteger(openFiles) && { openFiles }),
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
      online: counters.online,
      suspect: counters.suspect,
      ...context.absences.read(),
      flapping: counters.flapping,
      sessions: listeners.reduce((sum, { sessions }) => sum + sessions, 0),
      streams: live.readers,
    },
    traffic: trafficOf(counters),
    process: context.health.read(),
  };
}

function trafficOf({ uplinks, traffic }: GatewayCounters): ServiceStatus['traffic'] {
  let messages = 0;
  let [bytesIn, bytesOut] = [0, 0];
  for (const count of uplinks.values()) messages += count;
  for (const each of traffic.values()) {
    bytesIn += each.bytesIn;
    bytesOut += each.bytesOut;
  }
  return { messages, bytesIn, bytesOut };
}
