/** The connected clients of the embedded broker and their client ids. No sockets here. */
import type { Identity } from './access.ts';

interface PlaceLimits {
  readonly clients: number;
  /** Places that anonymous clients may take. */
  readonly anonymous: number;
}

/** A connection, as far as its place is concerned. */
export interface Guest {
  identity?: Identity | undefined;
}

/** `full`: there are too many clients; `taken`: another user has this client id. */
type PlaceRefusal = 'full' | 'taken';

export class Places<G extends Guest> {
  readonly #limits: PlaceLimits;
  readonly #owners = new Map<string, G>();
  readonly #ids = new Map<G, string>();
  #anonymous = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#ids.size;
  }

  /**
   * Adds a client whose identity is known. A new client takes the id from a client of the same user (MQTT 3.1.1,
   * 3.1.4-2), and a user takes it from an anonymous client; the caller closes the old connection.
   */
  take(guest: G, id: string): PlaceRefusal | undefined {
    const owner = this.#owners.get(id);
    const user = guest.identity?.user;
    if (owner !== undefined && owner.identity?.user !== user && owner.identity?.user !== undefined)
      return 'taken';
    const freed = owner === undefined ? 0 : 1;
    const freedAnonymous = owner !== undefined && owner.identity?.user === undefined ? 1 : 0;
    if (this.#ids.size - freed >= this.#limits.clients) return 'full';
    if (user === undefined && this.#anonymous - freedAnonymous >= this.#limits.anonymous) return 'full';
    if (owner !== undefined) this.leave(owner);
    this.#owners.set(id, guest);
    this.#ids.set(guest, id);
    if (user === undefined) this.#anonymous++;
    return undefined;
  }

  /** Returns whether the guest had a place. */
  leave(guest: G): boolean {
    const id = this.#ids.get(guest);
    if (id === undefined) return false;
    this.#ids.delete(guest);
    if (this.#owners.get(id) === guest) this.#owners.delete(id);
    if (guest.identity?.user === undefined) this.#anonymous--;
    return true;
  }
}
