import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { coreErrors, type FairleadError, formatAddress } from '@fairlead/core';
import type { Transport, TransportEvents } from '@fairlead/tcp';

/**
 * Opens a UDP socket that sends to one peer and receives from that peer only. UDP has no connection: a missing peer is
 * noticed when no answer arrives, or when the peer's machine reports it. Rejects with `ADDRESS_UNKNOWN` or the signal's
 * reason.
 */
export async function dialUdp(host: string, port: number, signal: AbortSignal): Promise<Transport> {
  const found = await lookup(host).catch((error: unknown) => {
    throw coreErrors.error('ADDRESS_UNKNOWN', { host }, error);
  });
  if (signal.aborted) throw signal.reason;
  const socket = createSocket(found.family === 6 ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(coreErrors.error('NETWORK_FAILED', { reason: error.message }, error));
    });
    socket.connect(port, found.address, () => {
      socket.removeAllListeners('error');
      resolve(new UdpTransport(socket));
    });
  });
}

/** A connected UDP socket as a transport: each datagram received is a chunk, and each write sends one datagram. */
class UdpTransport implements Transport {
  readonly remote: string;
  readonly local: string;
  readonly #socket: Socket;
  #cause: FairleadError | undefined;
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const remote = socket.remoteAddress();
    const local = socket.address();
    this.remote = formatAddress(remote.address, remote.port);
    this.local = formatAddress(local.address, local.port);
  }

  get writableLength(): number {
    return this.#closed ? 0 : this.#socket.getSendQueueSize();
  }

  start(events: TransportEvents): void {
    const socket = this.#socket;
    socket.on('message', (datagram) => events.onData(datagram));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code === 'ECONNREFUSED';
      this.destroy(
        refused
          ? coreErrors.error('CONNECT_REFUSED', { endpoint: this.remote }, error)
          : coreErrors.error('NETWORK_FAILED', { reason: error.code ?? error.message }, error),
      );
    });
    socket.on('close', () => events.onClosed(this.#cause ?? coreErrors.error('LINK_CLOSED')));
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    if (this.#closed) {
      if (done !== undefined) queueMicrotask(() => done(false));
    } else if (pieces.length === 0) {
      if (done !== undefined) queueMicrotask(() => done(true));
    } else this.#socket.send(Buffer.concat(pieces), (error) => done?.(!error));
    return true;
  }

  /** The operating system drops datagrams that are not read, as UDP allows. */
  pause(): void {}

  resume(): void {}

  end(): void {
    this.destroy(coreErrors.error('LINK_CLOSED'));
  }

  destroy(cause: FairleadError): void {
    if (this.#closed) return;
    this.#cause = cause;
    this.#closed = true;
    this.#socket.close();
  }
}
