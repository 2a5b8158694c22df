/** Payloads of this size and more are not copied. */
const BY_REFERENCE = 4_096;
const FIRST_BLOCK = 512;
const LARGEST_BLOCK = 65_536;

/**
 * The output of encoders. It collects the bytes that a link sends in one tick into a few pieces, for one write.
 *
 * Small writes are copied; a payload of 4 KiB or more goes by reference, so its owner must not change it after sending.
 */
export class ByteSink {
  #pieces: Uint8Array[] = [];
  #block: Buffer | undefined;
  #from = 0;
  #at = 0;
  #nextBlock: number;
  #length = 0;

  /** @param expected estimate of the bytes that will be collected: they get room in one piece */
  constructor(expected = 0) {
    this.#nextBlock = Math.min(Math.max(expected, FIRST_BLOCK), LARGEST_BLOCK);
  }

  /** Bytes collected since the last {@link flush}. */
  get length(): number {
    return this.#length;
  }

  /** Reserves `size` bytes, which the caller fills in at once: they are not zeroed. */
  reserve(size: number): Buffer {
    const block = this.#room(size);
    const from = this.#at;
    this.#took(size);
    return block.subarray(from, from + size);
  }

  bytes(value: Uint8Array): void {
    const size = value.length;
    if (size >= BY_REFERENCE) {
      this.#seal();
      this.#pieces.push(value);
      this.#length += size;
    } else if (size > 0) {
      this.#room(size).set(value, this.#at);
      this.#took(size);
    }
  }

  /** Text in UTF-8. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    if (size >= BY_REFERENCE) this.bytes(Buffer.from(value));
    else if (size > 0) {
      this.#room(size).write(value, this.#at);
      this.#took(size);
    }
  }

  byte(value: number): void {
    this.#room(1)[this.#at] = value;
    this.#took(1);
  }

  /** A block with room for `size` bytes from `#at` on. */
  #room(size: number): Buffer {
    const block = this.#block;
    return block === undefined || block.length - this.#at < size ? this.#grow(size) : block;
  }

  #took(size: number): void {
    this.#at += size;
    this.#length += size;
  }

  /** Returns everything collected, in order, and forgets it. */
  flush(): Uint8Array[] {
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#block = undefined;
    this.#nextBlock = FIRST_BLOCK;
    this.#from = this.#at = this.#length = 0;
    return pieces;
  }

  #seal(): void {
    if (this.#block !== undefined && this.#at > this.#from)
      this.#pieces.push(this.#block.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }

  #grow(size: number): Buffer {
    this.#seal();
    const block = Buffer.allocUnsafe(Math.max(this.#nextBlock, size));
    this.#nextBlock = Math.min(this.#nextBlock * 4, LARGEST_BLOCK);
    this.#block = block;
    this.#from = this.#at = 0;
    return block;
  }
}
