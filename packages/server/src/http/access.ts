/** The checks before each request: host name, origin and token. */

import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Clock } from '@fairlead/core';
import type { FastifyRequest } from 'fastify';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { peerOf } from '../peer-address.ts';

/**
 * A foreign page may make a browser send requests here: under a name that its owner points to this machine (DNS
 * rebinding), or with credentials that the browser remembers. So the host name must be one of the service, and the page
 * must come from the service. IP addresses cannot be rebound. Throws HOST_NOT_ALLOWED or ORIGIN_NOT_ALLOWED.
 * @param names host names of the service
 */
export function checkHost(request: FastifyRequest, names: ReadonlySet<string>): void {
  const host = request.headers.host ?? '';
  if (!isServiceName(host, names)) throw serverErrors.error('HOST_NOT_ALLOWED', { host: host.slice(0, 255) });
  const { origin } = request.headers;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host.toLowerCase() !== host.toLowerCase())
    throw serverErrors.error('ORIGIN_NOT_ALLOWED', { origin: origin.slice(0, 255) });
}

/** The host names that the service always has, and those of the configuration. */
export function serviceNames(more: readonly string[]): ReadonlySet<string> {
  return new Set(['localhost', hostname(), ...more].map((name) => name.toLowerCase()));
}

function isServiceName(host: string, names: ReadonlySet<string>): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname: name, username, pathname } = new URL(`http://${host}`);
  if (username !== '' || pathname !== '/') return false;
  return names.has(name.toLowerCase()) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/** The token of a request: a bearer token or, if `basic` is allowed, the password of any user. */
function presentedToken(authorization: string | undefined, basic: boolean): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (!basic || scheme.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

/**
 * Checks the administrator's token, and counts wrong tokens by address. The right token is always accepted: behind a
 * proxy and on loopback many clients share one address, and none of them may lock the administrator out. Tokens are too
 * long to be guessed.
 */
export class Authenticator {
  readonly #token: AdminToken;
  readonly #clock: Clock;
  readonly #failures = new Map<string, { since: number; count: number }>();

  constructor(token: AdminToken, clock: Clock) {
    this.#token = token;
    this.#clock = clock;
  }

  /** Throws UNAUTHORIZED, or TOO_MANY_FAILURES. */
  check(authorization: string | undefined, address: string, basic: boolean): void {
    const presented = presentedToken(authorization, basic);
    if (presented !== undefined && this.#token.matches(presented)) return;
    if (presented === undefined && authorization === undefined)
      throw serverErrors.error('UNAUTHORIZED', { reason: "The administrator's token is needed" });
    if (this.#count(peerOf(address)) > serverLimits.values.authFailures)
      throw serverErrors.error('TOO_MANY_FAILURES', { address });
    throw serverErrors.error('UNAUTHORIZED', { reason: "This is not the administrator's token" });
  }

  #count(address: string): number {
    const now = this.#clock.monotonic();
    const known = this.#failures.get(address);
    const entry =
      known === undefined || now - known.since >= serverLimits.values.authWindow
        ? { since: now, count: 1 }
        : { since: known.since, count: known.count + 1 };
    this.#failures.delete(address);
    this.#failures.set(address, entry);
    if (this.#failures.size > serverLimits.values.authAddresses)
      this.#failures.delete(this.#failures.keys().next().value as string);
    return entry.count;
  }
}
