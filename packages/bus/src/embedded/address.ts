/** `HOST:PORT`, IPv6 in brackets. Throws ENDPOINT_INVALID. */
import { coreErrors } from '@fairlead/core';
export function hostAndPort(endpoint: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%\w+)?)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(endpoint);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535)
    throw coreErrors.error('ENDPOINT_INVALID', { endpoint, reason: 'expected HOST:PORT, IPv6 in brackets' });
  return { host, port };
}

/** A host and a port as `HOST:PORT`. */
export function printEndpoint(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  const address = host.toLowerCase().replace(/^::ffff:/, '');
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}
