import { Budget, bytesOf, Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import type { Result } from '../message.ts';
import type { Rule } from '../rules/tree.ts';

/** The result list of an exchange: messages by key, in the order in which the keys were first used. */
export class Results {
  readonly #texts = new Map<string, string>();
  readonly #share: Share;
  #count = 0;
  #characters = 0;
  /** Bytes of the share. */
  #held = 0;

  /** @param share memory for the list. Default: its own */
  constructor(share: Share = new Share(new Budget())) {
    this.#share = share;
  }

  get size(): number {
    return this.#texts.size;
  }

  get(key: string): string | undefined {
    return this.#texts.get(key);
  }

  /**
   * Adds a rule's message under its key and returns the key. A later message with the same key replaces it. A key that is a
   * format numbers the messages since the list was last empty. Throws RESULTS_FULL, or RUNS_FULL if the memory of all runs
   * is used up.
   */
  add(rule: Rule, text: string): string | undefined {
    if (rule.key === undefined) return undefined;
    const key = rule.keyFormat === undefined ? rule.key : rule.keyFormat(++this.#count);
    const { results, resultBytes } = automationLimits.values;
    const before = this.#texts.get(key);
    const more = bytesOf(key, text) - (before === undefined ? 0 : bytesOf(key, before));
    this.#share.hold(more);
    this.#held += more;
    this.#characters += text.length - (before?.length ?? 0);
    this.#texts.set(key, text);
    if (this.#texts.size > results) throw full(this.#texts.size, 'messages', results);
    if (this.#characters > resultBytes) throw full(this.#characters, 'characters', resultBytes);
    return key;
  }

  snapshot(): Result[] {
    const results = new Array<Result>(this.#texts.size);
    let at = 0;
    for (const [key, text] of this.#texts) results[at++] = { key, text };
    return results;
  }

  clear(): void {
    this.#texts.clear();
    this.#share.release(this.#held);
    this.#count = 0;
    this.#characters = 0;
    this.#held = 0;
  }
}

const full = (size: number, unit: string, limit: number) =>
  automationErrors.error('RESULTS_FULL', { size, unit, limit });
