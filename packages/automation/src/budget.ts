/**
 * The memory of all runs together is limited: a limit for each run alone is not enough, because anybody can start runs by
 * connecting. Sizes are estimates that are not too low: two bytes for each character, and what the runtime
 * adds to each item.
 */
import { automationErrors } from './catalogue.ts';
import { automationLimits } from './limits.ts';

/** Bytes that the runtime adds to each item that is kept. */
const ITEM = 128;

/** Bytes that one or two texts take in memory, as one item. */
export function bytesOf(text: string, other = ''): number {
  return ITEM + 2 * (text.length + other.length);
}

/** The memory of all runs of a service, in bytes. */
export class Budget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number = automationLimits.values.memory) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * Returns false if it does not fit; nothing is taken then.
   * @param part of the budget that may be in use after it, up to 1
   */
  take(bytes: number, part = 1): boolean {
    if (this.#used + bytes > this.limit * part) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** The part of a budget that one run holds. */
export class Share {
  readonly budget: Budget;
  #held = 0;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** Throws RUNS_FULL; the share is then unchanged. */
  hold(bytes: number): void {
    if (!this.budget.take(bytes)) {
      const { limit } = this.budget;
      throw automationErrors.error('RUNS_FULL', { size: bytes, limit });
    }
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.budget.give(bytes);
    this.#held -= bytes;
  }

  /** Releases all of it. Idempotent. */
  end(): void {
    this.release(this.#held);
  }
}
