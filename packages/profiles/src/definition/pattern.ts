import { RE2JS } from 're2js';
import { profilesLimits } from '../limits.ts';

/** Why a regular expression (RE2) cannot be the pattern of an answer; undefined: it can. */
export function patternProblem(pattern: string): string | undefined {
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.groupCount() !== 1) return 'expected one group, which is the value';
    return compiled.programSize() > profilesLimits.values.pattern ? 'the expression is too large' : undefined;
  } catch (error) {
    return `the expression is not valid: ${(error as Error).message}`;
  }
}
