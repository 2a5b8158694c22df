import { coreErrors } from './catalogue.ts';
import type { FairleadError } from './errors.ts';

/** Maps an error of TLS to an error of the catalogue. Returns undefined for other errors. */
export function tlsError(error: unknown, peer: string): FairleadError | undefined {
  const { message } = error as NodeJS.ErrnoException;
  const code = codeOf(error);
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return coreErrors.error('TLS_CERTIFICATE_EXPIRED', { peer }, error);
    case 'CERT_NOT_YET_VALID':
      return coreErrors.error('TLS_CERTIFICATE_NOT_YET_VALID', { peer }, error);
    case 'CERT_REVOKED':
      return coreErrors.error('TLS_CERTIFICATE_REVOKED', { peer }, error);
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return coreErrors.error('TLS_CERTIFICATE_SELF_SIGNED', { peer }, error);
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
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_VERSION_TOO_LOW':
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
      return coreErrors.error('TLS_VERSION_MISMATCH', { peer }, error);
    case 'ERR_SSL_NO_SHARED_CIPHER':
      return coreErrors.error('TLS_CIPHER_MISMATCH', { peer }, error);
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_HTTP_REQUEST':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return coreErrors.error('TLS_PLAIN_TEXT', { peer }, error);
    case 'ERR_TLS_HANDSHAKE_TIMEOUT':
      return coreErrors.error('TLS_HANDSHAKE_FAILED', { peer, reason: 'it took too long' }, error);
  }
  const refused = CERTIFICATE_ALERT.exec(code)?.[1];
  if (refused !== undefined)
    return coreErrors.error('TLS_CERTIFICATE_REFUSED', { peer, reason: spoken(refused) }, error);
  if (UNUSABLE.test(code)) {
    const reason = message === code ? spoken(code) : message;
    return coreErrors.error('TLS_CERTIFICATE_INVALID', { peer, reason }, error);
  }
  if (code.startsWith('ERR_OSSL'))
    return coreErrors.error('TLS_MATERIAL_INVALID', { what: 'certificate or key', reason: message }, error);
  // EPROTO is an error of TLS if OpenSSL wrote the message.
  const isTls = /^ERR_(SSL|TLS)/.test(code) || (code === 'EPROTO' && /SSL|TLS/i.test(message));
  if (!isTls) return undefined;
  return coreErrors.error('TLS_HANDSHAKE_FAILED', { peer, reason: words(error) }, error);
}

/** Like {@link tlsError}, for any error during a TLS handshake: a peer that closes meanwhile may not speak TLS. */
export function handshakeError(error: unknown, peer: string): FairleadError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'ECONNRESET' || code === 'EPIPE' ? 'the peer closed' : message;
  return tlsError(error, peer) ?? coreErrors.error('TLS_HANDSHAKE_FAILED', { peer, reason }, error);
}

/** Node reports what OpenSSL finds while it writes as EPROTO: `...:SSL routines:function:wrong version number:...`. */
function codeOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = code === 'EPROTO' ? /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] : undefined;
  return reason === undefined ? code : `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}

/** The alerts with which a peer refuses our certificate (RFC 8446, section 6.2), as OpenSSL names them. */
const CERTIFICATE_ALERT =
  /^ERR_SSL_.*ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED))$/;

/** What else the verification of a certificate may find, as Node names it (X509_V_ERR_* of OpenSSL). */
const UNUSABLE =
  /^(INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|(CERT|CRL|ERROR_IN_C|UNABLE_TO_(DECODE|DECRYPT|GET_CRL))[A-Z_]*)$/;

/** A readable form of codes such as `ERR_SSL_UNEXPECTED_MESSAGE`. */
function words(error: unknown): string {
  const known = /^ERR_SSL_(.+)$/.exec(codeOf(error))?.[1];
  return known === undefined ? (error as Error).message : spoken(known);
}

const spoken = (name: string): string => name.toLowerCase().replaceAll('_', ' ');
