import { coreErrors } from './catalogue.ts';
import type { FairleadError } from './errors.ts';

/** Maps an error of TLS to an error of the catalogue. Returns undefined for other errors. */
export function tlsError(error: unknown, peer: string): FairleadError | undefined {
  const { code = '', message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return coreErrors.error('TLS_CERTIFICATE_EXPIRED', { peer }, error);
    case 'CERT_NOT_YET_VALID':
      return coreErrors.error('TLS_CERTIFICATE_NOT_YET_VALID', { peer }, error);
    case 'CERT_REVOKED':
      return coreErrors.error('TLS_CERTIFICATE_REVOKED', { peer }, error);
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
    case 'CERT_SIGNATURE_FAILURE':
    case 'INVALID_CA':
      return coreErrors.error('TLS_AUTHORITY_UNKNOWN', { peer }, error);
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const { host = '', reason = message } = error as { host?: string; reason?: string };
      return coreErrors.error('TLS_NAME_MISMATCH', { peer, host, reason }, error);
    }
    case 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE':
      return coreErrors.error('TLS_CERTIFICATE_MISSING', { peer }, error);
    case 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED':
      return coreErrors.error('TLS_CERTIFICATE_WANTED', { peer }, error);
    case 'ERR_TLS_HANDSHAKE_TIMEOUT':
      return coreErrors.error('TLS_HANDSHAKE_FAILED', { peer, reason: 'it took too long' }, error);
  }
  if (code.startsWith('ERR_OSSL'))
    return coreErrors.error('TLS_MATERIAL_INVALID', { what: 'certificate or key', reason: message }, error);
  // EPROTO is an error of TLS if OpenSSL wrote the message.
  const isTls = /^(ERR_SSL|ERR_TLS|CERT_)/.test(code) || (code === 'EPROTO' && /SSL|TLS/i.test(message));
  if (!isTls) return undefined;
  return coreErrors.error('TLS_HANDSHAKE_FAILED', { peer, reason: words(error) }, error);
}

/** A readable form of codes such as `ERR_SSL_WRONG_VERSION_NUMBER`. */
function words(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_HTTP_REQUEST')
    return 'the peer does not speak TLS';
  const known = /^ERR_SSL_(.+)$/.exec(code)?.[1];
  return known === undefined ? message : known.toLowerCase().replaceAll('_', ' ');
}
