/** The HTTP API as a fastify application. The caller starts its listener. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { PROBLEM_TYPE } from '@fairlead/api';
import { handshakeError, optionError } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import type { ServerCertificates } from '@fairlead/tcp/internal';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { Authenticator } from '../access/authenticator.ts';
import { OpenRequests } from '../access/open-requests.ts';
import type { SignIn } from '../access/sign-in.ts';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { helpOf } from '../codes.ts';
import { serverLimits } from '../limits.ts';
import { guard } from './access/guard.ts';
import type { HostNames } from './access/host.ts';
import { recordChanges } from './audit/record.ts';
import { auditRoutes } from './audit/routes.ts';
import { snapshots } from './audit/snapshots.ts';
import { automationRoutes } from './automation/routes.ts';
import { backupRoutes } from './backup/routes.ts';
import { captureRoutes } from './captures/routes.ts';
import { ConnectionSlots, type SlotBounds, slotBounds } from './connection-slots.ts';
import { consoleRoutes } from './console/routes.ts';
import type { Api, ApiContext } from './context.ts';
import { desiredRoutes } from './desired/routes.ts';
import { deviceRoutes } from './devices/routes.ts';
import { downlinkRoutes } from './downlinks/routes.ts';
import { driverRoutes } from './drivers/routes.ts';
import { explainRoutes } from './explain/routes.ts';
import { historyRoutes } from './history/routes.ts';
import { importRoutes } from './import/routes.ts';
import { inboxRoutes } from './inbox/routes.ts';
import { parseJson } from './json-body.ts';
import { linkRoutes } from './links/routes.ts';
import { liveRoutes } from './live/routes.ts';
import { lockoutRoutes } from './lockouts/routes.ts';
import { messageRoutes } from './messages/routes.ts';
import { describeApi } from './openapi.ts';
import { catalogued, problemOf } from './problem.ts';
import { profileRoutes } from './profiles/routes.ts';
import { factsOf, pathOf } from './request.ts';
import { tagRevisions } from './revision-tag.ts';
import { runRoutes } from './runs/routes.ts';
import { serviceRoutes } from './service/routes.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { streamRoutes } from './stream/routes.ts';
import { tokenRoutes } from './tokens/routes.ts';
import { traceRequests } from './tracing.ts';
import { userRoutes } from './users/routes.ts';

export interface HttpOptions {
  readonly token: AdminToken;
  /** Host names of the API besides localhost, IP addresses and the name of this machine. */
  readonly hosts: HostNames;
  /** Absent: plain HTTP. */
  readonly tls?: ServerCertificates | undefined;
  readonly log: Log;
  readonly signIn: SignIn;
  /** Bounds for tests; the defaults are in `docs/limits.md`. */
  readonly bounds?: Partial<SlotBounds & { readonly head: number }>;
}

export async function createHttpApi(context: ApiContext, options: HttpOptions): Promise<Api> {
  const { values: limits } = serverLimits;
  const { head = limits.httpHead, ...bounds } = options.bounds ?? {};
  const slots = new ConnectionSlots((address) => tooMany(options.log, address), { ...slotBounds, ...bounds });
  const api: Api = fastify({
    logger: false,
    bodyLimit: limits.body,
    serverFactory: (handler) => {
      const bounds = {
        headersTimeout: head,
        maxHeaderSize: limits.httpHeadSize,
        requestTimeout: limits.httpRequest,
        keepAliveTimeout: limits.httpIdle,
        connectionsCheckingInterval: Math.min(head, limits.httpCheck),
      };
      const { tls, log } = options;
      if (tls !== undefined)
        return secureServer(tls, { ...bounds, handshakeTimeout: head }, handler, slots, log);
      const server = createServer(bounds, handler);
      slots.watch(server);
      return server;
    },
    // A stream never ends by itself: open connections are closed when the service stops.
    forceCloseConnections: true,
    return503OnClosing: false,
    // A longer parameter is a name that nothing has; the store refuses it.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) =>
      sendProblem(error, request, reply as FastifyReply, options.log),
  });
  api.removeContentTypeParser(['text/plain', 'application/json']);
  parseJson(api);
  api.setValidatorCompiler(({ schema, httpPart }) => validator(schema as unknown as z.ZodType, httpPart));
  api.setSerializerCompiler(serializerCompiler);
  const { clock, store } = context;
  const authenticator = new Authenticator({ admin: options.token, store, clock });
  const { signIn } = options;
  const open = new OpenRequests(clock);
  api.addHook('onClose', async () => open[Symbol.dispose]());
  const { connections = limits.httpConnections } = bounds;
  guard(api, { authenticator, open, ...options, slots, connections });
  tagRevisions(api);
  traceRequests(api, context.tracer);
  recordChanges(api, { store, snapshots: snapshots(context), changes: context.changes, log: options.log });
  api.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, options.log));
  api.setNotFoundHandler((request) => {
    throw serverErrors.error('ROUTE_UNKNOWN', { method: request.method, path: pathOf(request) });
  });

  await describeApi(api, context.version);
  serviceRoutes(api, context);
  backupRoutes(api, context);
  deviceRoutes(api, context);
  profileRoutes(api, context);
  explainRoutes(api, context);
  inboxRoutes(api, context);
  desiredRoutes(api, context);
  downlinkRoutes(api, context);
  messageRoutes(api, context);
  historyRoutes(api, context);
  captureRoutes(api, context);
  linkRoutes(api, context);
  driverRoutes(api, context);
  streamRoutes(api, context);
  liveRoutes(api, context);
  automationRoutes(api, context);
  runRoutes(api, context);
  tokenRoutes(api, context, open);
  auditRoutes(api, context);
  userRoutes(api, context, { signIn, open });
  lockoutRoutes(api, context, signIn);
  sessionRoutes(api, context, { signIn, open, authenticator, log: options.log });
  await consoleRoutes(api);
  await api.register(async (scope) => importRoutes(scope as unknown as Api, context));
  await api.ready();
  return api;
}

function secureServer(
  certificates: ServerCertificates,
  bounds: ServerOptions,
  handler: RequestListener,
  slots: ConnectionSlots,
  log: Log,
): Server {
  const server = createSecureServer({ ...certificates.options, ...bounds }, handler);
  certificates.attach(server);
  slots.watch(server);
  server.on('tlsClientError', (error, { remoteAddress: address = 'unknown' }) => {
    const { code, message } = handshakeError(error, address);
    log.warn({ code, address }, `A connection to the HTTP API was closed: ${message}`);
  });
  return server;
}

function tooMany(log: Log, address: string): void {
  log.warn(
    { code: 'TOO_MANY_CONNECTIONS', address },
    'A connection to the HTTP API that had shown no token was closed to make room',
  );
}

function validator(schema: z.ZodType, httpPart = 'body') {
  const where =
    { querystring: 'the query', params: 'the path', headers: 'the headers' }[httpPart] ?? 'the body';
  return (data: unknown) => {
    // Fastify passes null if there is no body.
    const result = schema.safeParse(data ?? undefined);
    if (result.success) return { value: result.data };
    const { path } = result.error.issues[0] as z.core.$ZodIssue;
    // The error about a token does not contain the token.
    const error = path.includes('token')
      ? serverErrors.error('REQUEST_INVALID', { where, reason: 'the token is not a text' })
      : optionError(schema, data, result.error, where);
    return { error };
  };
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const known = catalogued(error, factsOf(request));
  const problem = problemOf(known, helpOf);
  request.refusal = problem.code;
  if (problem.code === 'REQUEST_ABORTED')
    log.debug({ code: problem.code, address: request.ip, path: pathOf(request) }, problem.detail);
  if (problem.status === 500)
    log.error(
      { code: known.code, requestId: request.id, method: request.method, path: pathOf(request), err: error },
      'A request failed',
    );
  if (problem.status === 429)
    reply.header('retry-after', Number(known.details.seconds ?? serverLimits.values.authWindow / 1_000));
  if (problem.code === 'INTERNAL') reply.header('x-request-id', request.id);
  reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}
