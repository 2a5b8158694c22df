import { operations, type SignedIn } from '@fairlead/api';
import type { Log } from '@fairlead/gateway';
import type { User } from '@fairlead/store';
import type { FastifyRequest } from 'fastify';
import { type Authenticator, sessionCredential } from '../../access/authenticator.ts';
import { endSessions } from '../../access/end-sessions.ts';
import type { OpenRequests } from '../../access/open-requests.ts';
import type { Principal } from '../../access/principal.ts';
import type { SignIn } from '../../access/sign-in.ts';
import { signInPath } from '../../access/sign-in-codes.ts';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import { setCookie } from '../access/cookies.ts';
import { type Api, type ApiContext, iso, isoMaybe } from '../context.ts';
import { routeOf } from '../route.ts';

interface Parts {
  readonly signIn: SignIn;
  readonly authenticator: Authenticator;
  readonly open: OpenRequests;
  readonly log: Log;
}

interface Shown {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly code?: string | undefined;
}

export function sessionRoutes(api: Api, { store, clock }: ApiContext, parts: Parts): void {
  const { signIn, authenticator, open, log } = parts;
  const { sessions, users } = store;

  api.route({
    ...routeOf(operations.sessions.signIn),
    bodyLimit: serverLimits.values.signInBody,
    handler: async (request, reply) => {
      const user = await refusedToLog(request, () => proven(request.body, request.ip));
      const { session, secret, ended } = sessions.open({ user: user?.name, remote: request.ip });
      for (const { id } of ended) open.revoke(sessionCredential(id));
      reply.header('set-cookie', setCookie(request, secret, session.expiresAt - clock.now()));
      reply.code(201);
      request.principal = authenticator.session(secret);
      return signedIn(request.principal);
    },
  });

  /** The user; undefined: the administrator. */
  function proven({ user, password, code }: Shown, address: string): Promise<User> | User | undefined {
    if (user !== undefined && password !== undefined && code === undefined)
      return signIn.byPassword(user, password, address);
    if (code !== undefined && user === undefined && password === undefined)
      return signIn.byCode(code, address);
    throw serverErrors.error('REQUEST_INVALID', {
      where: 'the body',
      reason: 'user and password are needed, or code alone',
    });
  }

  async function refusedToLog<T>(request: FastifyRequest, attempt: () => T | Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const { code } = error as { code?: string };
      log.warn({ code, address: request.ip }, 'An attempt to sign in was refused');
      throw error;
    }
  }

  api.route({
    ...routeOf(operations.sessions.list),
    handler: ({ principal }) =>
      sessions.list().map((session) => ({
        id: session.id,
        user: session.user,
        remote: session.remote,
        createdAt: iso(session.createdAt),
        seenAt: iso(session.seenAt),
        expiresAt: iso(session.expiresAt),
        own: session.id === principal?.session,
      })),
  });

  api.route({
    ...routeOf(operations.sessions.end),
    handler: ({ params }, reply) => {
      if (endSessions({ sessions, open }, ({ id }) => id === params.id, reply.raw) === 0)
        throw serverErrors.error('WEB_SESSION_UNKNOWN', { hint: '' });
      reply.code(204).send();
    },
  });

  api.route({
    ...routeOf(operations.sessions.link),
    handler: ({ body }, reply) => {
      const user = body.user === undefined ? undefined : users.existing(body.user).name;
      const { code, expiresAt } = signIn.codes.make(user);
      reply.code(201);
      return { code, path: signInPath(code), expiresAt: iso(expiresAt) };
    },
  });

  api.route({
    ...routeOf(operations.sessions.current),
    handler: ({ principal }) => signedIn(principal as Principal),
  });

  api.route({
    ...routeOf(operations.sessions.signOut),
    handler: (request, reply) => {
      const { session } = ownSession(request.principal);
      endSessions({ sessions, open }, ({ id }) => id === session, reply.raw);
      reply.header('set-cookie', setCookie(request, undefined, 0));
      reply.code(204).send();
    },
  });

  api.route({
    ...routeOf(operations.sessions.changePassword),
    handler: async (request, reply) => {
      const { current, password } = request.body;
      const { session, name, kind } = ownSession(request.principal);
      if (kind !== 'user') throw serverErrors.error('WEB_SESSION_UNKNOWN', { hint: ' of a user' });
      await refusedToLog(request, () => signIn.byPassword(name, current, request.ip));
      users.setPassword(name, await signIn.passwords.hash(password, name));
      signIn.codes.forget(name);
      endSessions({ sessions, open }, ({ id, user }) => user === name && id !== session, reply.raw);
      reply.code(204).send();
    },
  });
}

/** Throws WEB_SESSION_UNKNOWN. */
function ownSession(principal: Principal | undefined): Principal {
  if (principal?.session !== undefined) return principal;
  throw serverErrors.error('WEB_SESSION_UNKNOWN', { hint: ': the request has a token' });
}

function signedIn({ kind, name, role, scopes, session, expiresAt }: Principal): SignedIn {
  return { kind, name, role, scopes: [...scopes], session, expiresAt: isoMaybe(expiresAt) };
}
