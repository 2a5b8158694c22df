/** Bounds on the connections to the HTTP API that are open at the same time. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { serverLimits } from '../limits.ts';
import { peerOf } from '../peer-address.ts';

export interface SlotBounds {
  /** Connections at the same time. */
  readonly connections: number;
  /** Connections of one address that have not shown the token. */
  readonly perAddress: number;
  /** Further connections, on which only /healthz and /readyz answer. */
  readonly reserve: number;
}

export const slotBounds: SlotBounds = {
  connections: serverLimits.values.httpConnections,
  perAddress: serverLimits.values.httpPerAddress,
  reserve: serverLimits.values.httpReserve,
};

/**
 * A silent connection costs its owner nothing, so it must not block others: when a limit is reached, the oldest connection
 * that has not shown the administrator's token is closed for the newest. Connections that have shown the token are never
 * closed for others; when they take all slots, a reserve remains for health checks.
 */
export class ConnectionSlots {
  readonly #bounds: SlotBounds;
  readonly #dropped: (address: string) => void;
  /** Connections that have not shown the token, with their peers. The oldest is first in each collection. */
  readonly #unproven = new Map<Socket, string>();
  readonly #unprovenOf = new Map<string, Set<Socket>>();
  readonly #proven = new Set<Socket>();
  readonly #reserve = new Set<Socket>();

  /** @param dropped called with the address of each connection that was closed to make room */
  constructor(dropped: (address: string) => void, bounds: SlotBounds = slotBounds) {
    this.#dropped = dropped;
    this.#bounds = bounds;
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#enter(socket));
  }

  /** Called when a request on this connection had the token. */
  prove(of: Socket): void {
    const socket = acceptedOf(of);
    if (this.#leaveUnproven(socket)) this.#proven.add(socket);
  }

  /** Whether this connection has a slot of the reserve, and no other slot is free. */
  isReserve(of: Socket): boolean {
    const socket = acceptedOf(of);
    if (!this.#reserve.has(socket)) return false;
    if (this.#full) return true;
    this.#reserve.delete(socket);
    this.#addUnproven(socket);
    return false;
  }

  get #full(): boolean {
    return this.#unproven.size + this.#proven.size >= this.#bounds.connections;
  }

  #enter(socket: Socket): void {
    const same = this.#unprovenOf.get(peerOf(socket.remoteAddress ?? ''));
    if (same !== undefined && same.size >= this.#bounds.perAddress) this.#drop(same);
    if (this.#full) this.#drop(this.#unproven.keys());
    if (!this.#full) this.#addUnproven(socket);
    else {
      if (this.#reserve.size >= this.#bounds.reserve) this.#drop(this.#reserve);
      this.#reserve.add(socket);
    }
    socket.once('close', () => this.#forget(socket));
  }

  /** Closes the oldest of them. */
  #drop(sockets: Iterable<Socket>): void {
    for (const oldest of sockets) {
      this.#dropped(oldest.remoteAddress ?? 'unknown');
      this.#forget(oldest);
      oldest.destroy();
      return;
    }
  }

  #forget(socket: Socket): void {
    this.#leaveUnproven(socket);
    this.#proven.delete(socket);
    this.#reserve.delete(socket);
  }

  #addUnproven(socket: Socket): void {
    const peer = peerOf(socket.remoteAddress ?? '');
    this.#unproven.set(socket, peer);
    this.#unprovenOf.set(peer, (this.#unprovenOf.get(peer) ?? new Set()).add(socket));
  }

  #leaveUnproven(socket: Socket): boolean {
    const peer = this.#unproven.get(socket);
    if (peer === undefined) return false;
    this.#unproven.delete(socket);
    const same = this.#unprovenOf.get(peer);
    same?.delete(socket);
    if (same?.size === 0) this.#unprovenOf.delete(peer);
    return true;
  }
}

/** The accepted socket below one of TLS, on which requests come. Node has no public name for it. */
function acceptedOf(socket: Socket & { readonly _parent?: Socket | null }): Socket {
  return socket._parent ?? socket;
}
