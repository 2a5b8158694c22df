/** Checks the host name, the origin and the token of a request. */

import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Clock } from '@fairlead/core';
import type { FastifyRequest } from 'fastify';
import type { AdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { peerOf } from '../peer-address.ts';

/**
 * A web page of an attacker can make a browser send requests here, with a name that the attacker points to this machine
 * (DNS rebinding) or with stored credentials of the browser. Therefore the name must belong to this service, and
 * the page must come from this service. IP addresses cannot be rebound.
 * @param names additional host names of this service
 */
export function checkHost(request: FastifyRequest, names: ReadonlySet<string>): void {
  const host = request.headers.host ?? '';
  if (!isOurs(host, names)) throw serverErrors.error('HOST_NOT_ALLOWED', { host: host.slice(0, 255) });
  const { origin } = request.headers;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host.toLowerCase() !== host.toLowerCase())
    throw serverErrors.error('ORIGIN_NOT_ALLOWED', { origin: origin.slice(0, 255) });
}

/** The default host names and the configured host names. */
export function ourNames(more: readonly string[]): ReadonlySet<string> {
  return new Set(['localhost', hostname(), ...more].map((name) => name.toLowerCase()));
}

function isOurs(host: string, names: ReadonlySet<string>): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname: name, username, pathname } = new URL(`http://${host}`);
  if (username !== '' || pathname !== '/') return false;
  return names.has(name.toLowerCase()) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/** The token of a request: a bearer token or, if `basic` is allowed, the password of any user. */
export function presentedToken(authorization: string | undefined, basic: boolean): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (!basic || scheme.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

/**
 * Authenticates the administrator and limits wrong tokens. The right token is accepted at any time: behind a proxy
 * and on loopback, many clients share one address, and none of them may lock the administrator out. Tokens are too long
 * to be guessed.
 */
export class Doorkeeper {
  readonly #token: AdminToken;
  readonly #clock: Clock;
  readonly #failures = new Map<string, { since: number; count: number }>();

  constructor(token: AdminToken, clock: Clock) {
    this.#token = token;
    this.#clock = clock;
  }

  /** Throws UNAUTHORIZED, or TOO_MANY_FAILURES. */
  admit(authorization: string | undefined, address: string, basic: boolean): void {
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
