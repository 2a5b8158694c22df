import type { ErrorEntry } from '../errors.ts';

/** What goes wrong with TLS and its certificates. */
export const tlsEntries = {
  TLS_CERTIFICATE_EXPIRED: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} has expired.',
    help: 'Its owner must renew it. If it was renewed just now, check that the clock of this machine is right.',
  },
  TLS_CERTIFICATE_NOT_YET_VALID: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} is not valid yet.',
    help: 'Check the clock of this machine; else the certificate was issued for a later time.',
  },
  TLS_CERTIFICATE_REVOKED: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} has been revoked.',
    help: 'Its authority no longer vouches for it. Its owner needs a new one.',
  },
  TLS_AUTHORITY_UNKNOWN: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'No authority that is trusted here vouches for the certificate of {peer}.',
    help: 'Name the authority that issued it in "tls.ca"; for a self-signed certificate that is the certificate itself.',
  },
  TLS_NAME_MISMATCH: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} is not for "{host}": {reason}',
    help: 'Connect by a name that stands in the certificate, or give that name in "tls.servername".',
  },
  TLS_CERTIFICATE_MISSING: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The client {peer} showed no certificate.',
    help: 'The listener lets in only clients with a certificate. Give the client one, or set "tls.clients" to "request".',
  },
  TLS_CERTIFICATE_WANTED: {
    kind: 'auth',
    side: 'local',
    retryable: true,
    message: 'The server {peer} wants a certificate from us.',
    help: 'Give one in "tls.cert" with its "tls.key".',
  },
  TLS_HANDSHAKE_FAILED: {
    kind: 'network',
    side: 'remote',
    retryable: true,
    message: 'No TLS with {peer}: {reason}.',
    help: 'Check that the peer speaks TLS at this port, and which versions and ciphers it allows.',
  },
  TLS_MATERIAL_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The TLS {what} cannot be used: {reason}.',
    help: 'Give PEM text, its bytes, or the path of a file that this process may read; the key must fit the certificate.',
  },
  TLS_UNEXPECTED: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The peer begins TLS, which this port does not speak.',
    help: 'Let the peer connect without TLS, or let this port speak TLS: a tls:// endpoint with "tls".',
  },
} as const satisfies Record<string, ErrorEntry>;
