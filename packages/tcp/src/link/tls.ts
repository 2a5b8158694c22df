/** TLS sockets as transports. Only this file and `tcp.ts` use sockets. */

import net from 'node:net';
import tls from 'node:tls';
import { coreErrors, formatEndpoint, handshakeError, onAbort } from '@fairlead/core';
import { AcceptedTls } from './accepted.ts';
import type { Dial, Listen } from './dial.ts';
import { ServerCertificates } from './server-certificates.ts';
import { acceptSockets, openSocket, SocketTransport } from './tcp.ts';
import { identityOf, TlsGate } from './tls-gate.ts';
import { materialOf, secureContext } from './tls-material.ts';
import { tlsSchema } from './tls-options.ts';

/** {@link Dial} over TLS. */
export const dialTls: Dial = async (endpoint, options) => {
  const { signal, tls: settings = tlsSchema.parse({}) } = options;
  const { host = '' } = endpoint as { host?: string };
  const { servername = net.isIP(host) > 0 ? undefined : host, rejectUnauthorized, alpn } = settings;
  const context = secureContext(await materialOf(settings));
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
    const failed = (error: Error) => fail(handshakeError(error, shown));
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
  const certificates = await ServerCertificates.read(settings);
  const gate = new TlsGate(certificates, settings.clients === 'require');
  const acceptor = await acceptSockets(endpoint, options, (socket) => accept(new AcceptedTls(socket, gate)));
  return { ...acceptor, renew: () => certificates.renew() };
};
