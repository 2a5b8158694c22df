import type net from 'node:net';
import { coreErrors, type FairleadError } from '@fairlead/core';
import { AcceptedSocket } from './tcp.ts';
import type { TlsGate } from './tls-gate.ts';

/** An accepted socket, which becomes a secure one. */
export class AcceptedTls extends AcceptedSocket {
  readonly #gate: TlsGate;
  #securing = false;

  constructor(socket: net.Socket, gate: TlsGate) {
    super(socket);
    this.#gate = gate;
  }

  async secure(): Promise<void> {
    const raw = this.socket;
    this.#securing = true;
    const { socket, identity } = await this.#gate.secure(raw, this.remote);
    if (raw.destroyed) return;
    socket.pause();
    this.identity = identity;
    this.begin(socket);
  }

  protected override unwrapped(): void {} // the handshake comes first

  protected override closedBy(): FairleadError {
    if (!this.#securing) return super.closedBy();
    return coreErrors.error('TLS_HANDSHAKE_FAILED', { peer: this.remote, reason: 'the peer closed' });
  }
}
