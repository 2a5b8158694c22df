import { formatEndpoint, parseEndpoint } from '@fairlead/core';

const EVERYWHERE = ['', '0.0.0.0', '::'];

/** The address to connect to for a listener at `bound`. A listener on all addresses is reached at `host`. */
export function reachable(bound: string, host = '127.0.0.1'): string {
  const endpoint = parseEndpoint(bound);
  if (endpoint.protocol === 'unix' || !EVERYWHERE.includes(endpoint.host)) return bound;
  return formatEndpoint({ ...endpoint, host });
}
