/** The HTTP API as a fastify application. The caller starts its listener. */
import { createServer } from 'node:http';
import { optionError } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { jsonSchemaTransform, serializerCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { helpOf } from '../codes.ts';
import { serverLimits } from '../limits.ts';
import type { Api, ApiContext } from './context.ts';
import { Door, type DoorBounds, doorBounds } from './door.ts';
import { checkHost, Doorkeeper, ourNames } from './guard.ts';
import { parseJson } from './json-body.ts';
import { catalogued, PROBLEM_TYPE, problemOf } from './problem.ts';
import { automationRoutes } from './routes/automation.ts';
import { deviceRoutes } from './routes/devices.ts';
import { downlinkRoutes } from './routes/downlinks.ts';
import { driverRoutes } from './routes/drivers.ts';
import { importRoutes } from './routes/import.ts';
import { linkRoutes } from './routes/links.ts';
import { messageRoutes } from './routes/messages.ts';
import { statusRoutes, watchRoutes } from './routes/service.ts';
import { streamRoutes } from './routes/stream.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token and accepts any host name. */
    open?: boolean;
  }
}

export interface HttpOptions {
  readonly token: AdminToken;
  /** Additional host names of the API, besides localhost, IP addresses and the name of this machine. */
  readonly hosts: readonly string[];
  readonly log: Log;
  /** Limits that differ from `docs/limits.md`, for tests. */
  readonly bounds?: Partial<DoorBounds & { readonly head: number }>;
}

const DOCS = '/api/docs';

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
    // A stream never ends by itself. Open streams are closed when the service stops.
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

  await describe(api, context.version);
  watchRoutes(api, context);
  await api.register(
    async (scope) => {
      const v1 = scope as unknown as Api;
      deviceRoutes(v1, context);
      downlinkRoutes(v1, context);
      messageRoutes(v1, context);
      linkRoutes(v1, context);
      driverRoutes(v1, context);
      statusRoutes(v1, context);
      streamRoutes(v1, context);
      automationRoutes(v1, context);
      await v1.register(async (inner) => importRoutes(inner as unknown as Api, context));
    },
    { prefix: '/api/v1' },
  );
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
      // Only the documentation makes a browser ask for the token.
      reply.header(
        'www-authenticate',
        docs ? 'Basic realm="Fairlead: token as password"' : 'Bearer realm="Fairlead"',
      );
      // The body of an unauthenticated request is not read.
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
    // A missing body is passed as null.
    const result = schema.safeParse(data ?? undefined);
    if (result.success) return { value: result.data };
    const { path } = result.error.issues[0] as z.core.$ZodIssue;
    // An error about a token must not contain the token.
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

async function describe(api: Api, version: string): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fairlead',
        version,
        description:
          'Devices, links and messages. Times are RFC 3339 in UTC with milliseconds; errors are application/problem+json with a code of the catalogue.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
      tags: [
        { name: 'devices', description: 'Who may dial in, what they said, what is sent to them' },
        { name: 'links', description: 'Links of devices, open and closed' },
        { name: 'automation', description: 'Connections, tasks, triggers, jobs, and their runs' },
        { name: 'drivers', description: 'Devices that we dial: drivers and their properties' },
        { name: 'stream', description: 'Messages as they come' },
        { name: 'service', description: 'The service itself' },
      ],
    },
    transform: (document) =>
      document.url.startsWith(DOCS)
        ? { schema: { ...document.schema, hide: true }, url: document.url }
        : jsonSchemaTransform(document),
  });
  await api.register(swaggerUi, {
    routePrefix: DOCS,
    uiConfig: { validatorUrl: null, docExpansion: 'list', displayRequestDuration: true } as object,
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    theme: { title: 'Fairlead API' },
    logo: undefined as never,
  });
}
