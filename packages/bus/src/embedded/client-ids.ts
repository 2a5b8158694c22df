/** The connected clients of the embedded broker and their client ids. No sockets here. */
import type { Identity } from './access.ts';

interface ClientLimits {
  readonly clients: number;
  /** How many of them may be anonymous. */
  readonly anonymous: number;
}

/** A connection, as far as this file needs it. */
export interface Client {
  identity?: Identity | undefined;
}

/** `full`: there are too many clients; `taken`: another user has this client id. */
type IdRefusal = 'full' | 'taken';

export class ClientIds<C extends Client> {
  readonly #limits: ClientLimits;
  readonly #owners = new Map<string, C>();
  readonly #ids = new Map<C, string>();
  #anonymous = 0;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#ids.size;
  }

  /**
   * Adds a client whose identity is known. A new client takes the id from a client of the same user (MQTT 3.1.1,
   * 3.1.4-2), and a user takes it from an anonymous client; the caller closes the old connection.
   */
  take(client: C, id: string): IdRefusal | undefined {
    const owner = this.#owners.get(id);
    const user = client.identity?.user;
    if (owner !== undefined && owner.identity?.user !== user && owner.identity?.user !== undefined)
      return 'taken';
    const freed = owner === undefined ? 0 : 1;
    const freedAnonymous = owner !== undefined && owner.identity?.user === undefined ? 1 : 0;
    if (this.#ids.size - freed >= this.#limits.clients) return 'full';
    if (user === undefined && this.#anonymous - freedAnonymous >= this.#limits.anonymous) return 'full';
    if (owner !== undefined) this.leave(owner);
    this.#owners.set(id, client);
    this.#ids.set(client, id);
    if (user === undefined) this.#anonymous++;
    return undefined;
  }

  /** Returns whether the client had an id. */
  leave(client: C): boolean {
    const id = this.#ids.get(client);
    if (id === undefined) return false;
    this.#ids.delete(client);
    if (this.#owners.get(id) === client) this.#owners.delete(id);
    if (client.identity?.user === undefined) this.#anonymous--;
    return true;
  }
}
