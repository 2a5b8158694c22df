/** TLS sockets as transports. Only this file and `tcp.ts` use sockets. */

import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import {
  coreErrors,
  type FairleadError,
  formatEndpoint,
  isFairleadError,
  networkError,
  onAbort,
  tlsError,
} from '@fairlead/core';
import type { Dial, Listen } from './dial.ts';
import { acceptSockets, openSocket, SocketTransport } from './tcp.ts';
import { type CertificateSettings, type ServerTlsSettings, tlsSchema } from './tls-options.ts';
import type { PeerIdentity, TransportEvents } from './transport.ts';

type Material = Uint8Array | string;

/** {@link Dial} over TLS. */
export const dialTls: Dial = async (endpoint, options) => {
  const { signal, tls: settings = tlsSchema.parse({}) } = options;
  const { host = '' } = endpoint as { host?: string };
  const { servername = net.isIP(host) > 0 ? undefined : host, rejectUnauthorized, alpn } = settings;
  const context = secureContext(await materialOf(settings, settings.ca));
  const shown = formatEndpoint(endpoint);
  const socket = await openSocket(endpoint, options);
  if (signal.aborted) {
    socket.destroy();
    throw signal.reason;
  }
  return new Promise((resolve, reject) => {
    const secure = tls.connect({
      socket,
      host,
      secureContext: context,
      rejectUnauthorized,
      ...(servername === undefined ? {} : { servername }),
      ...(alpn === undefined ? {} : { ALPNProtocols: alpn }),
    });
    const settle = () => {
      watch[Symbol.dispose]();
      secure.off('error', failed).off('close', closed);
    };
    const fail = (reason: unknown) => {
      settle();
      secure.on('error', () => {});
      secure.destroy();
      reject(reason);
    };
    const failed = (error: Error) => fail(tlsError(error, shown) ?? networkError(error, shown, 'connect'));
    const closed = () =>
      fail(coreErrors.error('TLS_HANDSHAKE_FAILED', { peer: shown, reason: 'the peer closed' }));
    const watch = onAbort(signal, () => fail(signal.reason));
    secure.once('error', failed).once('close', closed);
    secure.once('secureConnect', () => {
      settle();
      secure.pause();
      const transport = new SocketTransport(secure);
      transport.identity = identityOf(secure);
      resolve(transport);
    });
  });
};

/** {@link Listen} over TLS. A transport is accepted before its handshake, so that refusing it needs no cryptography. */
export const listenTls: Listen = async (endpoint, options, accept) => {
  const { tls: settings } = options;
  if (settings === undefined) {
    throw coreErrors.error('OPTION_INVALID', {
      key: 'tls',
      where: ' of serve()',
      reason: 'a tls:// endpoint needs a certificate and its key.',
    });
  }
  const first = await materialOf(settings, settings.ca);
  const named = new Map<string, tls.SecureContext>();
  for (const [name, certificate] of Object.entries(settings.sni ?? {}))
    named.set(name.toLowerCase(), secureContext(await materialOf(certificate, settings.ca)));
  secureContext(first); // throws now, with a clear message, if the material is wrong
  const gate = new TlsGate(settings, first, named);
  return acceptSockets(endpoint, options, (socket) => accept(new AcceptedTls(socket, gate)));
};

/** Performs the TLS handshake of accepted sockets. */
class TlsGate {
  readonly #settings: ServerTlsSettings;
  /** Does not listen: it gets accepted sockets. */
  readonly #server: tls.Server;
  readonly #pending = new Map<string, (outcome: tls.TLSSocket | FairleadError) => void>();

  constructor(
    settings: ServerTlsSettings,
    first: tls.SecureContextOptions,
    named: ReadonlyMap<string, tls.SecureContext>,
  ) {
    this.#settings = settings;
    this.#server = tls.createServer({
      ...first,
      pauseOnConnect: true,
      requestCert: settings.clients !== 'ignore',
      rejectUnauthorized: false, // checked in `#judge`, where the reason is known
      SNICallback: (name, done) => done(null, certificateFor(named, name)),
      ...(settings.alpn === undefined ? {} : { ALPNProtocols: settings.alpn }),
    });
    this.#server.on('secureConnection', (socket) => this.#pending.get(keyOf(socket))?.(socket));
    this.#server.on('tlsClientError', (error, socket) => {
      const remote = `${socket.remoteAddress}:${socket.remotePort}`;
      this.#pending.get(keyOf(socket))?.(tlsError(error, remote) ?? networkError(error, remote, 'link'));
    });
  }

  secure(socket: net.Socket, remote: string): Promise<tls.TLSSocket> {
    const key = keyOf(socket);
    return new Promise((resolve, reject) => {
      const settle = (outcome: tls.TLSSocket | FairleadError) => {
        this.#pending.delete(key);
        socket.off('close', closed);
        const refusal = isFairleadError(outcome) ? outcome : this.#judge(outcome, remote);
        if (refusal !== undefined) return reject(refusal);
        const secure = outcome as tls.TLSSocket;
        secure.allowHalfOpen = true;
        resolve(secure);
      };
      const closed = () =>
        settle(coreErrors.error('TLS_HANDSHAKE_FAILED', { peer: remote, reason: 'the peer closed' }));
      this.#pending.set(key, settle);
      socket.on('close', closed);
      // A client that closes during the handshake, such as one that refuses our certificate, has closed both directions.
      socket.allowHalfOpen = false;
      this.#server.emit('connection', socket);
    });
  }

  #judge(socket: tls.TLSSocket, remote: string): FairleadError | undefined {
    if (this.#settings.clients !== 'require' || socket.authorized) return undefined;
    if (socket.getPeerX509Certificate() === undefined)
      return coreErrors.error('TLS_CERTIFICATE_MISSING', { peer: remote });
    const reason = Object.assign(new Error(String(socket.authorizationError)), {
      code: String(socket.authorizationError),
    });
    return tlsError(reason, remote) ?? networkError(reason, remote, 'link');
  }
}

/** An accepted socket, which becomes a secure one. */
class AcceptedTls extends SocketTransport {
  readonly #gate: TlsGate;

  constructor(socket: net.Socket, gate: TlsGate) {
    super(socket);
    this.#gate = gate;
    socket.on('error', () => {}); // the close event is handled instead
  }

  override start(events: TransportEvents): void {
    this.events = events;
    this.socket.once('close', this.#closed);
  }

  async secure(): Promise<void> {
    const raw = this.socket;
    const secure = await this.#gate.secure(raw, this.remote);
    if (raw.destroyed) return;
    raw.off('close', this.#closed);
    secure.pause();
    this.identity = identityOf(secure);
    this.socket = secure;
    super.start(this.events as TransportEvents);
  }

  readonly #closed = () => this.events?.onClosed(this.cause ?? coreErrors.error('PEER_CLOSED'));
}

function keyOf(socket: net.Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}

function identityOf(socket: tls.TLSSocket): PeerIdentity | undefined {
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

/** The certificate for a name: its own, or that of `*.` and its parent; undefined: the first. */
function certificateFor(
  named: ReadonlyMap<string, tls.SecureContext>,
  name: string,
): tls.SecureContext | undefined {
  const asked = name.toLowerCase();
  return named.get(asked) ?? named.get(`*${asked.slice(asked.indexOf('.'))}`);
}

async function materialOf(
  { cert, key, passphrase }: { [K in keyof CertificateSettings]?: CertificateSettings[K] | undefined },
  ca: Material | Material[] | undefined,
): Promise<tls.SecureContextOptions> {
  const options: tls.SecureContextOptions = {};
  if (ca !== undefined)
    options.ca = await Promise.all((Array.isArray(ca) ? ca : [ca]).map((one) => pem(one, 'ca')));
  if (cert !== undefined) options.cert = await pem(cert, 'cert');
  if (key !== undefined) options.key = await pem(key, 'key');
  if (passphrase !== undefined) options.passphrase = passphrase;
  return options;
}

function secureContext(options: tls.SecureContextOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (error) {
    const reason = (error as Error).message;
    throw coreErrors.error('TLS_MATERIAL_INVALID', { what: 'certificate or key', reason }, error);
  }
}

async function pem(value: Material, what: string): Promise<Buffer> {
  if (typeof value !== 'string') return Buffer.from(value);
  if (value.includes('-----BEGIN ')) return Buffer.from(value);
  try {
    return await readFile(value);
  } catch (error) {
    const reason = `${value}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`;
    throw coreErrors.error('TLS_MATERIAL_INVALID', { what, reason }, error);
  }
}
