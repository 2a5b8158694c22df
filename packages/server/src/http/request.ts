/** What refusals and logs say of a request. */
import type { FastifyRequest } from 'fastify';
import { serverLimits } from '../limits.ts';

export const factsOf = (request: FastifyRequest) => ({
  method: request.method,
  path: pathOf(request),
  complete: request.raw.complete,
  bodyLimit: request.routeOptions.bodyLimit ?? serverLimits.values.body,
});

/** Without the query. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';
