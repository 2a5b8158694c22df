import type { Message } from '../message.ts';
import type { CheckRule, Rule, RuleList } from '../rules/tree.ts';

/**
 * The rules below one iteration of a rule, and how far they have been walked. The position is the lesser of two cursors:
 * over the rules that are always looked at, and over the checks that equality has picked out.
 */
export class Level {
  /** The rule that these stand below; undefined at the root. */
  readonly owner: Rule | undefined;
  /** What checks look at. */
  readonly message: Message | undefined;
  /** Which iteration of the owner this is. */
  readonly iteration: number;
  readonly #list: RuleList;
  readonly #equal: readonly number[];
  #tried = 0;
  #picked = 0;
  /** Exclusive groups of which a rule has been processed. */
  #groups: number[] | undefined;

  constructor(list: RuleList, owner: Rule | undefined, message: Message | undefined, iteration: number) {
    this.#list = list;
    this.owner = owner;
    this.message = message;
    this.iteration = iteration;
    this.#equal = list.equalTo(message);
  }

  /** The next rule, checks of groups that are done left out. */
  next(): Rule | undefined {
    const { rules, tried } = this.#list;
    for (;;) {
      const a = tried[this.#tried];
      const b = this.#equal[this.#picked];
      if (a === undefined && b === undefined) return undefined;
      const first = b === undefined || (a !== undefined && a < b);
      const rule = rules[(first ? a : b) as number] as Rule;
      if (first) this.#tried++;
      else this.#picked++;
      if (rule.kind === 'check' && this.#groups?.includes(rule.group)) continue;
      return rule;
    }
  }

  /** A check was processed: its group is done. */
  took(rule: CheckRule): void {
    if (rule.group === 0) return;
    if (this.#groups === undefined) this.#groups = [rule.group];
    else this.#groups.push(rule.group);
  }
}
