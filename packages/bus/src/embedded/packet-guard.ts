/**
 * Watches where packets begin and how long they say they are, because the library collects a packet of up to 256 MiB before
 * anyone is asked. Bytes pass through unchanged.
 *
 *     ┌────────────┬──────────────────────────┬──────────────────────┐
 *     │ type, flags│ remaining length (varint)│ remaining length bytes│
 *     │ 1 byte     │ 1 to 4 bytes, 7 bits each│                      │
 *     └────────────┴──────────────────────────┴──────────────────────┘
 */
export class PacketGuard {
  readonly #later: number;
  #limit: number;
  /** Bytes of the present packet still to come; -1: its type comes next; -2: inside its length. */
  #rest = -1;
  #length = 0;
  #shift = 0;

  /**
   * @param first largest packet before the client has said who it is, in bytes
   * @param later largest packet from then on
   */
  constructor(first: number, later: number) {
    this.#limit = first;
    this.#later = later;
  }

  /** Returns the size that a packet announces when that is too much. */
  push(chunk: Uint8Array): number | undefined {
    for (let at = 0; at < chunk.length; ) {
      if (this.#rest >= 0) {
        const step = Math.min(this.#rest, chunk.length - at);
        at += step;
        this.#rest -= step;
        if (this.#rest > 0) return undefined;
        this.#rest = -1;
        this.#limit = this.#later;
        continue;
      }
      const byte = chunk[at++] as number;
      if (this.#rest === -1) {
        [this.#rest, this.#length, this.#shift] = [-2, 0, 0];
        continue;
      }
      this.#length += (byte & 0x7f) * 2 ** this.#shift;
      this.#shift += 7;
      if (this.#length > this.#limit || this.#shift > 28) return this.#length;
      if (byte < 0x80) this.#rest = this.#length;
      if (this.#rest === 0) [this.#rest, this.#limit] = [-1, this.#later];
    }
    return undefined;
  }
}
