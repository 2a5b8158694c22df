import { type FastRule, fastRule } from './fast-rule.ts';
import { NO } from './parts/match.ts';
import type { Rule } from './rule.ts';

/** Which rules may match, by the first byte. All decoders of a codec share it. */
export interface Dispatch {
  /** By the first byte: the rules that may match, in order. */
  readonly candidates: readonly (readonly Rule[])[];
  /** By the first byte: the first of them, if it has a fast path. */
  readonly fast: readonly (FastRule | undefined)[];
  /** Whether some rules are for the first frame only; the fast path does not handle them. */
  readonly hasFirst: boolean;
}

export function dispatchOf(rules: readonly Rule[]): Dispatch {
  const usual = rules.filter((rule) => !rule.first);
  const made = new Map(usual.map((rule) => [rule, fastRule(rule)]));
  return {
    candidates: byFirstByte(rules),
    fast: byFirstByte(usual).map(([rule], byte) => {
      const fast = rule && made.get(rule);
      return fast !== undefined && mayBegin(fast, byte) ? fast : undefined;
    }),
    hasFirst: usual.length < rules.length,
  };
}

/** The fast path trusts the first byte, so a rule whose magic begins with another byte is left out. */
function mayBegin({ prefix: { size, value } }: FastRule, byte: number): boolean {
  return size === 0 || ((value >>> (8 * (size - 1))) & 0xff) === byte;
}

function byFirstByte(rules: readonly Rule[]): readonly (readonly Rule[])[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const head = Buffer.from([byte]);
    return rules.filter(({ matcher }) => matcher === undefined || matcher.test(head, 0, 1) !== NO);
  });
}
