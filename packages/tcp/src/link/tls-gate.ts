import type net from 'node:net';
import tls from 'node:tls';
import { coreErrors, type FairleadError, handshakeError, isFairleadError } from '@fairlead/core';
import type { ServerCertificates } from './server-certificates.ts';
import type { PeerIdentity } from './transport.ts';

interface Secured {
  readonly socket: tls.TLSSocket;
  readonly identity: PeerIdentity | undefined;
}

type Settle = (outcome: tls.TLSSocket | FairleadError) => void;

/** Performs the TLS handshake of accepted sockets. */
export class TlsGate {
  readonly certificates: ServerCertificates;
  readonly #required: boolean;
  /** Does not listen: it gets accepted sockets. */
  readonly #server: tls.Server;
  readonly #pending = new WeakMap<net.Socket, Settle>();

  /** @param required whether a client must present a certificate that a trusted authority issued */
  constructor(certificates: ServerCertificates, required: boolean) {
    this.certificates = certificates;
    this.#required = required;
    // Clients are judged in `#judge`, where the reason is known.
    this.#server = tls.createServer({
      ...certificates.options,
      pauseOnConnect: true,
      rejectUnauthorized: false,
    });
    certificates.attach(this.#server);
    this.#server.on('secureConnection', (socket) => this.#settle(socket, socket));
    this.#server.on('tlsClientError', (error, socket) => {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      this.#settle(socket, handshakeError(error, peer));
    });
  }

  secure(raw: net.Socket, remote: string): Promise<Secured> {
    return new Promise((resolve, reject) => {
      const settle: Settle = (outcome) => {
        this.#pending.delete(raw);
        raw.off('close', closed);
        const refusal = isFairleadError(outcome) ? outcome : this.#judge(outcome, remote);
        if (refusal !== undefined) return reject(refusal);
        const socket = outcome as tls.TLSSocket;
        socket.allowHalfOpen = true;
        resolve({ socket, identity: identityOf(socket) });
      };
      const closed = () =>
        settle(coreErrors.error('TLS_HANDSHAKE_FAILED', { peer: remote, reason: 'the peer closed' }));
      this.#pending.set(raw, settle);
      raw.on('close', closed);
      // A client that closes during the handshake, such as one that refuses our certificate, has closed both directions.
      raw.allowHalfOpen = false;
      this.#server.emit('connection', raw);
    });
  }

  /**
   * `_parent` is the accepted socket below a secure one. Node has no public name for it, and the address does not tell: a
   * client that has gone has none. Without it, the close of the accepted socket ends the handshake, with a less exact reason.
   */
  #settle(secure: tls.TLSSocket, outcome: tls.TLSSocket | FairleadError): void {
    const { _parent: raw } = secure as tls.TLSSocket & { readonly _parent?: net.Socket };
    if (raw !== undefined) this.#pending.get(raw)?.(outcome);
  }

  #judge(socket: tls.TLSSocket, peer: string): FairleadError | undefined {
    if (!this.#required || socket.authorized) return undefined;
    if (socket.getPeerX509Certificate() === undefined)
      return coreErrors.error('TLS_CERTIFICATE_MISSING', { peer });
    const code = String(socket.authorizationError);
    return handshakeError(Object.assign(new Error(code), { code }), peer);
  }
}

export function identityOf(socket: tls.TLSSocket): PeerIdentity | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { subject, issuer, subjectAltName, fingerprint256, validTo } = certificate;
  return {
    commonName: /^CN=(.*)$/m.exec(subject)?.[1],
    subject,
    alternativeNames: subjectAltName?.match(/(?:"[^"]*"|[^,"])+/g)?.map((name) => name.trim()) ?? [],
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    issuer,
    validUntil: Date.parse(validTo),
    authorized: socket.authorized,
  };
}
