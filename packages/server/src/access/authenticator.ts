import { type Role, roleScope, type Scope } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import type { Store } from '@fairlead/store';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { peerOf } from '../peer-address.ts';
import { Failures } from './failures.ts';
import type { Principal } from './principal.ts';

interface AuthenticatorParts {
  readonly admin: AdminToken;
  readonly store: Pick<Store, 'apiTokens' | 'sessions' | 'users'>;
  readonly clock: Clock;
}

const administrator: Principal = {
  kind: 'administrator',
  name: 'administrator',
  scopes: ['admin'],
  credential: 'administrator',
};

/**
 * Finds who has a token, and counts wrong tokens by address. A right token is always accepted: behind a proxy and on
 * loopback many clients share one address, and none of them may lock the others out. Tokens are too long to be guessed.
 */
export class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #failures: Failures;

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
    const { authWindow, authAddresses } = serverLimits.values;
    this.#failures = new Failures(parts.clock, { window: authWindow, keys: authAddresses });
  }

  /** @param presented undefined: what the request shows is no token. Throws UNAUTHORIZED, or TOO_MANY_FAILURES. */
  bearer(presented: string | undefined, address: string): Principal {
    const principal = presented === undefined ? undefined : this.#ownerOf(presented);
    if (principal !== undefined) return principal;
    if (this.#failures.add(peerOf(address)) > serverLimits.values.authFailures)
      throw serverErrors.error('TOO_MANY_FAILURES', { address });
    throw serverErrors.error('UNAUTHORIZED', { reason: 'This token is not valid' });
  }

  /** @param secret of the cookie. A wrong one is not counted: pages that stay open send the cookie of a session that has ended. */
  session(secret: string): Principal {
    const { sessions, users } = this.#parts.store;
    const session = sessions.use(secret);
    const user = session?.user === undefined ? undefined : users.get(session.user);
    if (session === undefined || (session.user !== undefined && user === undefined))
      throw serverErrors.error('UNAUTHORIZED', { reason: 'The session has ended' });
    const { id, expiresAt } = session;
    const proof = { credential: sessionCredential(id), session: id, expiresAt };
    if (user === undefined) return { ...administrator, ...proof };
    const role = user.role as Role;
    return { kind: 'user', name: user.name, role, scopes: [roleScope[role]], ...proof };
  }

  #ownerOf(presented: string): Principal | undefined {
    const { admin, store } = this.#parts;
    if (admin.matches(presented)) return administrator;
    const token = store.apiTokens.use(presented);
    if (token === undefined) return undefined;
    const { name, scopes, expiresAt } = token;
    return { kind: 'token', name, scopes: scopes as Scope[], credential: tokenCredential(name), expiresAt };
  }
}

/** What {@link Principal.credential} is for a token. */
export const tokenCredential = (name: string): string => `token ${name.toLowerCase()}`;

export const sessionCredential = (id: string): string => `session ${id}`;
