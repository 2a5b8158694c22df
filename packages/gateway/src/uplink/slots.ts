import { Fifo } from '@fairlead/core';

/** Limits the number of batches and of bytes in use at the same time. Further batches are queued. */
export class Slots {
  readonly #items: number;
  readonly #bytes: number;
  readonly #waiting = new Fifo<{ readonly bytes: number; readonly enter: () => void }>();
  /** Bytes that are queued. */
  waitingBytes = 0;
  #usedItems = 0;
  #usedBytes = 0;

  constructor(items: number, bytes: number) {
    this.#items = items;
    this.#bytes = bytes;
  }

  /** undefined: the batch has its slot. Otherwise resolves when it has one. */
  enter(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#take(bytes);
      return undefined;
    }
    this.waitingBytes += bytes;
    return new Promise((enter) => {
      this.#waiting.push({ bytes, enter });
    });
  }

  leave(bytes: number): void {
    this.#usedItems--;
    this.#usedBytes -= bytes;
    for (
      let next = this.#waiting.first;
      next !== undefined && this.#fits(next.bytes);
      next = this.#waiting.first
    ) {
      this.#waiting.shift();
      this.waitingBytes -= next.bytes;
      this.#take(next.bytes);
      next.enter();
    }
  }

  /** A batch larger than the limit enters alone. */
  #fits(bytes: number): boolean {
    return this.#usedItems === 0 || (this.#usedItems < this.#items && this.#usedBytes + bytes <= this.#bytes);
  }

  #take(bytes: number): void {
    this.#usedItems++;
    this.#usedBytes += bytes;
  }
}
