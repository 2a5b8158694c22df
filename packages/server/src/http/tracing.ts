/**
 * Requests as spans, from when it is known who asks: a stranger cannot make a trace. Where nothing is traced, there are no hooks.
 */
import type { Span, Tracer } from '@fairlead/core';
import type { Api } from './context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent if the request is not traced. */
    span?: Span | undefined;
  }
}

export function traceRequests(api: Api, tracer: Tracer | undefined): void {
  if (tracer === undefined) return;
  api.addHook('onRequest', async (request) => {
    const { traceparent } = request.headers;
    const route = request.routeOptions.url ?? 'unknown';
    const isTrusted = request.principal !== undefined && typeof traceparent === 'string';
    const parent = isTrusted ? traceparent : undefined;
    request.span = tracer.begin(`${request.method} ${route}`, 'server', parent);
    request.span?.set('http.request.method', request.method);
    request.span?.set('http.route', route);
    // A stream has no response of fastify.
    const { raw } = request;
    const span = request.span;
    if (span !== undefined) raw.once('close', () => span.end());
  });
  api.addHook('onResponse', async ({ span, refusal }, { statusCode }) => {
    span?.set('http.response.status_code', statusCode);
    // What the client did wrong is no error of the service.
    if (statusCode >= 500) span?.end(refusal ?? String(statusCode));
    else span?.end();
  });
}
