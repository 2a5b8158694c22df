/** Splits the bytes of an outside client into whole MQTT packets for the broker library. No sockets here. */

/** Types of packets, MQTT 3.1.1, 2.2.1. */
const CONNECT = 1;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
/** Smallest allocation for an incomplete packet, in bytes. */
const LEAST = 64;
const NOTHING = Buffer.alloc(0);

export interface PacketLimits {
  /** Largest CONNECT. All sizes are in bytes after the length field. */
  readonly connect: number;
  /** Largest SUBSCRIBE or UNSUBSCRIBE. Their processing time grows with their filters. */
  readonly filters: number;
  /** Largest of all other packets. */
  readonly other: number;
  /** Packets and bytes after which a batch ends. One packet may be larger. */
  readonly batchPackets: number;
  readonly batchBytes: number;
}

/** Whole packets in their order. */
export interface Batch {
  readonly bytes: Buffer;
  readonly packets: number;
}

/** Why the client must be disconnected: a packet that is too large, or a first packet that is not CONNECT. */
export type Violation = { readonly size: number; readonly limit: number } | { readonly reason: string };

/**
 * The broker library parses an incomplete packet again for each piece that arrives, collects up to 256 MiB, and accepts all
 * bytes of a read. Here a packet is kept until it is complete, in memory that grows with the received bytes.
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
  /** Whether `#buffer` may be written after `#end`. Bytes that were returned are never written again. */
  #own = false;
  /** Total bytes of the packet at `#start`, when its header is known. */
  #size = 0;
  #connected = false;
  #violation: Violation | undefined;

  constructor(limits: PacketLimits) {
    this.#limits = limits;
  }

  /** Memory of the incomplete packet, in bytes. */
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
   * The complete packets: up to the first SUBSCRIBE or UNSUBSCRIBE, and up to the size of a batch.
   * undefined: more bytes are needed; `later`: the next one is a SUBSCRIBE or UNSUBSCRIBE, which must wait.
   *
   * @param withoutFilters whether these two must wait for a later call
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
    // A copy: a few bytes must not keep their whole chunk in memory.
    if (this.#start < this.#end && !this.#own) this.#reserve(0);
    return undefined;
  }

  #type(): number {
    return (this.#buffer[this.#start] as number) >> 4;
  }

  /** Returns false if the packet is incomplete or a violation. */
  #readHeader(): boolean {
    if (this.#start === this.#end) return false;
    const type = this.#type();
    if (!this.#connected && this.#buffer[this.#start] !== CONNECT << 4) {
      this.#violation = { reason: 'the first packet is not CONNECT' };
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

  /** Makes room for `more` bytes after those that were not returned yet. */
  #reserve(more: number): void {
    const kept = this.#end - this.#start;
    if (this.#own && this.#end + more <= this.#buffer.length) return;
    const needed = kept + more;
    // The size doubles each time, so that a packet in many pieces is copied only a few times.
    const grown = Math.max(needed, Math.min(2 * needed, this.#size), LEAST);
    const buffer = Buffer.allocUnsafeSlow(grown);
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    [this.#buffer, this.#start, this.#end, this.#own] = [buffer, 0, kept, true];
  }
}

function hasFilters(type: number): boolean {
  return type === SUBSCRIBE || type === UNSUBSCRIBE;
}
