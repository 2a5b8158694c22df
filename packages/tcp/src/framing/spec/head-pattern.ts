import { Matcher, NO, type ParsedMatch, YES } from './parts/match.ts';

/** The first bytes of a connection: alternatives, one of which must match. */
export class HeadPattern {
  /** Bits that each matching head has in common with the pattern, at least: the more, the more specific. */
  readonly weight: number;
  readonly #alternatives: readonly (Matcher | undefined)[];

  /** @param alternatives undefined: anything matches */
  constructor(alternatives: readonly (Matcher | undefined)[]) {
    this.#alternatives = alternatives;
    this.weight = Math.min(...alternatives.map((matcher) => matcher?.weight ?? 0));
  }

  /** Whether a connection that begins with these bytes fits; `more`: too few bytes to decide. */
  test(head: Buffer): 'yes' | 'no' | 'more' {
    if (head.length === 0) return 'more';
    let open = false;
    for (const matcher of this.#alternatives) {
      const answer = matcher === undefined ? YES : matcher.test(head, 0, head.length);
      if (answer === YES) return 'yes';
      open ||= answer !== NO;
    }
    return open ? 'more' : 'no';
  }
}

/** A pattern of matches as `matchSchema` parses them: one of them must hold. */
export function headOfMatches(matches: readonly ParsedMatch[]): HeadPattern {
  return new HeadPattern(matches.map((match) => Matcher.of(match)));
}
