import type { z } from 'zod';
import type { CodePage } from '../../text/code-page.ts';
import type { CheckedRule } from './parts/checks.ts';
import type { commonKeys } from './parts/keys.ts';
import type { Shape } from './shape.ts';

/** The schema of a kind: the keys of every rule, its name under `kind`, and keys of its own. */
export type RuleSchema = z.ZodObject<
  typeof commonKeys & { readonly kind: z.ZodLiteral<string> },
  z.core.$strict
>;

/** A rule as it comes out of its schema: defaults filled in, hex turned into bytes. */
export type ParsedRule = z.output<RuleSchema> &
  CheckedRule & { readonly onBadChecksum?: 'close' | 'drop' | 'flag' };

/**
 * A kind of rule: everything that a framing spec needs to know about it. A file of `kinds/` defines one, and one entry of
 * the table in rule-kinds.ts adds it. The parser, the types, the JSON Schema and the reference follow from the table.
 */
export interface RuleKind<S extends RuleSchema = RuleSchema> {
  readonly schema: S;
  /**
   * Prepares a rule. Throws an `Error` with the reason if keys contradict each other.
   * @param page the encoding of the text in frames, if it is known
   */
  shape(rule: z.output<S>, page: CodePage | undefined): Shape;
  /** How the kind is written as a word, if it can be: `raw`, `raw:N`. */
  readonly word?: KindWord;
}

export interface KindWord {
  /** Whether the name alone is a framing. */
  readonly alone: boolean;
  /** The key that N sets in `name:N`. */
  readonly number?: 'max' | 'size';
  /** Largest N. Default: any. */
  readonly most?: number;
}
