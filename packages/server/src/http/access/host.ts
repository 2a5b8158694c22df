/** The checks of the host name and of the origin before each request. */

import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyRequest } from 'fastify';
import { serverErrors } from '../../catalogue.ts';

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

/** The host names that the service always has, and those of the configuration, which may change. */
export class HostNames {
  #names: ReadonlySet<string> = new Set();

  constructor(more: readonly string[]) {
    this.set(more);
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  set(more: readonly string[]): void {
    this.#names = new Set(['localhost', hostname(), ...more].map((name) => name.toLowerCase()));
  }
}

function isServiceName(host: string, names: ReadonlySet<string>): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname: name, username, pathname } = new URL(`http://${host}`);
  if (username !== '' || pathname !== '/') return false;
  return names.has(name.toLowerCase()) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}
