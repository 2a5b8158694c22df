import { formatEndpoint, parseEndpoint } from '@fairlead/core';

const EVERYWHERE = ['', '0.0.0.0', '::'];

/** Where to connect to what listens at `bound`: whoever listens everywhere is reached at `host`. */
export function reachable(bound: string, host = '127.0.0.1'): string {
  const endpoint = parseEndpoint(bound);
  if (endpoint.protocol === 'unix' || !EVERYWHERE.includes(endpoint.host)) return bound;
  return formatEndpoint({ ...endpoint, host });
}
