/**
 * The listening socket for outside clients. It uses `node:net` and not `serve()` of `@fairlead/tcp`, because the
 * broker library reads and writes the raw socket: framing, limits and backpressure of MQTT are its own.
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { coreErrors } from '@fairlead/core';
import { hostAndPort, printEndpoint } from './address.ts';

const KEEP_ALIVE_MS = 60_000;

export interface Listener {
  /** As bound: `127.0.0.1:7655`. */
  readonly address: string;
  readonly port: number;
  /** Stops listening and destroys the remaining sockets. */
  close(): Promise<void>;
}

/** Binds `HOST:PORT`. Rejects with ENDPOINT_INVALID, PORT_IN_USE or LISTEN_FAILED. */
export async function listen(endpoint: string, accept: (socket: Socket) => void): Promise<Listener> {
  const { host, port } = hostAndPort(endpoint);
  const sockets = new Set<Socket>();
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
    (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      accept(socket);
    },
  );
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
