import type { Message } from '../message.ts';
import type { CheckRule, Rule, RuleList } from '../rules/tree.ts';

/**
 * The rules below one iteration of a rule, and the position in them. The position is the lower of two cursors: one over the
 * rules that are always tested, and one over the checks for equality with this message.
 */
export class Level {
  /** The rule that owns this level; undefined at the root. */
  readonly owner: Rule | undefined;
  /** The message that checks test. */
  readonly message: Message | undefined;
  /** The iteration of the owner, from 1. */
  readonly iteration: number;
  readonly #list: RuleList;
  readonly #equal: readonly number[];
  #tried = 0;
  #picked = 0;
  /** Exclusive groups in which a rule was processed. */
  #groups: number[] | undefined;

  constructor(list: RuleList, owner: Rule | undefined, message: Message | undefined, iteration: number) {
    this.#list = list;
    this.owner = owner;
    this.message = message;
    this.iteration = iteration;
    this.#equal = list.equalTo(message);
  }

  /** The next rule. Checks of finished groups are skipped. */
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

  /** A check was processed: its group is finished. */
  took(rule: CheckRule): void {
    if (rule.group === 0) return;
    if (this.#groups === undefined) this.#groups = [rule.group];
    else this.#groups.push(rule.group);
  }
}
