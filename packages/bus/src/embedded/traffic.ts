/** The memory limits for incoming packets of all outside clients together. No sockets here. */

/** A client, as far as this file needs it. */
export interface Holder {
  /** There is room again: the client continues to read. */
  resume(): void;
  /** Its packet is incomplete and its memory is needed: the client is disconnected. */
  evict(): void;
}

interface TrafficLimits {
  /** Bytes of incomplete packets of all clients. */
  readonly partial: number;
  /** Bytes of packets in delivery of all clients. */
  readonly underWay: number;
}

/**
 * Two sums over all clients. Incomplete packets may never be completed: above the limit, the client with the oldest one is
 * disconnected. Packets in delivery always end: above the limit, the other packets wait.
 */
export class Traffic {
  readonly #limits: TrafficLimits;
  /** Largest number of packets in delivery. */
  readonly #window: () => number;
  /** Bytes of each incomplete packet, the oldest first. */
  readonly #partial = new Map<Holder, number>();
  readonly #waiting = new Set<Holder>();
  #partialBytes = 0;
  #underWayBytes = 0;
  #underWayPackets = 0;
  #waking = false;

  constructor(limits: TrafficLimits, window: () => number) {
    this.#limits = limits;
    this.#window = window;
  }

  get partialBytes(): number {
    return this.#partialBytes;
  }

  get underWayBytes(): number {
    return this.#underWayBytes;
  }

  /** Sets the bytes that a client holds of an incomplete packet. */
  partial(holder: Holder, bytes: number): void {
    const before = this.#partial.get(holder) ?? 0;
    this.#partialBytes += bytes - before;
    if (bytes === 0) this.#partial.delete(holder);
    else this.#partial.set(holder, bytes);
    while (this.#partialBytes > this.#limits.partial) {
      const [oldest] = this.#partial.keys();
      if (oldest === undefined) return;
      this.partial(oldest, 0);
      oldest.evict();
    }
  }

  /** Starts the delivery of a batch. Returns false if there is no room; `resume` is called when there may be room. */
  enter(holder: Holder, packets: number, bytes: number): boolean {
    if (this.#underWayPackets > 0 && !this.#hasRoom(packets, bytes)) {
      this.#waiting.add(holder);
      return false;
    }
    this.#underWayPackets += packets;
    this.#underWayBytes += bytes;
    return true;
  }

  leave(packets: number, bytes: number): void {
    this.#underWayPackets -= packets;
    this.#underWayBytes -= bytes;
    if (this.#waiting.size === 0 || this.#waking) return;
    this.#waking = true;
    // Not at once: a batch may end within the call that started it, and the calls would nest.
    setImmediate(() => {
      this.#waking = false;
      this.#wake();
    });
  }

  /** Each client either starts its batch or waits again, after those that have waited longer. */
  #wake(): void {
    let left = this.#waiting.size;
    for (const holder of this.#waiting) {
      if (left-- === 0 || (this.#underWayPackets > 0 && !this.#hasRoom(1, 1))) return;
      this.#waiting.delete(holder);
      holder.resume();
    }
  }

  #hasRoom(packets: number, bytes: number): boolean {
    return (
      this.#underWayPackets + packets <= this.#window() &&
      this.#underWayBytes + bytes <= this.#limits.underWay
    );
  }

  /** The client disconnected. */
  forget(holder: Holder): void {
    this.partial(holder, 0);
    this.#waiting.delete(holder);
  }
}
