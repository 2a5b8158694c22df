/**
 * The memory that runs hold, bounded over all of them: a bound for each run alone bounds nothing where anybody may start
 * runs by connecting. Sizes are estimates that are not too low: two bytes for each character, and what the runtime
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

/** Bytes that all runs of a service hold together. */
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
   * false: it does not fit, and nothing was taken.
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

/** What one run holds of a budget. */
export class Share {
  readonly budget: Budget;
  #held = 0;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** Throws RUNS_FULL; then it holds what it held before. */
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

  /** Gives all of it back. Idempotent. */
  end(): void {
    this.release(this.#held);
  }
}
