/**
 * The listening socket for outside clients. It uses `node:net` and not `serve()` of `@fairlead/tcp`, because the
 * broker library reads and writes the raw socket: framing, limits and backpressure of MQTT are its own.
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer, type Server as SecureServer, type TlsOptions } from 'node:tls';
import { coreErrors, type FairleadError, handshakeError } from '@fairlead/core';
import { hostAndPort, printEndpoint } from './address.ts';

const KEEP_ALIVE_MS = 60_000;

export interface Listener {
  /** As bound: `127.0.0.1:7655`. */
  readonly address: string;
  readonly port: number;
  /** Stops listening and destroys the remaining sockets. */
  close(): Promise<void>;
}

/** TLS of the listening socket. */
export interface ListenerTls {
  readonly options: TlsOptions;
  /** The server listens: what it shows may be changed from now on. */
  attach?(server: SecureServer): void;
}

interface ListenTerms {
  readonly accept: (socket: Socket) => void;
  readonly tls?: ListenerTls | undefined;
  /** Milliseconds that a TLS handshake may take. */
  readonly handshake: number;
  /** Sockets whose handshake is not over; one more ends the oldest. */
  readonly handshakes: number;
  /** A TLS handshake has failed. */
  readonly refused: (address: string, error: FairleadError) => void;
}

const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };

/** Binds `HOST:PORT`. Rejects with ENDPOINT_INVALID, PORT_IN_USE or LISTEN_FAILED. */
export async function listen(endpoint: string, terms: ListenTerms): Promise<Listener> {
  const { host, port } = hostAndPort(endpoint);
  const sockets = new Set<Socket>();
  const enter = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const { tls, accept } = terms;
  const server =
    tls === undefined
      ? createServer(SOCKET, (socket) => {
          enter(socket);
          accept(socket);
        })
      : secureServer(tls, terms, enter);
  await bind(server, host, port, endpoint);
  const bound = server.address() as AddressInfo;
  return {
    address: printEndpoint(bound.address, bound.port),
    port: bound.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function secureServer(
  tls: ListenerTls,
  { accept, handshake, handshakes, refused }: ListenTerms,
  enter: (socket: Socket) => void,
): SecureServer {
  const server = createSecureServer({ ...tls.options, ...SOCKET, handshakeTimeout: handshake });
  tls.attach?.(server);
  /** The oldest first. */
  const waiting = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    enter(socket);
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket));
    const [oldest] = waiting;
    if (waiting.size > handshakes) oldest?.destroy();
  });
  server.on('secureConnection', (socket) => {
    const { _parent: raw } = socket as Socket & { readonly _parent?: Socket };
    if (raw !== undefined) waiting.delete(raw);
    accept(socket);
  });
  server.on('tlsClientError', (error, { remoteAddress: address = 'unknown' }) =>
    refused(address, handshakeError(error, address)),
  );
  return server;
}

function bind(server: Server, host: string, port: number, endpoint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code ?? cause.message;
      reject(
        cause.code === 'EADDRINUSE'
          ? coreErrors.error('PORT_IN_USE', { endpoint }, cause)
          : coreErrors.error('LISTEN_FAILED', { endpoint, reason }, cause),
      );
    });
    server.listen({ host, port }, () => {
      // From here on, an error concerns one accept, for instance too many open files. The next accept may succeed.
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve();
    });
  });
}
