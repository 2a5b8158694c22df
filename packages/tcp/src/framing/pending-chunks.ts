/** Chunks from this size on are kept as they are; smaller ones are gathered, so that many do not cost more than they hold. */
const AS_IT_IS = 512;
const BLOCK = 8_192;

/** Bytes that wait in pieces, in order, until it is worth the while to copy them into one place. */
export class Parking {
  /** Bytes that wait. */
  length = 0;
  #pieces: Buffer[] = [];
  /** The piece that small chunks are gathered in, and how much of it is filled. */
  #block: Buffer | undefined;
  #filled = 0;

  /** Adds the bytes of a chunk from `from` on. The chunk must not change after that. */
  add(chunk: Buffer, from: number): void {
    const size = chunk.length - from;
    this.length += size;
    if (size >= AS_IT_IS) {
      this.#seal();
      this.#pieces.push(from === 0 ? chunk : chunk.subarray(from));
      return;
    }
    if (this.#block !== undefined && this.#block.length - this.#filled < size) this.#seal();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK);
    this.#filled += chunk.copy(this.#block, this.#filled, from);
  }

  /** Copies all of them to `target` from `at` on and forgets them; returns where they end. */
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
