/** Cuts the bytes of an outside client into whole MQTT packets, before the broker library sees them. No sockets here. */

/** Types of packets, MQTT 3.1.1, 2.2.1. */
const CONNECT = 1;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
/** The least that is allocated for a packet that has not come whole. */
const LEAST = 64;
const NOTHING = Buffer.alloc(0);

export interface PacketLimits {
  /** Largest CONNECT, in bytes after its length field, as all of these. */
  readonly connect: number;
  /** Largest SUBSCRIBE or UNSUBSCRIBE: the work for one grows with its filters. */
  readonly filters: number;
  /** Largest of all other packets. */
  readonly other: number;
  /** Packets and bytes after which a batch ends. One packet may be larger. */
  readonly batchPackets: number;
  readonly batchBytes: number;
}

/** Whole packets, one after the other. */
export interface Batch {
  readonly bytes: Buffer;
  readonly packets: number;
}

/** Why the client is to be cut off: a packet that announces too much, or a first packet that is no CONNECT. */
export type Violation = { readonly size: number; readonly limit: number } | { readonly reason: string };

/**
 * The broker library parses a packet anew for each piece of it that arrives, collects up to 256 MiB, and takes whatever one
 * read brings. Here a packet is kept until it is whole, in memory that grows with what has really come.
 *
 *     ┌────────────┬──────────────────────────┬───────────────────────┐
 *     │ type, flags│ remaining length (varint)│ remaining length bytes│
 *     │ 1 byte     │ 1 to 4 bytes, 7 bits each│                       │
 *     └────────────┴──────────────────────────┴───────────────────────┘
 */
export class PacketAssembler {
  readonly #limits: PacketLimits;
  #buffer: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether `#buffer` is ours to write behind `#end`. Bytes that were handed out are never written again. */
  #own = false;
  /** Bytes that the packet at `#start` has in all, once its header is known. */
  #size = 0;
  #connected = false;
  #violation: Violation | undefined;

  constructor(limits: PacketLimits) {
    this.#limits = limits;
  }

  /** Bytes of memory that a packet which is not whole takes. */
  get held(): number {
    return this.#start === this.#end ? 0 : this.#buffer.length;
  }

  push(chunk: Buffer): void {
    if (this.#start === this.#end) {
      [this.#buffer, this.#start, this.#end, this.#own] = [chunk, 0, chunk.length, false];
      return;
    }
    this.#reserve(chunk.length);
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The packets that are whole: up to a first SUBSCRIBE or UNSUBSCRIBE, and no more than a batch may have.
   * undefined: more bytes are needed; `later`: the next one is a SUBSCRIBE or UNSUBSCRIBE, and those are not wanted now.
   *
   * @param withoutFilters whether these two are left for a later call
   */
  next(withoutFilters = false): Batch | Violation | 'later' | undefined {
    if (this.#violation !== undefined) return this.#violation;
    const from = this.#start;
    let packets = 0;
    for (let last = false; !last; ) {
      if (this.#size === 0 && !this.#readHeader()) break;
      if (this.#end - this.#start < this.#size) break;
      const type = this.#type();
      if (withoutFilters && hasFilters(type)) {
        if (packets === 0) return 'later';
        break;
      }
      this.#start += this.#size;
      this.#size = 0;
      packets++;
      last =
        hasFilters(type) ||
        packets >= this.#limits.batchPackets ||
        this.#start - from >= this.#limits.batchBytes;
    }
    if (packets > 0) return { bytes: this.#buffer.subarray(from, this.#start), packets };
    if (this.#violation !== undefined) return this.#violation;
    // A few bytes must not keep the chunk alive that they were cut from.
    if (this.#start < this.#end && !this.#own) this.#reserve(0);
    return undefined;
  }

  #type(): number {
    return (this.#buffer[this.#start] as number) >> 4;
  }

  /** false: it is not there whole, or it is a violation. */
  #readHeader(): boolean {
    if (this.#start === this.#end) return false;
    const type = this.#type();
    if (!this.#connected && this.#buffer[this.#start] !== CONNECT << 4) {
      this.#violation = { reason: 'the first packet is no CONNECT' };
      return false;
    }
    const limit =
      type === CONNECT ? this.#limits.connect : hasFilters(type) ? this.#limits.filters : this.#limits.other;
    let length = 0;
    for (let i = 1; this.#start + i < this.#end; i++) {
      const byte = this.#buffer[this.#start + i] as number;
      length += (byte & 0x7f) * 2 ** (7 * (i - 1));
      // A length has four bytes at most.
      if (length > limit || (i === 4 && byte >= 0x80)) {
        this.#violation = { size: length, limit };
        return false;
      }
      if (byte >= 0x80) continue;
      this.#size = 1 + i + length;
      this.#connected = true;
      return true;
    }
    return false;
  }

  /** Makes room for `more` bytes behind those that are not handed out. */
  #reserve(more: number): void {
    const kept = this.#end - this.#start;
    if (this.#own && this.#end + more <= this.#buffer.length) return;
    const needed = kept + more;
    // Twice as much each time, so that a packet in many pieces is copied a few times only.
    const grown = Math.max(needed, Math.min(2 * needed, this.#size), LEAST);
    const buffer = Buffer.allocUnsafeSlow(grown);
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    [this.#buffer, this.#start, this.#end, this.#own] = [buffer, 0, kept, true];
  }
}

function hasFilters(type: number): boolean {
  return type === SUBSCRIBE || type === UNSUBSCRIBE;
}
