import { type ApiClient, createClient, ProblemError } from '@fairlead/api';
import { cliErrors } from '../catalogue.ts';
import type { Terminal } from '../terminal.ts';
import { fetchOver, nodeFetch, reasonOf } from './node-fetch.ts';
import { type Server, serverOf, tlsSettings } from './server.ts';

/**
 * The HTTP API of the service that the environment names. Its calls also reject with `TOKEN_MISSING`, and with `ABORTED`
 * once the terminal is interrupted.
 */
export function apiOf(terminal: Pick<Terminal, 'env' | 'clock' | 'interrupted' | 'warn'>): ApiClient {
  const { env, clock, interrupted } = terminal;
  const server = serverOf(env);
  const { url, token, tls } = server;
  if (tls?.insecure) terminal.warn(unchecked(server));
  return createClient({
    url,
    token,
    fetch: tls === undefined ? nodeFetch : fetchOver(tlsSettings(tls)),
    clock,
    signal: interrupted,
    reasonOf,
    unauthorized: (refusal) => unauthorized(server, refusal),
  });
}

function unchecked({ url, context }: Server): string {
  return `Warning: the certificate of ${url.origin} is not checked (context "${context}"): anybody on the way can read and change what is sent.\n`;
}

function unauthorized({ url, token, tokenPath }: Server, refusal?: ProblemError): Error | undefined {
  if (token === undefined) return cliErrors.error('TOKEN_MISSING', { url: url.origin, path: tokenPath });
  // The advice of the service is meant for programs; the user of a command sets the token in the environment.
  const { help } = cliErrors.entries.TOKEN_MISSING;
  return refusal && new ProblemError(refusal.status, refusal.code, refusal.message, help, refusal.details);
}
