/** A simulated cable between two real sockets that a test can disconnect and reconnect. */
import { connect, createServer, type Socket } from 'node:net';

/** A proxy between a program and its peer, on its own port. */
export interface Cable extends AsyncDisposable {
  readonly port: number;
  /** Stops all traffic and accepts no new connections. */
  pull(): void;
  plug(): void;
}

/** Forwards to a port of this machine. */
export async function cable(to: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let pulled = false;
  const server = createServer((near) => {
    if (pulled) {
      near.destroy();
      return;
    }
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    pull: () => {
      pulled = true;
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    },
    plug: () => {
      pulled = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
