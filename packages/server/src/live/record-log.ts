/** The latest records of a topic, numbered, as JSON texts. */
export class RecordLog {
  readonly #size: number;
  #texts: string[] = [];
  /** Index of the oldest. */
  #head = 0;
  #held = 0;
  #last = 0;

  /** @param size characters that are kept */
  constructor(size: number) {
    this.#size = size;
  }

  /** Number of the newest record. */
  get last(): number {
    return this.#last;
  }

  /** Number of the oldest record that is kept. */
  get first(): number {
    return this.#last - (this.#texts.length - this.#head) + 1;
  }

  push(text: string): void {
    this.#texts.push(text);
    this.#last++;
    this.#held += text.length;
    while (this.#held > this.#size && this.#texts.length - this.#head > 1) {
      this.#held -= (this.#texts[this.#head] as string).length;
      this.#texts[this.#head++] = '';
    }
    if (this.#head < 1_024 || this.#head * 2 < this.#texts.length) return;
    this.#texts = this.#texts.slice(this.#head);
    this.#head = 0;
  }

  /** The records from a number on that are kept, up to the bounds; of a longer first one at least that. */
  take(from: number, to: number, bounds: { readonly count: number; readonly size: number }): TakenRecords {
    const first = Math.max(from, this.first);
    const texts: string[] = [];
    let size = 0;
    for (let number = first; number <= Math.min(to, this.#last) && texts.length < bounds.count; number++) {
      const text = this.#texts[this.#head + number - this.first] as string;
      size += text.length;
      if (size > bounds.size && texts.length > 0) break;
      texts.push(text);
    }
    return { from: first, to: first + texts.length - 1, texts };
  }
}

export interface TakenRecords {
  readonly from: number;
  /** Less than `from` if there are none. */
  readonly to: number;
  readonly texts: readonly string[];
}
