import { tcpErrors } from '../catalogue.ts';
import type { FairleadError } from '../errors.ts';
import { tlsError } from './tls-error.ts';

/** The catalogue's error for what the operating system or TLS said of a connection, or of an attempt to make one. */
export function networkError(error: unknown, endpoint: string): FairleadError {
  const { code, message } = first(error);
  switch (code) {
    case 'ECONNREFUSED':
      return tcpErrors.error('CONNECT_REFUSED', { endpoint }, error);
    case 'ENOENT': // a Unix socket that does not exist
      return tcpErrors.error('CONNECT_REFUSED', { endpoint }, error);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return tcpErrors.error('ADDRESS_UNKNOWN', { host: endpoint }, error);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return tcpErrors.error('HOST_UNREACHABLE', { endpoint }, error);
    case 'ETIMEDOUT':
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
      return tcpErrors.error('PEER_RESET', {}, error);
    case 'EADDRNOTAVAIL':
      return tcpErrors.error('NETWORK_FAILED', { reason: 'no local address or port is free for it' }, error);
    case 'EACCES':
    case 'EPERM':
      return tcpErrors.error('CONNECT_FORBIDDEN', { endpoint }, error);
    default:
      return (
        tlsError(error, endpoint) ?? tcpErrors.error('NETWORK_FAILED', { reason: code ?? message }, error)
      );
  }
}

/** The catalogue's error for an endpoint that cannot be listened at. */
export function listenError(error: unknown, endpoint: string): FairleadError {
  const { code, message } = first(error);
  if (code === 'EADDRINUSE') return tcpErrors.error('PORT_IN_USE', { endpoint }, error);
  const words: Readonly<Record<string, string>> = {
    EADDRNOTAVAIL: 'this machine does not have that address',
    EACCES: 'not permitted',
    EPERM: 'not permitted',
  };
  const reason = words[code ?? ''] ?? code ?? message;
  return tcpErrors.error('LISTEN_FAILED', { endpoint, reason }, error);
}

/** With several addresses to one name Node reports one error an address; the first says the most. */
function first(error: unknown): { code?: string; message: string } {
  const one = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  return { code: (one as NodeJS.ErrnoException).code, message: String((one as Error).message ?? one) };
}
