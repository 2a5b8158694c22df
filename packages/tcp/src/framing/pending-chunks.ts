/** Chunks of this size and more are kept as they are; smaller ones are collected in blocks, to bound the overhead of each. */
const KEPT_WHOLE = 512;
const BLOCK = 8_192;

/** Bytes that wait in pieces, in order, until they are copied into one buffer. */
export class PendingChunks {
  /** Bytes that wait. */
  length = 0;
  #pieces: Buffer[] = [];
  /** The block that collects small chunks, and how much of it is filled. */
  #block: Buffer | undefined;
  #filled = 0;

  /** Adds the bytes of a chunk from `from` on. The chunk must not change after that. */
  add(chunk: Buffer, from: number): void {
    const size = chunk.length - from;
    this.length += size;
    if (size >= KEPT_WHOLE) {
      this.#seal();
      this.#pieces.push(from === 0 ? chunk : chunk.subarray(from));
      return;
    }
    if (this.#block !== undefined && this.#block.length - this.#filled < size) this.#seal();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK);
    this.#filled += chunk.copy(this.#block, this.#filled, from);
  }

  /** Moves all bytes to `target` from `at` on; returns where they end. */
  moveTo(target: Buffer, at: number): number {
    this.#seal();
    let end = at;
    for (const piece of this.#pieces) end += piece.copy(target, end);
    this.#pieces = [];
    this.length = 0;
    return end;
  }

  #seal(): void {
    if (this.#block !== undefined) this.#pieces.push(this.#block.subarray(0, this.#filled));
    this.#block = undefined;
    this.#filled = 0;
  }
}
