import type { Socket } from 'node:net';

/**
 * The buffer of a subscriber that nobody waits for. The library waits for every socket that asks for a pause, and all other
 * subscribers wait with it. Here, a socket does not ask for one: its buffer grows up to a bound, and whoever forwards messages
 * drops those for a client that is full.
 */
export class Outlet {
  readonly #socket: Socket;
  readonly #limit: () => number;
  /** Messages that it did not get. */
  dropped = 0;

  /**
   * @param limit bytes that may wait for this client now
   * @param largest bytes of the largest packet: the one that fills the buffer exceeds the limit by less
   */
  constructor(socket: Socket, limit: () => number, largest: number) {
    this.#socket = socket;
    this.#limit = limit;
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    // What is not dropped for a full client, such as messages of QoS 1, waits for it from here on.
    const pausesAt = () => 2 * limit() + largest;
    socket.write = ((...args: unknown[]) =>
      write(...args) || socket.writableLength < pausesAt()) as Socket['write'];
  }

  get full(): boolean {
    return this.#socket.writableLength >= this.#limit();
  }
}
