import type { ErrorEntry } from '../errors.ts';

/** Errors of TLS and its certificates. */
export const tlsEntries = {
  TLS_CERTIFICATE_EXPIRED: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} has expired.',
    help: 'The owner must renew the certificate. If it was renewed recently, check the clock of this machine.',
  },
  TLS_CERTIFICATE_NOT_YET_VALID: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} is not valid yet.',
    help: 'Check the clock of this machine. If the clock is right, the certificate was issued for a later time.',
  },
  TLS_CERTIFICATE_REVOKED: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} has been revoked.',
    help: 'The certificate authority has withdrawn it. The owner needs a new certificate.',
  },
  TLS_AUTHORITY_UNKNOWN: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} was not issued by a trusted authority.',
    help: 'Set "tls.ca" to the authority that issued the certificate. For a self-signed certificate, that is the certificate itself.',
  },
  TLS_NAME_MISMATCH: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The certificate of {peer} is not for "{host}": {reason}',
    help: 'Connect by a name that the certificate contains, or set "tls.servername" to that name.',
  },
  TLS_CERTIFICATE_MISSING: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'The client {peer} presented no certificate.',
    help: 'The listener accepts only clients with a certificate. Give the client a certificate, or set "tls.clients" to "request".',
  },
  TLS_CERTIFICATE_WANTED: {
    kind: 'auth',
    side: 'local',
    retryable: true,
    message: 'The server {peer} requires a client certificate.',
    help: 'Set "tls.cert" to a certificate and "tls.key" to its private key.',
  },
  TLS_HANDSHAKE_FAILED: {
    kind: 'network',
    side: 'remote',
    retryable: true,
    message: 'The TLS handshake with {peer} failed: {reason}.',
    help: 'Check that the peer speaks TLS on this port, and which versions and ciphers it allows.',
  },
  TLS_MATERIAL_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The TLS {what} cannot be used: {reason}.',
    help: 'Give PEM as text or bytes, or the path of a file that this process can read. The key must match the certificate.',
  },
  TLS_UNEXPECTED: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The peer started a TLS handshake, but this port does not use TLS.',
    help: 'Configure the peer to connect without TLS, or enable TLS on this port: use a tls:// endpoint with "tls".',
  },
} as const satisfies Record<string, ErrorEntry>;
