/** The HTTP API as a fastify application; it listens where the caller says. */
import { createServer } from 'node:http';
import { PROBLEM_TYPE } from '@fairlead/api';
import { optionError } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { helpOf } from '../codes.ts';
import { serverLimits } from '../limits.ts';
import { checkHost, Doorkeeper, ourNames } from './access.ts';
import { automationRoutes } from './automation/routes.ts';
import { Door, type DoorBounds, doorBounds } from './connection-slots.ts';
import type { Api, ApiContext } from './context.ts';
import { deviceRoutes } from './devices/routes.ts';
import { downlinkRoutes } from './downlinks/routes.ts';
import { driverRoutes } from './drivers/routes.ts';
import { importRoutes } from './import/routes.ts';
import { parseJson } from './json-body.ts';
import { linkRoutes } from './links/routes.ts';
import { messageRoutes } from './messages/routes.ts';
import { DOCS, describeApi } from './openapi.ts';
import { catalogued, problemOf } from './problem.ts';
import { runRoutes } from './runs/routes.ts';
import { serviceRoutes } from './service/routes.ts';
import { streamRoutes } from './stream/routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers to anybody, by any name. */
    open?: boolean;
  }
}

export interface HttpOptions {
  readonly token: AdminToken;
  /** Names besides localhost, IP addresses and that of this machine by which the API may be called. */
  readonly hosts: readonly string[];
  readonly log: Log;
  /** Other bounds than those of `docs/limits.md`; for tests. */
  readonly bounds?: Partial<DoorBounds & { readonly head: number }>;
}

export async function createHttpApi(context: ApiContext, options: HttpOptions): Promise<Api> {
  const { values: limits } = serverLimits;
  const { head = limits.httpHead, ...bounds } = options.bounds ?? {};
  const door = new Door((address) => tooMany(options.log, address), { ...doorBounds, ...bounds });
  const api: Api = fastify({
    logger: false,
    bodyLimit: limits.body,
    serverFactory: (handler) => {
      const server = createServer(
        {
          headersTimeout: head,
          maxHeaderSize: limits.httpHeadSize,
          requestTimeout: limits.httpRequest,
          keepAliveTimeout: limits.httpIdle,
          connectionsCheckingInterval: Math.min(head, limits.httpCheck),
        },
        handler,
      );
      door.watch(server);
      return server;
    },
    // A stream never ends by itself: what is open when the service stops is closed.
    forceCloseConnections: true,
    return503OnClosing: false,
    // What is too long is a name that nothing has; the store says so.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) =>
      sendProblem(error, request, reply as FastifyReply, options.log),
  });
  api.removeContentTypeParser(['text/plain', 'application/json']);
  parseJson(api);
  api.setValidatorCompiler(({ schema, httpPart }) => validator(schema as unknown as z.ZodType, httpPart));
  api.setSerializerCompiler(serializerCompiler);
  guard(api, context, options, door);
  api.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, options.log));
  api.setNotFoundHandler((request) => {
    throw serverErrors.error('ROUTE_UNKNOWN', { method: request.method, path: pathOf(request) });
  });

  await describeApi(api, context.version);
  serviceRoutes(api, context);
  deviceRoutes(api, context);
  downlinkRoutes(api, context);
  messageRoutes(api, context);
  linkRoutes(api, context);
  driverRoutes(api, context);
  streamRoutes(api, context);
  automationRoutes(api, context);
  runRoutes(api, context);
  await api.register(async (scope) => importRoutes(scope as unknown as Api, context));
  await api.ready();
  return api;
}

function tooMany(log: Log, address: string): void {
  log.warn(
    { code: 'TOO_MANY_CONNECTIONS', address },
    'A connection to the HTTP API that had shown no token was closed to make room',
  );
}

function guard(
  api: Api,
  { clock }: ApiContext,
  { token, hosts, log, bounds }: HttpOptions,
  door: Door,
): void {
  const names = ourNames(hosts);
  const doorkeeper = new Doorkeeper(token, clock);
  api.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    if (request.routeOptions.config.open) return;
    reply.header('cache-control', 'no-store');
    if (door.isReserve(request.raw.socket)) {
      reply.header('connection', 'close');
      const limit = bounds?.connections ?? serverLimits.values.httpConnections;
      throw serverErrors.error('TOO_MANY_CONNECTIONS', { limit });
    }
    checkHost(request, names);
    const docs = request.url === DOCS || request.url.startsWith(`${DOCS}/`);
    try {
      doorkeeper.admit(request.headers.authorization, request.ip, docs);
      door.prove(request.raw.socket);
    } catch (error) {
      const { code } = catalogued(error, askedOf(request));
      // A browser asks its user for the token where the documentation is, and nowhere else.
      reply.header(
        'www-authenticate',
        docs ? 'Basic realm="Fairlead: token as password"' : 'Bearer realm="Fairlead"',
      );
      // The body of a stranger is not read.
      reply.header('connection', 'close');
      if (request.headers.authorization !== undefined)
        log.warn(
          { code, address: request.ip, method: request.method, path: pathOf(request) },
          'A wrong token was refused',
        );
      throw error;
    }
  });
}

function validator(schema: z.ZodType, httpPart = 'body') {
  const where =
    { querystring: 'the query', params: 'the path', headers: 'the headers' }[httpPart] ?? 'the body';
  return (data: unknown) => {
    // No body at all comes as null.
    const result = schema.safeParse(data ?? undefined);
    if (result.success) return { value: result.data };
    const { path } = result.error.issues[0] as z.core.$ZodIssue;
    // What is wrong with a token is said without the token.
    const error = path.includes('token')
      ? serverErrors.error('REQUEST_INVALID', { where, reason: 'the token is not a text' })
      : optionError(schema, data, result.error, where);
    return { error };
  };
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const known = catalogued(error, askedOf(request));
  const problem = problemOf(known, helpOf);
  if (problem.code === 'REQUEST_ABORTED')
    log.debug({ code: problem.code, address: request.ip, path: pathOf(request) }, problem.detail);
  if (problem.status === 500)
    log.error(
      { code: known.code, requestId: request.id, method: request.method, path: pathOf(request), err: error },
      'A request failed',
    );
  if (problem.status === 429) reply.header('retry-after', serverLimits.values.authWindow / 1_000);
  if (problem.code === 'INTERNAL') reply.header('x-request-id', request.id);
  reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}

const askedOf = (request: FastifyRequest) => ({
  method: request.method,
  path: pathOf(request),
  complete: request.raw.complete,
});

/** Without the query. */
const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';
