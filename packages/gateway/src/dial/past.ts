import { type Ask, alike, fits } from './asks.ts';

interface Remembered<D> {
  readonly of: D;
  readonly ask: Ask;
  /** Whether it was answered; else its time ran out. */
  readonly answered: boolean;
  /** Until then an answer that cannot be told from its own must not be asked for. Monotonic milliseconds. */
  readonly settles: number;
  /** Until then its answer is known as late. */
  readonly until: number;
}

/** Requests that are over: a frame that answers one of them is no answer to the present one. */
export class Past<D> {
  readonly #limit: number;
  readonly #memory: number;
  /** Oldest first. */
  #items: Remembered<D>[] = [];

  /** @param memory milliseconds for which a request is remembered whose answer can be told from others */
  constructor(limit: number, memory: number) {
    this.#limit = limit;
    this.#memory = memory;
  }

  /** @param settle milliseconds for which its answer may still come */
  add(of: D, ask: Ask, answered: boolean, now: number, settle: number): void {
    const settles = answered ? now : now + settle;
    const until = ask.expect.length === 0 ? settles : Math.max(settles, now + this.#memory);
    this.#items = this.#items.filter(
      (item) => item.until > now && !(answered && item.answered && item.of === of),
    );
    this.#items.push({ of, ask, answered, settles, until });
    if (this.#items.length > this.#limit) this.#items.shift();
  }

  /** How long the request must wait because its answer could be taken for a late one. Monotonic milliseconds; 0: it need not. */
  blocks(ask: Ask, now: number): number {
    let until = 0;
    for (const item of this.#items)
      if (!item.answered && item.settles > now && alike(item.ask, ask)) until = Math.max(until, item.settles);
    return until;
  }

  /** Until when answers to requests whose time ran out may still come. Monotonic milliseconds; 0: none may. */
  unsettled(now: number): number {
    let until = 0;
    for (const { answered, settles } of this.#items)
      if (!answered && settles > now) until = Math.max(until, settles);
    return until;
  }

  /**
   * The request that the frame answers, too late or once more. A late answer comes once: it is forgotten.
   *
   * @param any whether requests count that any frame answers
   */
  take(frame: Uint8Array, any: boolean, now: number): Pick<Remembered<D>, 'of' | 'answered'> | undefined {
    const at = this.#items.findIndex(
      ({ ask, until, answered }) =>
        until > now && (ask.expect.length > 0 ? !any && fits(ask, frame) : any && !answered),
    );
    if (at < 0) return undefined;
    const item = this.#items[at] as Remembered<D>;
    if (!item.answered) this.#items.splice(at, 1);
    return item;
  }

  forget(of: D): void {
    this.#items = this.#items.filter((item) => item.of !== of);
  }
}
