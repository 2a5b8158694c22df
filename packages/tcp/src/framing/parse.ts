import { tcpErrors } from '../catalogue.ts';
import { type FairleadError, isFairleadError } from '../errors.ts';
import { tcpLimits } from '../limits.ts';
import { nearest, parseOptions } from '../options.ts';
import type { Codec, Payload } from './codec.ts';
import { codecOfRules } from './spec.ts';
import { compileRule, type Rule } from './spec-rule.ts';
import { type FramingSpec, type ParsedRule, type RuleKind, ruleSchemas } from './spec-schema.ts';

const KINDS = Object.keys(ruleSchemas) as RuleKind[];
/** Framings that a word says, and those that a word and a number say. */
const WORDS = ['raw', 'line', 'json', 'tp', 'fixed:N', 'length:N', 'raw:N', 'line:N'];

/**
 * The codec of a framing as people write it, the same everywhere: on the command line, in the API, in a configuration.
 *
 *     raw  raw:N         bytes as they arrive, in pieces of N at most
 *     line  line:N       text lines of N bytes at most
 *     fixed:N            N bytes each
 *     length:N           a big-endian length of N bytes before each frame
 *     json  tp           JSON values; packets of the official protocol
 *     {"rules": [...]}   a framing spec, as text or as an object
 *
 * Frames are `Buffer`s. Throws `FRAMING_SPEC_INVALID` with the reason.
 */
export function parseFraming(framing: string | object): Codec<Buffer, Payload> {
  if (typeof framing !== 'string') return framingFromSpec(framing as FramingSpec);
  const text = framing.trim();
  if (text.startsWith('{') || text.startsWith('[') || text.startsWith('"'))
    return framingFromSpec(fromJson(text));
  return framingFromSpec({ rules: [shorthand(text)] } as FramingSpec);
}

/** The codec of a framing spec. Throws `FRAMING_SPEC_INVALID` with the rule, the key and the reason. */
export function framingFromSpec(spec: FramingSpec): Codec<Buffer, Payload> {
  const parts: unknown = spec;
  if (typeof parts !== 'object' || parts === null || Array.isArray(parts))
    throw invalid(spec, 'expected an object of the form {"rules": [...]}.');
  const { rules, ...others } = parts as { rules?: unknown };
  const stranger = Object.keys(others)[0];
  if (stranger !== undefined)
    throw invalid(spec, `unknown key "${stranger}"; a framing has one key, "rules": a list of rules.`);
  if (!Array.isArray(rules) || rules.length === 0)
    throw invalid(spec, '"rules" must be a list with at least one rule.');
  if (rules.length > tcpLimits.values.framingRules)
    throw invalid(spec, `${rules.length} rules; there may be ${tcpLimits.values.framingRules}.`);
  return codecOfRules(
    checkedOrder(
      spec,
      rules.map((rule, i) => parseRule(spec, rule, i)),
    ),
  );
}

function parseRule(spec: unknown, rule: unknown, index: number): Rule {
  const where = label(rule, index);
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
    throw invalid(spec, `${where} must be an object.`);
  const kind = (rule as { kind?: unknown }).kind;
  if (!KINDS.includes(kind as RuleKind)) throw invalid(spec, `${where}: ${unknownKind(kind)}`);
  try {
    return compileRule(parseOptions(ruleSchemas[kind as RuleKind], rule, where) as ParsedRule);
  } catch (error) {
    if (isFairleadError(error)) throw invalid(spec, error.message, error);
    throw invalid(spec, `${where}: ${(error as Error).message}.`, error);
  }
}

function label(rule: unknown, index: number): string {
  const name = (rule as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? `rule ${index + 1} ("${name}")` : `rule ${index + 1}`;
}

function unknownKind(kind: unknown): string {
  if (kind === undefined) return `"kind" is missing; known: ${KINDS.join(', ')}.`;
  const near = typeof kind === 'string' ? nearest(kind, KINDS) : undefined;
  const hint = near === undefined ? `Known: ${KINDS.join(', ')}.` : `Did you mean "${near}"?`;
  return `unknown kind ${JSON.stringify(kind)}. ${hint}`;
}

/** A rule that matches anything leaves nothing to those after it. */
function checkedOrder(spec: unknown, rules: Rule[]): Rule[] {
  const all = rules.findIndex((rule) => rule.matcher === undefined);
  if (all >= 0 && all < rules.length - 1)
    throw invalid(spec, `rule ${all + 1} has no "match", so that rule ${all + 2} is never reached.`);
  if (rules.every((rule) => rule.discard))
    throw invalid(spec, 'every rule discards, so that no frame would come out.');
  if (rules.filter((rule) => rule.send).length > 1) throw invalid(spec, 'more than one rule says "send".');
  if (rules.some((rule) => rule.send && rule.discard))
    throw invalid(spec, 'a rule that discards cannot "send".');
  return rules;
}

function fromJson(text: string): FramingSpec {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(text, `not valid JSON: ${(error as Error).message}.`, error);
  }
}

function shorthand(text: string): object {
  const [word, number, ...rest] = text.split(':');
  const known = WORDS.filter((form) => form.split(':')[0] === word);
  const form = known.find((candidate) => candidate.includes(':') === (number !== undefined));
  if (form === undefined || rest.length > 0) throw invalid(text, unknownWord(text, word as string, known));
  if (number === undefined) return { kind: word };
  if (!/^[1-9]\d{0,14}$/.test(number))
    throw invalid(text, `expected a whole number above 0 after "${word}:".`);
  const n = Number(number);
  if (word === 'length' && n > 8) throw invalid(text, 'a length field has 1 to 8 bytes.');
  return word === 'fixed' || word === 'length' ? { kind: word, size: n } : { kind: word, max: n };
}

function unknownWord(text: string, word: string, known: readonly string[]): string {
  if (known.length > 0) return `write ${known.join(' or ')}.`;
  const names = [...new Set(WORDS.map((form) => form.split(':')[0] as string))];
  const near = text === '' ? undefined : nearest(word, names);
  const forms = WORDS.filter((form) => form.split(':')[0] === near);
  if (forms.length > 0) return `did you mean ${forms.join(' or ')}?`;
  return `${text === '' ? 'it is empty; ' : ''}known: ${WORDS.join(', ')}, {"rules": [...]}.`;
}

function invalid(spec: unknown, reason: string, cause?: unknown): FairleadError {
  const text = typeof spec === 'string' ? spec : String(JSON.stringify(spec));
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return tcpErrors.error('FRAMING_SPEC_INVALID', { spec: shown, reason }, cause);
}
