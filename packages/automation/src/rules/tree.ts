/** A compiled tree of rules, which the engine walks. */
import type { Template } from '../body/template.ts';
import type { KeyFormat } from '../key-format.ts';
import { type Condition, fold } from '../match/condition.ts';
import type { Message } from '../message.ts';

interface Common {
  /** Counted through the tree in the order of writing. */
  readonly index: number;
  /** Where it stands: `rules[0].rules[1]`. */
  readonly path: string;
  readonly name: string;
  readonly key: string | undefined;
  /** Set where the key is a format. */
  readonly keyFormat: KeyFormat | undefined;
  readonly fire: boolean;
  readonly exit: 'success' | 'failure' | undefined;
  readonly children: RuleList;
}

export interface SendRule extends Common {
  readonly kind: 'send';
  readonly body: Template;
  /** Infinity: forever. */
  readonly iterations: number;
  /** Milliseconds. */
  readonly delayBefore: number;
  readonly delayAfter: number;
}

export interface ReceiveRule extends Common {
  readonly kind: 'receive';
  readonly iterations: number;
  /** Milliseconds; undefined: the connection's; Infinity: until the socket closes. */
  readonly timeout: number | undefined;
}

export interface CheckRule extends Common {
  readonly kind: 'check';
  readonly condition: Condition;
  readonly group: number;
}

export type Rule = SendRule | ReceiveRule | CheckRule;

export interface RuleTree {
  readonly rules: RuleList;
  /** How many, over all levels. */
  readonly size: number;
  /** In the order of `index`. */
  readonly all: readonly Rule[];
}

const NONE: readonly number[] = [];

/**
 * The rules of one level. Checks that compare the whole text are found by looking the message up, so that a list of a
 * thousand costs as much as one; the others are evaluated in turn.
 */
export class RuleList {
  readonly rules: readonly Rule[];
  /** Positions of the rules that no lookup can skip. */
  readonly tried: readonly number[];
  readonly #exact = new Map<string, number[]>();
  readonly #folded = new Map<string, number[]>();

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    const tried: number[] = [];
    rules.forEach((rule, at) => {
      const literal = rule.kind === 'check' ? rule.condition.literal : undefined;
      if (literal === undefined) tried.push(at);
      else {
        const map = literal.folded ? this.#folded : this.#exact;
        const same = map.get(literal.text);
        if (same === undefined) map.set(literal.text, [at]);
        else same.push(at);
      }
    });
    this.tried = tried;
  }

  /** Positions of the checks that are met by equality with this message, in order. */
  equalTo(message: Message | undefined): readonly number[] {
    if (message === undefined) return NONE;
    const exact = this.#exact.get(message.text) ?? NONE;
    if (this.#folded.size === 0) return exact;
    const folded = this.#folded.get(fold(message.text));
    if (folded === undefined) return exact;
    return [...exact, ...folded].sort((a, b) => a - b);
  }
}
