import type { Clock } from '@fairlead/core';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { peerOf } from '../peer-address.ts';
import { Failures } from './failures.ts';
import type { Principal } from './principal.ts';

const administrator: Principal = { kind: 'administrator', name: 'administrator', scopes: ['admin'] };

/**
 * Finds who has a token, and counts wrong tokens by address. A right token is always accepted: behind a proxy and on
 * loopback many clients share one address, and none of them may lock the others out. Tokens are too long to be guessed.
 */
export class Authenticator {
  readonly #token: AdminToken;
  readonly #failures: Failures;

  constructor(token: AdminToken, clock: Clock) {
    this.#token = token;
    const { authWindow, authAddresses } = serverLimits.values;
    this.#failures = new Failures(clock, { window: authWindow, keys: authAddresses });
  }

  /**
   * @param presented undefined: the request has no token that can be read
   * @param anonymous the request shows nothing at all
   * Throws UNAUTHORIZED, or TOO_MANY_FAILURES.
   */
  check(presented: string | undefined, address: string, anonymous: boolean): Principal {
    if (presented !== undefined && this.#token.matches(presented)) return administrator;
    if (anonymous) throw serverErrors.error('UNAUTHORIZED', { reason: 'A token is needed' });
    if (this.#failures.add(peerOf(address)) > serverLimits.values.authFailures)
      throw serverErrors.error('TOO_MANY_FAILURES', { address });
    throw serverErrors.error('UNAUTHORIZED', { reason: 'This token is not valid' });
  }
}
