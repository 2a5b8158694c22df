import type net from 'node:net';
import { coreErrors } from '@fairlead/core';
import { SocketTransport } from './tcp.ts';
import type { TlsGate } from './tls-gate.ts';
import type { TransportEvents } from './transport.ts';

/** An accepted socket, which becomes a secure one. */
export class AcceptedTls extends SocketTransport {
  readonly #gate: TlsGate;
  #securing = false;

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
    this.#securing = true;
    const { socket, identity } = await this.#gate.secure(raw, this.remote);
    if (raw.destroyed) return;
    raw.off('close', this.#closed);
    socket.pause();
    this.identity = identity;
    this.socket = socket;
    super.start(this.events as TransportEvents);
  }

  readonly #closed = () => {
    const peer = this.remote;
    const ended = this.#securing
      ? coreErrors.error('TLS_HANDSHAKE_FAILED', { peer, reason: 'the peer closed' })
      : coreErrors.error('PEER_CLOSED');
    this.events?.onClosed(this.cause ?? ended);
  };
}
