import type { ApiClient } from '@fairlead/api';
import { formatAddress, parseEndpoint } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import { reachable } from '../reachable.ts';

/** Where the service takes devices in that speak `protocol`, unless the command line says it. Rejects with LISTENER_MISSING. */
export async function listenerEndpoint(
  api: ApiClient,
  protocol: string,
  { host, port }: { readonly host?: string; readonly port?: number },
): Promise<string> {
  if (host !== undefined && port !== undefined) return formatAddress(host, port);
  const listeners = await api.listeners.list();
  const listener = listeners.find((each) => each.protocol === protocol);
  if (listener === undefined) {
    throw cliErrors.error('LISTENER_MISSING', { url: api.url.origin, protocol });
  }
  const address = reachable(listener.address, api.url.hostname.replace(/^\[|\]$/g, ''));
  const bound = parseEndpoint(address);
  if (bound.protocol === 'unix') return address;
  return formatAddress(host ?? bound.host, port ?? bound.port);
}
