/** The cookie of a session. */
import type { FastifyRequest } from 'fastify';

/** The characters of base64url. */
const SECRET = /^[\w-]{1,128}$/;

/**
 * A browser sends a cookie to every port of a host. The port is therefore in its name, so that two services on one machine do not
 * overwrite the cookies of each other. With TLS the prefix makes the browser take it from this host alone.
 */
function cookieName(request: FastifyRequest): string {
  const { host = '' } = request.headers;
  const secure = isSecure(request);
  const { port } = new URL(`http${secure ? 's' : ''}://${host}`);
  return `${secure ? '__Host-' : ''}fairlead-${port || (secure ? '443' : '80')}`;
}

/** The secret of the session; undefined: the request has no such cookie. */
export function sessionCookie(request: FastifyRequest): string | undefined {
  const wanted = cookieName(request);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== wanted) continue;
    const value = pair.slice(at + 1).trim();
    return SECRET.test(value) ? value : undefined;
  }
  return undefined;
}

/** @param secret undefined: the browser forgets the cookie */
export function setCookie(request: FastifyRequest, secret: string | undefined, ms: number): string {
  const parts = [`${cookieName(request)}=${secret ?? ''}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  parts.push(`Max-Age=${secret === undefined ? 0 : Math.floor(ms / 1_000)}`);
  if (isSecure(request)) parts.push('Secure');
  return parts.join('; ');
}

const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';
