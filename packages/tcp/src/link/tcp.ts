/** TCP and Unix sockets as transports. Together with `tls.ts` the only place that knows `node:net`. */
import net from 'node:net';
import { tcpErrors } from '../catalogue.ts';
import { type Endpoint, formatAddress, formatEndpoint } from '../endpoint.ts';
import type { FairleadError } from '../errors.ts';
import { networkError } from './network-error.ts';
import type { Transport, TransportEvents } from './transport.ts';

/** How sockets are set up. */
export interface SocketOptions {
  /** Send small pieces at once (default true). */
  readonly noDelay?: boolean | undefined;
  /** Milliseconds of silence after which the operating system probes the peer; false: never. */
  readonly keepAlive?: number | false | undefined;
  /** Bytes waiting from which `write` answers false. */
  readonly writeHighWater?: number | undefined;
}

/** Something that accepts transports. */
export interface Acceptor {
  /** As bound, so that port 0 shows the port that was given. */
  readonly endpoint: Endpoint;
  /** Accepts no more; transports live on. */
  close(): Promise<void>;
}

/** Opens a transport to `endpoint`. Rejects with CONNECT_*, ADDRESS_UNKNOWN, HOST_UNREACHABLE, or the signal's reason. */
export type Dial = (
  endpoint: Endpoint,
  options: SocketOptions & { signal: AbortSignal },
) => Promise<Transport>;
/** Accepts transports at `endpoint`. Rejects with PORT_IN_USE or LISTEN_FAILED. */
export type Listen = (
  endpoint: Endpoint,
  options: SocketOptions & { backlog?: number | undefined },
  accept: (transport: Transport) => void,
) => Promise<Acceptor>;

const KEEP_ALIVE = 60_000;
const NOTHING = new Uint8Array(0);
const transport = Symbol('transport');
type Owned = net.Socket & { [transport]: SocketTransport };

/** A connected socket as a transport. */
export class SocketTransport implements Transport {
  readonly remote: string;
  readonly #socket: net.Socket;
  readonly #unixPath: string | undefined;
  events: TransportEvents | undefined;
  cause: FairleadError | undefined;

  /** @param socket connected, paused, and with half-open allowed */
  constructor(socket: net.Socket, unixPath?: string) {
    this.#socket = socket;
    this.remote = unixPath ?? formatAddress(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
    this.#unixPath = unixPath;
  }

  /** Asked of the system when somebody wants it: most never do. Not known any more once the socket is gone. */
  get local(): string {
    const { localAddress = 'unknown', localPort = 0 } = this.#socket;
    return this.#unixPath ?? formatAddress(localAddress, localPort);
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  start(events: TransportEvents): void {
    const socket = this.#socket as Owned;
    socket[transport] = this;
    this.events = events;
    // Shared functions, so that a link costs no closures.
    socket.on('data', onData).on('end', onEnd).on('drain', onDrain).on('error', onError).on('close', onClose);
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    const socket = this.#socket;
    const last = pieces.length - 1;
    if (last > 0) socket.cork();
    let more = true;
    for (const piece of pieces) more = socket.write(piece);
    if (last > 0) socket.uncork();
    if (done !== undefined) more = socket.write(NOTHING, (error) => done(!error));
    return more;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(cause: FairleadError): void {
    this.cause ??= cause;
    this.#socket.destroy();
  }
}

function onData(this: net.Socket, chunk: Buffer): void {
  (this as Owned)[transport].events?.onData(chunk);
}

function onEnd(this: net.Socket): void {
  (this as Owned)[transport].events?.onEnd();
}

function onDrain(this: net.Socket): void {
  (this as Owned)[transport].events?.onDrain();
}

function onError(this: net.Socket, error: Error): void {
  const owner = (this as Owned)[transport];
  owner.cause ??= networkError(error, owner.remote);
}

function onClose(this: net.Socket): void {
  const owner = (this as Owned)[transport];
  const ended = tcpErrors.error(this.readableEnded ? 'PEER_CLOSED' : 'LINK_CLOSED');
  owner.events?.onClosed(owner.cause ?? ended);
}

/** {@link Dial} over TCP, trying all addresses of a name, and over Unix sockets. */
export const dialTcp: Dial = (endpoint, options) => {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const common = {
      allowHalfOpen: true,
      noDelay: options.noDelay ?? true,
      keepAlive: options.keepAlive !== false,
      keepAliveInitialDelay: options.keepAlive || KEEP_ALIVE,
      highWaterMark: options.writeHighWater,
    };
    const target =
      endpoint.protocol === 'unix'
        ? { path: endpoint.path }
        : { host: endpoint.host || 'localhost', port: endpoint.port };
    const socket = net.connect({ ...common, ...target } as net.NetConnectOpts);
    const abort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    const failed = (error: Error) => {
      signal.removeEventListener('abort', abort);
      reject(networkError(error, formatEndpoint(endpoint)));
    };
    socket.pause();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', failed);
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', failed);
      resolve(
        new SocketTransport(socket, endpoint.protocol === 'unix' ? formatEndpoint(endpoint) : undefined),
      );
    });
  });
};

/** {@link Listen} over TCP and Unix sockets. */
export const listenTcp: Listen = (endpoint, options, accept) =>
  new Promise((resolve, reject) => {
    const server = net.createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: options.noDelay ?? true,
      keepAlive: options.keepAlive !== false,
      keepAliveInitialDelay: options.keepAlive || KEEP_ALIVE,
      highWaterMark: options.writeHighWater,
    });
    const unix = endpoint.protocol === 'unix' ? formatEndpoint(endpoint) : undefined;
    server.on('connection', (socket) => {
      // A peer that is gone already has no address; there is nobody to talk to.
      if (unix === undefined && socket.remoteAddress === undefined) socket.destroy();
      else accept(new SocketTransport(socket, unix));
    });
    const failed = (error: Error) => {
      const known = networkError(error, formatEndpoint(endpoint));
      const listening = known.code === 'PORT_IN_USE' || known.code === 'LISTEN_FAILED';
      const reason = (error as NodeJS.ErrnoException).code ?? error.message;
      reject(
        listening
          ? known
          : tcpErrors.error('LISTEN_FAILED', { endpoint: formatEndpoint(endpoint), reason }, error),
      );
    };
    server.once('error', failed);
    const where =
      endpoint.protocol === 'unix'
        ? { path: endpoint.path }
        : { host: endpoint.host || undefined, port: endpoint.port };
    server.listen({ ...where, backlog: options.backlog }, () => {
      server.off('error', failed);
      // Out of descriptors and the like: the operating system tells here; links that exist live on.
      server.on('error', () => {});
      const bound = server.address();
      const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
      resolve({
        endpoint: endpoint.protocol === 'unix' ? endpoint : { ...endpoint, port },
        close: () => {
          server.close(); // its callback waits for all sockets: not ours to wait for
          return new Promise((done) => setImmediate(done));
        },
      });
    });
  });
