import { coreErrors, type FairleadError, networkError } from '@fairlead/core';
import { busErrors } from './catalogue.ts';

/** Reason codes of CONNACK for refused credentials: MQTT 3.1.1 (3.2.2.3) and MQTT 5 (3.2.2.2). */
const CREDENTIALS = new Set([4, 5, 0x86, 0x87, 0x8c]);

/** Maps an error of the operating system or TLS to the catalogue. */
export function networkFailure(
  cause: NodeJS.ErrnoException,
  endpoint: string,
  phase: 'connect' | 'link',
): FairleadError {
  switch (cause.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return coreErrors.error('ADDRESS_UNKNOWN', { host: endpoint.replace(/:\d+$/, '') }, cause);
    case 'ECONNRESET':
    case 'EPIPE':
      return coreErrors.error('PEER_RESET', { endpoint }, cause);
    default:
      return networkError(cause, endpoint, phase);
  }
}

/** The error for a CONNACK that refuses the connection. */
export function connackFailure(code: number, endpoint: string, cause: unknown): FairleadError {
  const entry = CREDENTIALS.has(code) ? 'BUS_CREDENTIALS_REFUSED' : 'BUS_BROKER_REFUSED';
  return busErrors.error(entry, { endpoint, reason: `reason code ${code}` }, cause);
}
