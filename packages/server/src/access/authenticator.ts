import type { Scope } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import type { StoreApiTokens } from '@fairlead/store';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { peerOf } from '../peer-address.ts';
import { Failures } from './failures.ts';
import type { Principal } from './principal.ts';

interface AuthenticatorParts {
  readonly admin: AdminToken;
  readonly tokens: StoreApiTokens;
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

  #ownerOf(presented: string): Principal | undefined {
    const { admin, tokens } = this.#parts;
    if (admin.matches(presented)) return administrator;
    const token = tokens.use(presented);
    if (token === undefined) return undefined;
    const { name, scopes, expiresAt } = token;
    return { kind: 'token', name, scopes: scopes as Scope[], credential: tokenCredential(name), expiresAt };
  }
}

/** What {@link Principal.credential} is for a token. */
export const tokenCredential = (name: string): string => `token ${name.toLowerCase()}`;
