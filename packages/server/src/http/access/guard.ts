/** Who may ask for what: the checks before each request. */
import { allows, CSRF_HEADER, type Need, type Scope } from '@fairlead/api';
import type { Log } from '@fairlead/gateway';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../access/authenticator.ts';
import type { OpenRequests } from '../../access/open-requests.ts';
import type { Principal } from '../../access/principal.ts';
import { serverErrors } from '../../catalogue.ts';
import type { ConnectionSlots } from '../connection-slots.ts';
import type { Api } from '../context.ts';
import { DOCS } from '../openapi.ts';
import { catalogued } from '../problem.ts';
import { factsOf, pathOf } from '../request.ts';
import { sessionCookie } from './cookies.ts';
import { presentedToken } from './credentials.ts';
import { checkHost, type HostNames } from './host.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request must prove; a route that does not say it needs `admin`. */
    scope?: Need;
    /** Scopes that some keys of the query or of the body need. */
    raised?: Readonly<Record<string, Scope>>;
  }
  interface FastifyRequest {
    /** Who asks; undefined where nobody needs to say so. */
    principal: Principal | undefined;
  }
}

interface GuardOptions {
  readonly authenticator: Authenticator;
  readonly open: OpenRequests;
  readonly hosts: HostNames;
  readonly log: Log;
  readonly slots: ConnectionSlots;
  /** Most connections, which the refusal on a connection of the reserve names. */
  readonly connections: number;
}

export function guard(api: Api, { authenticator, open, ...options }: GuardOptions): void {
  const { slots, log, connections, hosts } = options;
  api.decorateRequest('principal', undefined);

  api.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    const need = needOf(request);
    if (need === 'open') return;
    reply.header('cache-control', 'no-store');
    if (slots.isReserve(request.raw.socket)) {
      reply.header('connection', 'close');
      throw serverErrors.error('TOO_MANY_CONNECTIONS', { limit: connections });
    }
    checkHost(request, hosts.names);
    if (need === 'visitor') return;
    const principal = authenticated(request, reply);
    request.principal = principal;
    checkCsrf(request, principal);
    open.add(reply.raw, principal);
    slots.prove(request.raw.socket);
    if (need === 'any' || allows(principal.scopes, need)) return;
    // The body of a request that may not be made is not read.
    reply.header('connection', 'close');
    throw missing(need, principal);
  });

  api.addHook('preHandler', async ({ principal, query, body, routeOptions }) => {
    for (const [key, scope] of Object.entries(routeOptions.config.raised ?? {}))
      if (
        principal !== undefined &&
        !allows(principal.scopes, scope) &&
        (isGiven(query, key) || isGiven(body, key))
      )
        throw missing(scope, principal);
  });

  function authenticated(request: FastifyRequest, reply: FastifyReply): Principal {
    const { authorization } = request.headers;
    const docs = isDocs(request.url);
    try {
      if (authorization !== undefined)
        return authenticator.bearer(presentedToken(authorization, docs), request.ip);
      const secret = sessionCookie(request);
      if (secret !== undefined) return authenticator.session(secret);
      throw serverErrors.error('UNAUTHORIZED', { reason: 'A token or a session is needed' });
    } catch (error) {
      const { code } = catalogued(error, factsOf(request));
      // A browser prompts for the token on the pages of the documentation only.
      reply.header(
        'www-authenticate',
        docs ? 'Basic realm="Fairlead: token as password"' : 'Bearer realm="Fairlead"',
      );
      // The body of a request without a valid token is not read.
      reply.header('connection', 'close');
      if (authorization !== undefined)
        log.warn(
          { code, address: request.ip, method: request.method, path: pathOf(request) },
          'A wrong token was refused',
        );
      throw error;
    }
  }
}

/**
 * A browser adds the cookie to the requests of any page. SameSite and the check of the origin keep out those of other sites; the
 * header, which only a page of this origin can set, also covers other ports of this host. Throws CSRF_HEADER_MISSING.
 */
function checkCsrf({ method, headers }: FastifyRequest, { session }: Principal): void {
  if (session === undefined || method === 'GET' || method === 'HEAD' || CSRF_HEADER in headers) return;
  throw serverErrors.error('CSRF_HEADER_MISSING', { header: CSRF_HEADER });
}

/** What has no route is told to everybody who may ask anything, and so is the documentation. */
function needOf(request: FastifyRequest): Need {
  if (request.is404 || isDocs(request.url)) return 'any';
  return request.routeOptions.config.scope ?? 'admin';
}

const isDocs = (url: string): boolean => url === DOCS || url.startsWith(`${DOCS}/`);

function isGiven(values: unknown, key: string): boolean {
  if (typeof values !== 'object' || values === null) return false;
  const value: unknown = Reflect.get(values, key);
  return value !== undefined && value !== false;
}

export function missing(scope: Scope, { name, scopes }: Principal) {
  return serverErrors.error('SCOPE_MISSING', { scope, name, has: scopes.join(', ') });
}
