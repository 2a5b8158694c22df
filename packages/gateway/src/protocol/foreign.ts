/** HTTP and TLS, recognised by their first bytes: a client that connected to the wrong port. */
import { coreErrors, type FairleadError } from '@fairlead/core';
import { isHttpRequestHead, isTlsClientHello, tcpErrors } from '@fairlead/tcp';

/** HTTP_REFUSED or TLS_UNEXPECTED, where a connection that begins with these bytes speaks that. */
export function foreignProtocol(head: Uint8Array): FairleadError | undefined {
  if (isHttpRequestHead(head) === 'yes') return tcpErrors.error('HTTP_REFUSED');
  if (isTlsClientHello(head) === 'yes') return coreErrors.error('TLS_UNEXPECTED');
  return undefined;
}
