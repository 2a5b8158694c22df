/** The newest `capacity` items, oldest first. */
export class Ring<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  /** The index of the oldest item when the ring is full. */
  #start = 0;

  /** @param capacity the largest number of items, at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Adds an item. If the ring was full, removes and returns the oldest item. */
  push(item: T): T | undefined {
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
      return undefined;
    }
    const oldest = this.#items[this.#start];
    this.#items[this.#start] = item;
    this.#start = (this.#start + 1) % this.#capacity;
    return oldest;
  }

  /** The item at an index; 0 is the oldest item. Negative indexes count from the end, as with arrays. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.#items.length + index : index;
    if (place < 0 || place >= this.#items.length) return undefined;
    return this.#items[(this.#start + place) % this.#items.length];
  }

  clear(): void {
    this.#items.length = this.#start = 0;
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let place = 0; place < this.#items.length; place++)
      yield this.#items[(this.#start + place) % this.#items.length] as T;
  }
}
