import {
  coreErrors,
  type FairleadError,
  isFairleadError,
  keysAt,
  nearest,
  parseOptions,
} from '@fairlead/core';
import { tcpErrors } from '../../catalogue.ts';
import { tcpLimits } from '../../limits.ts';
import type { CodePage } from '../../text/code-page.ts';
import { hintFor } from './hints.ts';
import type { ParsedRule, RuleKind, RuleSchema } from './kind.ts';
import { presets } from './presets.ts';
import { type CompiledSpec, compileRule, type Rule } from './rule.ts';
import { framingSpecSchema, resyncSchema } from './schema.ts';
import { KindWords } from './words.ts';

const SPEC_KEYS = Object.keys(framingSpecSchema.shape);
const timesSchema = framingSpecSchema.pick({ frameTimeout: true, silence: true });

/** Parses framings whose rules are of the kinds it is given, and explains what is wrong with one. */
export class SpecParser {
  readonly #kinds: ReadonlyMap<string, RuleKind>;
  /** Keys that some rule has. */
  readonly #ruleKeys: ReadonlySet<string>;
  readonly #words: KindWords;

  constructor(kinds: readonly RuleKind[]) {
    this.#kinds = new Map(kinds.map((kind) => [nameOf(kind), kind]));
    this.#ruleKeys = new Set(kinds.flatMap(({ schema }) => Object.keys(schema.shape)));
    this.#words = new KindWords(this.#kinds, Object.keys(presets));
  }

  /** Parses a framing as people write it: a word, or a spec as JSON text or as an object. Throws `FRAMING_SPEC_INVALID`. */
  parse(framing: string | object, page?: CodePage): CompiledSpec {
    return this.compile(typeof framing === 'string' ? this.#fromText(framing.trim()) : framing, page);
  }

  /**
   * Parses a spec. Throws `FRAMING_SPEC_INVALID`.
   * @param page the encoding of the text in frames, if it is known
   */
  compile(spec: unknown, page?: CodePage): CompiledSpec {
    if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
      throw invalid(spec, `expected an object of the form {"rules": [...]}.${listHint(spec)}`);
    const { rules, sent, resync, frameTimeout, silence, ...others } = spec as Record<string, unknown>;
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined)
      throw invalid(spec, `unknown key "${unknown}". ${this.#unknownKeyHint(spec, unknown)}`);
    const received = this.#rules(spec, rules, 'rules', page);
    return {
      rules: received,
      sent: sent === undefined ? received : this.#rules(spec, sent, 'sent', page),
      resync: resync === undefined ? undefined : explained(spec, '"resync"', () => resyncMax(resync)),
      ...explained(spec, '', () => parseOptions(timesSchema, { frameTimeout, silence }, '')),
    };
  }

  #fromText(text: string): unknown {
    if (/^[{["]/.test(text)) return fromJson(text);
    if (Object.hasOwn(presets, text)) return presets[text];
    const { rule, problem } = this.#words.rule(text);
    if (problem !== undefined) throw invalid(text, problem);
    return { rules: [rule] };
  }

  #rules(spec: object, rules: unknown, key: 'rules' | 'sent', page: CodePage | undefined): Rule[] {
    if (!Array.isArray(rules) || rules.length === 0)
      throw invalid(spec, `"${key}" must be a list with at least one rule.`);
    if (rules.length > tcpLimits.values.framingRules)
      throw invalid(spec, `${rules.length} rules; the limit is ${tcpLimits.values.framingRules}.`);
    const prefix = key === 'sent' ? 'sent ' : '';
    const compiled = rules.map((rule, i) => this.#rule(spec, rule, i, prefix + label(rule, i), page));
    const problem = listProblem(compiled);
    if (problem !== undefined) throw invalid(spec, problem);
    return compiled;
  }

  #rule(spec: object, rule: unknown, index: number, where: string, page: CodePage | undefined): Rule {
    if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
      throw invalid(spec, `${where} must be an object.`);
    const { kind: name } = rule as { readonly kind?: unknown };
    const kind = this.#kinds.get(name as string);
    if (kind === undefined) throw invalid(spec, `${where}: ${this.#unknownKind(name)}`);
    return explained(spec, where, () => compileRule(kind, parsedRule(kind.schema, rule, where), index, page));
  }

  #unknownKind(kind: unknown): string {
    const known = [...this.#kinds.keys()];
    if (kind === undefined) return `"kind" is missing; known: ${known.join(', ')}.`;
    const near = typeof kind === 'string' ? nearest(kind, known) : undefined;
    const hint = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean "${near}"?`;
    return `unknown kind ${JSON.stringify(kind)}. ${hint}`;
  }

  #unknownKeyHint(spec: object, key: string): string {
    const wrap = 'rules' in spec ? '' : listHint(spec);
    if (wrap !== '') return wrap.trim();
    if ('framing' in spec && !('rules' in spec)) return 'The framing itself is the value of "framing".';
    const near = nearest(key, SPEC_KEYS);
    if (near !== undefined) return `Did you mean "${near}"?`;
    if (this.#ruleKeys.has(key)) return `"${key}" is a key of a rule: write it in one of the "rules".`;
    return hintFor(key, SPEC_KEYS) ?? `A framing has the keys ${SPEC_KEYS.join(', ')}.`;
  }
}

function nameOf({ schema }: RuleKind): string {
  return schema.shape.kind.value;
}

/** A hint on how to write a rule, or a list of rules, as a framing. */
function listHint(spec: unknown): string {
  const rules = Array.isArray(spec) ? spec : [spec];
  const isRule = (one: unknown) => typeof one === 'object' && one !== null && 'kind' in one;
  if (!rules.some(isRule)) return '';
  return Array.isArray(spec)
    ? ' Write the list as {"rules": [...]}.'
    : ' A rule belongs in a list: write {"rules": [{"kind": ...}]}.';
}

function resyncMax(resync: unknown): number {
  if (resync === null) throw new Error('expected {} or {"max": ...}, or leave it out');
  return parseOptions(resyncSchema, resync, '"resync"').max;
}

/** Throws as `parseOptions` does. For an unknown key that other programs use, it names the key that is meant. */
function parsedRule(schema: RuleSchema, rule: object, where: string): ParsedRule {
  try {
    return parseOptions(schema, rule, where);
  } catch (error) {
    if (!isFairleadError(error) || error.code !== 'OPTION_UNKNOWN') throw error;
    const { key, where: place } = error.details as { readonly key: string; readonly where: string };
    const path = key.split('.');
    const hint = hintFor(path.at(-1) as string, keysAt(schema, path.slice(0, -1)));
    throw hint === undefined ? error : coreErrors.error('OPTION_UNKNOWN', { key, where: place, hint }, error);
  }
}

/** Returns what `make` returns. An error that it throws becomes the reason of `FRAMING_SPEC_INVALID`. */
function explained<T>(spec: unknown, where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (isFairleadError(error)) throw invalid(spec, error.message, error);
    throw invalid(spec, `${where}: ${(error as Error).message}.`, error);
  }
}

function label(rule: unknown, index: number): string {
  const name = (rule as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? `rule ${index + 1} ("${name}")` : `rule ${index + 1}`;
}

/** The problem with the rules as a list: after a rule that matches anything, further rules are never reached. */
function listProblem(rules: readonly Rule[]): string | undefined {
  const all = rules.findIndex((rule) => rule.matcher === undefined && !rule.first && !rule.next);
  if (all >= 0 && all < rules.length - 1)
    return `rule ${all + 1} has no "match", so that rule ${all + 2} is never reached.`;
  if (rules.every((rule) => rule.first)) return 'every rule is for the first frame only.';
  if (rules.every((rule) => rule.discard)) return 'every rule discards, so that no frame is delivered.';
  if (rules.filter((rule) => rule.send).length > 1) return 'more than one rule has "send".';
  if (rules.some((rule) => rule.send && rule.discard)) return 'a rule that discards cannot "send".';
  return undefined;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(text, `not valid JSON: ${(error as Error).message}.`, error);
  }
}

function invalid(spec: unknown, reason: string, cause?: unknown): FairleadError {
  const text = typeof spec === 'string' ? spec : String(JSON.stringify(spec));
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return tcpErrors.error('FRAMING_SPEC_INVALID', { spec: shown, reason }, cause);
}
