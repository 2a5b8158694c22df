import { Fifo } from '@fairlead/core';

/** Shorter texts are sent as they are, as are longer ones, of which the process would keep too many bytes. */
const SHORTEST = 64;
const LONGEST = 16_384;

/** The parameters that a script process has, by number: those of a device are the same with each call, and often long. */
export class KnownParameters {
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Fifo<string>();
  readonly #most: number;
  #size = 0;
  #last = 0;

  /** @param most characters of all texts */
  constructor(most: number) {
    this.#most = most;
  }

  /** What stands for the text in a context: `#` and its number, or the text itself. `add` is called for a text that is new. */
  name(text: string, add: (text: string, number: number) => void): string {
    if (text.length < SHORTEST || text.length > LONGEST) return text;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = ++this.#last;
      this.#numbers.set(text, number);
      this.#texts.push(text);
      this.#size += text.length;
      add(text, number);
    }
    return `#${number}`;
  }

  /** Forgets the oldest texts beyond the bound. Returns the number up to which the process forgets them too; 0: none. */
  trim(): number {
    let upTo = 0;
    while (this.#size > this.#most) {
      const oldest = this.#texts.shift() as string;
      upTo = this.#numbers.get(oldest) as number;
      this.#numbers.delete(oldest);
      this.#size -= oldest.length;
    }
    return upTo;
  }
}
