/** TCP and Unix sockets as transports. Only this file and `tls.ts` use `node:net`. */

import { lookup as systemLookup } from 'node:dns/promises';
import net from 'node:net';
import {
  type Clock,
  coreErrors,
  type Endpoint,
  type FairleadError,
  formatAddress,
  formatEndpoint,
  networkError,
  onAbort,
  systemClock,
} from '@fairlead/core';
import { tcpLimits } from '../limits.ts';
import type { ProxyHeader } from '../proxy/types.ts';
import type { Acceptor, Dial, DialOptions, Listen, ListenOptions, Lookup, SocketOptions } from './dial.ts';
import { type ProxyTrust, takeProxyHeader } from './proxy-head.ts';
import { race } from './race.ts';
import type { SocketTable, SocketTrouble } from './socket-table.ts';
import type { PeerIdentity, Transport, TransportEvents } from './transport.ts';

const KEEP_ALIVE = 60_000;
const PROBE = 1_000;
const NOTHING = new Uint8Array(0);
const transport = Symbol('transport');
type Owned = net.Socket & { [transport]: SocketTransport };

/** A connected socket as a transport. */
export class SocketTransport implements Transport {
  remote: string;
  identity: PeerIdentity | undefined;
  events: TransportEvents | undefined;
  cause: FairleadError | undefined;
  protected socket: net.Socket;
  readonly #unixPath: string | undefined;

  /** @param socket connected, paused, and with half-open allowed */
  constructor(socket: net.Socket, unixPath?: string) {
    this.socket = socket;
    this.remote = unixPath ?? formatAddress(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
    this.#unixPath = unixPath;
  }

  /** Read from the system on first use, because it is rarely needed. Unknown after the socket has closed. */
  get local(): string {
    const { localAddress = 'unknown', localPort = 0 } = this.socket;
    return this.#unixPath ?? formatAddress(localAddress, localPort);
  }

  get writableLength(): number {
    return this.socket.writableLength;
  }

  start(events: TransportEvents): void {
    const socket = this.socket as Owned;
    socket[transport] = this;
    this.events = events;
    // Shared functions, so that a link costs no closures.
    socket.on('data', onData).on('end', onEnd).on('drain', onDrain).on('error', onError).on('close', onClose);
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    const socket = this.socket;
    const last = pieces.length - 1;
    if (last > 0) socket.cork();
    let more = true;
    for (const piece of pieces) more = socket.write(piece);
    if (last > 0) socket.uncork();
    if (done !== undefined) more = socket.write(NOTHING, (error) => done(!error));
    return more;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  destroy(cause: FairleadError): void {
    this.cause ??= cause;
    this.socket.destroy();
  }

  trouble(table: SocketTable): SocketTrouble | undefined {
    return table.find(this.socket);
  }

  probe(often: boolean): void {
    this.socket.setKeepAlive(true, often ? PROBE : KEEP_ALIVE);
  }

  reset(cause: FairleadError): void {
    this.cause ??= cause;
    this.socket.resetAndDestroy();
  }
}

/** An accepted socket on which something comes before the frames: a PROXY header, or a TLS handshake. */
export class AcceptedSocket extends SocketTransport {
  proxied: ProxyHeader | undefined;

  override start(events: TransportEvents): void {
    this.events = events;
    // The close event is handled instead of the error.
    this.socket.on('error', ignore).once('close', this.#closed);
  }

  async unwrap(trust: ProxyTrust, clock: Clock): Promise<void> {
    const { socket } = this;
    this.proxied = await takeProxyHeader(socket, trust, clock);
    const { source } = this.proxied ?? {};
    if (source !== undefined) this.remote = formatAddress(source.address, source.port);
    if (!socket.destroyed) this.unwrapped();
  }

  /** What comes after the header. */
  protected unwrapped(): void {
    this.begin(this.socket);
  }

  /** Frames come from this socket from now on. */
  protected begin(socket: net.Socket): void {
    this.socket.off('close', this.#closed);
    this.socket = socket;
    super.start(this.events as TransportEvents);
  }

  protected closedBy(): FairleadError {
    return coreErrors.error('PEER_CLOSED');
  }

  readonly #closed = () => this.events?.onClosed(this.cause ?? this.closedBy());
}

const ignore = (): void => {};

function onData(this: net.Socket, chunk: Buffer): void {
  (this as Owned)[transport].events?.onData(chunk);
}

function onEnd(this: net.Socket): void {
  const owner = (this as Owned)[transport];
  // An alert of TLS 1.3, such as that a certificate is required, comes after the handshake: the end only follows from it.
  if (owner.cause === undefined) owner.events?.onEnd();
  else this.destroy();
}

function onDrain(this: net.Socket): void {
  (this as Owned)[transport].events?.onDrain();
}

function onError(this: net.Socket, error: Error): void {
  const owner = (this as Owned)[transport];
  owner.cause ??= networkError(error, owner.remote, 'link');
}

function onClose(this: net.Socket): void {
  const owner = (this as Owned)[transport];
  const ended = coreErrors.error(this.readableEnded ? 'PEER_CLOSED' : 'LINK_CLOSED');
  owner.events?.onClosed(owner.cause ?? ended);
}

/** {@link Dial} over TCP, trying all addresses of a name side by side, and over Unix sockets. */
export const dialTcp: Dial = async (endpoint, options) => {
  refuseTls(endpoint, options.tls);
  const socket = await openSocket(endpoint, options);
  return new SocketTransport(socket, endpoint.protocol === 'unix' ? formatEndpoint(endpoint) : undefined);
};

/** A connected socket, paused, with half-open allowed. Rejects as {@link Dial} does. */
export async function openSocket(endpoint: Endpoint, options: DialOptions): Promise<net.Socket> {
  const { signal, lookup = allAddresses, clock = systemClock } = options;
  const shown = formatEndpoint(endpoint);
  if (endpoint.protocol === 'unix') return connectTo({ path: endpoint.path }, options, signal, shown);
  const { host = 'localhost', port } = { ...endpoint, host: endpoint.host || undefined };
  if (net.isIP(host) > 0) return connectTo({ host, port }, options, signal, shown);
  const addresses = await aborting(signal, lookup(host)).catch((error) => {
    throw signal.aborted ? error : networkError(error, host, 'connect');
  });
  if (addresses.length === 0) throw coreErrors.error('ADDRESS_UNKNOWN', { host });
  return race(addresses, {
    clock,
    signal,
    apart: tcpLimits.values.addressesApart,
    open: ({ address }, given) => connectTo({ host: address, port }, options, given, shown),
    discard: (socket) => socket.destroy(),
  });
}

const allAddresses: Lookup = (host) => systemLookup(host, { all: true });

function connectTo(
  target: { path: string } | { host: string; port: number },
  options: SocketOptions,
  signal: AbortSignal,
  shown: string,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = net.connect({ ...setUp(options), ...target } as net.NetConnectOpts);
    const watch = onAbort(signal, () => {
      socket.destroy();
      reject(signal.reason);
    });
    const failed = (error: Error) => {
      watch[Symbol.dispose]();
      reject(networkError(error, shown, 'connect'));
    };
    socket.pause();
    socket.once('error', failed);
    socket.once('connect', () => {
      watch[Symbol.dispose]();
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

/** The look-up of the operating system cannot be cancelled; this ends the wait for it. */
async function aborting<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  using _ = onAbort(signal, () => reject(signal.reason));
  return await Promise.race([promise, work]);
}

function setUp(options: SocketOptions) {
  return {
    allowHalfOpen: true,
    noDelay: options.noDelay ?? true,
    keepAlive: options.keepAlive !== false,
    keepAliveInitialDelay: options.keepAlive || KEEP_ALIVE,
    highWaterMark: options.writeHighWater,
  };
}

/** Prevents sending secrets in plain text. */
function refuseTls(endpoint: Endpoint, tls: unknown): void {
  if (endpoint.protocol !== 'tls' && tls === undefined) return;
  const reason = 'this transport does not speak TLS';
  throw coreErrors.error('ENDPOINT_INVALID', { endpoint: formatEndpoint(endpoint), reason });
}

/** {@link Listen} over TCP and Unix sockets. */
export const listenTcp: Listen = async (endpoint, options, accept) => {
  refuseTls(endpoint, options.tls);
  const unix = endpoint.protocol === 'unix' ? formatEndpoint(endpoint) : undefined;
  const create = options.proxied === true ? AcceptedSocket : SocketTransport;
  return acceptSockets(endpoint, options, (socket) => accept(new create(socket, unix)));
};

/** Accepts sockets, paused, with half-open allowed. Rejects as {@link Listen} does. */
export function acceptSockets(
  endpoint: Endpoint,
  options: ListenOptions,
  accept: (socket: net.Socket) => void,
): Promise<Acceptor> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ ...setUp(options), pauseOnConnect: true });
    server.on('connection', (socket) => {
      // A peer that has disconnected already has no address.
      if (endpoint.protocol !== 'unix' && socket.remoteAddress === undefined) socket.destroy();
      else accept(socket);
    });
    const failed = (error: Error) => reject(networkError(error, formatEndpoint(endpoint), 'listen'));
    server.once('error', failed);
    const where =
      endpoint.protocol === 'unix'
        ? { path: endpoint.path }
        : { host: endpoint.host || undefined, port: endpoint.port };
    server.listen({ ...where, backlog: options.backlog }, () => {
      server.off('error', failed);
      // For instance no file descriptors are left. Existing links are not affected.
      server.on('error', () => {});
      const bound = server.address();
      const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
      resolve({
        endpoint: endpoint.protocol === 'unix' ? endpoint : { ...endpoint, port },
        close: () => {
          server.close(); // not awaited: its callback waits for all sockets
          return new Promise((done) => setImmediate(done));
        },
      });
    });
  });
}
