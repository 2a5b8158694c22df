import { coreErrors } from './catalogue.ts';
import type { FairleadError } from './errors.ts';
import { tlsError } from './tls-error.ts';

/** The operation that failed. The operating system uses the same error code for different operations. */
export type NetworkPhase = 'connect' | 'listen' | 'link';

/**
 * Maps an error of the operating system to an error of the catalogue.
 *
 * | code | connecting | listening | on a link |
 * |---|---|---|---|
 * | ECONNREFUSED, ENOENT | CONNECT_REFUSED | LISTEN_FAILED | NETWORK_FAILED |
 * | ETIMEDOUT | CONNECT_UNANSWERED | | PEER_UNRESPONSIVE |
 * | ECONNRESET, EPIPE | PEER_RESET | | PEER_RESET |
 * | EHOSTUNREACH, EHOSTDOWN, ENETUNREACH, ENETDOWN, ENONET | HOST_UNREACHABLE | LISTEN_FAILED | HOST_UNREACHABLE |
 * | ENOTFOUND, EAI_*, ENODATA, ESERVFAIL | ADDRESS_UNKNOWN | LISTEN_FAILED | |
 * | EADDRINUSE | NETWORK_FAILED | PORT_IN_USE | |
 * | EACCES, EPERM | CONNECT_FORBIDDEN | LISTEN_FAILED | NETWORK_FAILED |
 * | all others | TLS_* if it is an error of TLS, otherwise NETWORK_FAILED | LISTEN_FAILED | as connecting |
 *
 * @param endpoint the address, for the message
 */
export function networkError(error: unknown, endpoint: string, phase: NetworkPhase): FairleadError {
  const { code = '', message } = first(error);
  if (phase === 'listen') return listenError(error, code, message, endpoint);
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT': // a Unix socket that does not exist
      if (phase === 'connect') return coreErrors.error('CONNECT_REFUSED', { endpoint }, error);
      break;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
    case 'EAI_FAIL':
    case 'ENODATA':
    case 'ESERVFAIL':
      return coreErrors.error('ADDRESS_UNKNOWN', { host: endpoint }, error);
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'ENONET':
      return coreErrors.error('HOST_UNREACHABLE', { endpoint }, error);
    case 'ETIMEDOUT':
      return phase === 'connect'
        ? coreErrors.error('CONNECT_UNANSWERED', { endpoint }, error)
        : coreErrors.error('PEER_UNRESPONSIVE', {}, error);
    case 'EACCES':
    case 'EPERM':
      if (phase === 'connect') return coreErrors.error('CONNECT_FORBIDDEN', { endpoint }, error);
      break;
    case 'ECONNRESET':
    case 'EPIPE': // a write after the reset
      return coreErrors.error('PEER_RESET', {}, error);
  }
  return (
    tlsError(error, endpoint) ?? coreErrors.error('NETWORK_FAILED', { reason: words(code, message) }, error)
  );
}

function listenError(error: unknown, code: string, message: string, endpoint: string): FairleadError {
  if (code === 'EADDRINUSE') return coreErrors.error('PORT_IN_USE', { endpoint }, error);
  const reason = code === 'EADDRNOTAVAIL' ? 'this machine does not have that address' : words(code, message);
  return coreErrors.error('LISTEN_FAILED', { endpoint, reason }, error);
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EPERM: 'not permitted, by a firewall of this machine perhaps',
  EADDRINUSE: 'the local address and port are in use',
  EADDRNOTAVAIL: 'this machine has no address or no free port for it',
  ECONNABORTED: 'this machine aborted the connection',
  ENETRESET: 'this machine aborted the connection, because its network changed',
  EMFILE: 'this process has no file descriptors left',
  ENFILE: 'this machine has no file descriptors left',
  ENOBUFS: 'this machine has no memory left for sockets',
  ENOMEM: 'this machine has no memory left',
  EPROTO: 'a protocol error',
};

/** The text always contains the error code of the operating system. */
function words(code: string, message: string): string {
  if (code === '') return message;
  const known = WORDS[code];
  return known === undefined ? code : `${known} (${code})`;
}

/** If a name has several addresses, Node reports one error per address. The first one is the most useful. */
function first(error: unknown): { code?: string | undefined; message: string } {
  const one = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  return { code: (one as NodeJS.ErrnoException).code, message: String((one as Error).message ?? one) };
}
