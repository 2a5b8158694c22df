import { Fifo } from '@fairlead/core';

/** Bytes of a stream that are in no frame yet, in the pieces in which they came: a device may send them one by one. */
export class HeldBytes {
  readonly #pieces = new Fifo<Buffer>();
  /** Bytes of the first piece that are gone. */
  #gone = 0;
  length = 0;

  push(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** Drops the first bytes. */
  drop(count: number): void {
    let left = Math.min(count, this.length);
    this.length -= left;
    while (left > 0) {
      const first = this.#pieces.first as Buffer;
      const size = first.length - this.#gone;
      if (left < size) {
        this.#gone += left;
        return;
      }
      left -= size;
      this.#gone = 0;
      this.#pieces.shift();
    }
  }

  /** A copy of the first bytes, at most `count`. */
  first(count: number): Buffer {
    const wanted = Math.min(count, this.length);
    const copy = Buffer.alloc(wanted);
    let at = 0;
    let from = this.#gone;
    for (const piece of this.#pieces) {
      if (at === wanted) break;
      at += piece.copy(copy, at, from);
      from = 0;
    }
    return copy;
  }
}
