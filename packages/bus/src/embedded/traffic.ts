/** What all outside clients together may have in memory on its way in. No sockets here. */

/** One client, as far as its bytes are concerned. */
export interface Holder {
  /** There is room again: go on reading. */
  resume(): void;
  /** Its packet is not whole and its memory is needed: cut it off. */
  evict(): void;
}

interface TrafficLimits {
  /** Bytes of packets that are not whole, over all clients. */
  readonly partial: number;
  /** Bytes of packets that are being delivered, over all clients. */
  readonly underWay: number;
}

/**
 * Two sums over all clients. Packets that are not whole can wait for ever, so the oldest has to go when there are too many.
 * Packets that are being delivered end by themselves, so the others wait until there is room.
 */
export class Traffic {
  readonly #limits: TrafficLimits;
  /** Number of packets that may be delivered at the same time. */
  readonly #window: () => number;
  /** Bytes of each packet that is not whole; the one that began first comes first. */
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

  /** A client now holds so many bytes of a packet that is not whole. */
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

  /** Takes a batch up for delivery. false: there is no room; `resume` is called when there may be. */
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
    // Not at once: a batch may end within the call that began it, and each would nest in the one before.
    setImmediate(() => {
      this.#waking = false;
      this.#wake();
    });
  }

  /** Each either enters or waits again, behind those who have waited longer. */
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

  /** The client is gone. */
  forget(holder: Holder): void {
    this.partial(holder, 0);
    this.#waiting.delete(holder);
  }
}
