import { type FastRule, fastRule } from './fast-rule.ts';
import { NO } from './parts/match.ts';
import type { Rule } from './rule.ts';

/** What the first byte tells. One for all decoders of a codec. */
export interface Dispatch {
  /** For each first byte the rules that may be for what begins with it, in order. */
  readonly candidates: readonly (readonly Rule[])[];
  /** For each first byte the first of them, if it is one of the fast ones. */
  readonly fast: readonly (FastRule | undefined)[];
  /** Whether some rules are for the first frame only, which the fast way does not know of. */
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

/** The fast way trusts the first byte, so that a rule is not taken there whose magic says otherwise. */
function mayBegin({ prefix: { size, value } }: FastRule, byte: number): boolean {
  return size === 0 || ((value >>> (8 * (size - 1))) & 0xff) === byte;
}

function byFirstByte(rules: readonly Rule[]): readonly (readonly Rule[])[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const head = Buffer.from([byte]);
    return rules.filter(({ matcher }) => matcher === undefined || matcher.test(head, 0, 1) !== NO);
  });
}
