import {
  coreErrors,
  type FairleadError,
  isFairleadError,
  keysAt,
  nearest,
  parseOptions,
} from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import { type CodePage, codePage } from '../text/code-page.ts';
import type { Codec, Payload } from './codec.ts';
import { codecOfRules, type DetailedFrame, detailedCodecOfRules } from './spec/decoder.ts';

import { hintFor } from './spec/hints.ts';
import { type CompiledSpec, compileRule, type Rule } from './spec/rule.ts';
import {
  type FramingSpec,
  framingSpecSchema,
  type ParsedRule,
  type RuleKind,
  resyncSchema,
  ruleSchemas,
} from './spec/schema.ts';

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
 * Frames are `Buffer`s, or come with details. Throws `FRAMING_SPEC_INVALID` with the reason.
 */
export function parseFraming(framing: string | object, options: FramingOptions & Detailed): DetailedCodec;
export function parseFraming(framing: string | object, options?: FramingOptions): Codec<Buffer, Payload>;
export function parseFraming(
  framing: string | object,
  options: FramingOptions = {},
): Codec<Buffer, Payload> | DetailedCodec {
  return framingFromSpec(specOf(framing), options);
}

export interface FramingOptions {
  /** Which rules decode: those of what is received (default), or those of what this side sends. */
  readonly direction?: 'received' | 'sent';
  /**
   * Encoding of the text in frames, by any usual name: `line` finds the line ends of that encoding. Default: line ends are
   * the bytes 0d and 0a. Throws `CODE_PAGE_UNKNOWN`.
   */
  readonly encoding?: string | undefined;
  /** True: frames come with their offset, raw bytes, rule and check. Default false: as plain bytes. */
  readonly detailed?: boolean;
}

type Detailed = { readonly detailed: true };
type DetailedCodec = Codec<DetailedFrame, Payload>;

/**
 * The codec of a framing spec. It encodes by the rules of the other direction than it decodes.
 * Throws `FRAMING_SPEC_INVALID` with the rule, the key and the reason.
 */
export function framingFromSpec(spec: FramingSpec, options: FramingOptions & Detailed): DetailedCodec;
export function framingFromSpec(spec: FramingSpec, options?: FramingOptions): Codec<Buffer, Payload>;
export function framingFromSpec(
  spec: FramingSpec,
  { direction = 'received', detailed = false, encoding }: FramingOptions = {},
): Codec<Buffer, Payload> | DetailedCodec {
  const page = encoding === undefined ? undefined : codePage(encoding);
  const compiled = compileSpec(spec, page);
  const { rules, sent } = compiled;
  const turned = direction === 'received' ? compiled : { ...compiled, rules: sent, sent: rules };
  return detailed ? detailedCodecOfRules(turned) : codecOfRules(turned);
}

function specOf(framing: string | object): FramingSpec {
  if (typeof framing !== 'string') return framing as FramingSpec;
  const text = framing.trim();
  if (text.startsWith('{') || text.startsWith('[') || text.startsWith('"')) return fromJson(text);
  return { rules: [shorthand(text)] } as FramingSpec;
}

const timeoutSchema = framingSpecSchema.pick({ frameTimeout: true });
/** Keys that some rule has. */
const RULE_KEYS = Object.assign({}, ...Object.values(ruleSchemas).map(({ shape }) => shape)) as object;
const KEYS = Object.keys(framingSpecSchema.shape);

function compileSpec(spec: FramingSpec, page: CodePage | undefined): CompiledSpec {
  const parts: unknown = spec;
  if (typeof parts !== 'object' || parts === null || Array.isArray(parts))
    throw invalid(spec, `expected an object of the form {"rules": [...]}.${wrapHint(parts)}`);
  const { rules, sent, resync, frameTimeout, ...others } = parts as Record<string, unknown>;
  const stranger = Object.keys(others)[0];
  if (stranger !== undefined) {
    throw invalid(spec, `unknown key "${stranger}". ${unknownKeyHint(parts, stranger)}`);
  }
  const received = compileRules(spec, rules, 'rules', page);
  return {
    rules: received,
    sent: sent === undefined ? received : compileRules(spec, sent, 'sent', page),
    resync: resync === undefined ? undefined : compiled(spec, '"resync"', () => resyncMax(resync)),
    frameTimeout: compiled(spec, '', () => timeout(frameTimeout)),
  };
}

/** A rule, or a list of them, where a framing is expected. */
function wrapHint(parts: unknown): string {
  const rules = Array.isArray(parts) ? parts : [parts];
  const isRule = (one: unknown) => typeof one === 'object' && one !== null && 'kind' in one;
  if (!rules.some(isRule)) return '';
  return Array.isArray(parts)
    ? ' Write the list as {"rules": [...]}.'
    : ' A rule stands in a list: write {"rules": [{"kind": ...}]}.';
}

function unknownKeyHint(parts: object, key: string): string {
  const wrap = 'rules' in parts ? '' : wrapHint(parts);
  if (wrap !== '') return wrap.trim();
  if ('framing' in parts && !('rules' in parts)) return 'The framing itself is what stands under "framing".';
  const near = nearest(key, KEYS);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (Object.hasOwn(RULE_KEYS, key)) return `"${key}" is a key of a rule: write it in one of the "rules".`;
  return hintFor(key, KEYS) ?? `A framing has the keys ${KEYS.join(', ')}.`;
}

function resyncMax(resync: unknown): number {
  if (resync === null) throw new Error('expected {} or {"max": ...}, or leave it out');
  return parseOptions(resyncSchema, resync, '"resync"').max;
}

function timeout(frameTimeout: unknown): number | undefined {
  return parseOptions(timeoutSchema, { frameTimeout }, '').frameTimeout;
}

function compileRules(spec: unknown, rules: unknown, key: string, page: CodePage | undefined): Rule[] {
  if (!Array.isArray(rules) || rules.length === 0)
    throw invalid(spec, `"${key}" must be a list with at least one rule.`);
  if (rules.length > tcpLimits.values.framingRules)
    throw invalid(spec, `${rules.length} rules; there may be ${tcpLimits.values.framingRules}.`);
  const prefix = key === 'sent' ? 'sent ' : '';
  return checkedOrder(
    spec,
    rules.map((rule, i) =>
      parseRule(spec, rule, prefix + label(rule, i), (parsed) => compileRule(parsed, i, page)),
    ),
  );
}

function parseRule(spec: unknown, rule: unknown, where: string, compile: (rule: ParsedRule) => Rule): Rule {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
    throw invalid(spec, `${where} must be an object.`);
  const kind = (rule as { kind?: unknown }).kind;
  if (!KINDS.includes(kind as RuleKind)) throw invalid(spec, `${where}: ${unknownKind(kind)}`);
  const schema = ruleSchemas[kind as RuleKind];
  return compiled(spec, where, () => compile(parsedRule(schema, rule, where)));
}

/** Throws as `parseOptions` does; an unknown key that is a usual word elsewhere is told from a mistyped one. */
function parsedRule(schema: (typeof ruleSchemas)[RuleKind], rule: unknown, where: string): ParsedRule {
  try {
    return parseOptions(schema, rule, where) as ParsedRule;
  } catch (error) {
    if (!isFairleadError(error) || error.code !== 'OPTION_UNKNOWN') throw error;
    const { key, where: place } = error.details as { readonly key: string; readonly where: string };
    const path = key.split('.');
    const hint = hintFor(path.at(-1) as string, keysAt(schema, path.slice(0, -1)));
    throw hint === undefined ? error : coreErrors.error('OPTION_UNKNOWN', { key, where: place, hint }, error);
  }
}

/** What `make` returns; what it throws becomes the reason. */
function compiled<T>(spec: unknown, where: string, make: () => T): T {
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

function unknownKind(kind: unknown): string {
  if (kind === undefined) return `"kind" is missing; known: ${KINDS.join(', ')}.`;
  const near = typeof kind === 'string' ? nearest(kind, KINDS) : undefined;
  const hint = near === undefined ? `Known: ${KINDS.join(', ')}.` : `Did you mean "${near}"?`;
  return `unknown kind ${JSON.stringify(kind)}. ${hint}`;
}

/** A rule that matches anything leaves nothing to those after it. */
function checkedOrder(spec: unknown, rules: Rule[]): Rule[] {
  const all = rules.findIndex((rule) => rule.matcher === undefined && !rule.first && !rule.next);
  if (all >= 0 && all < rules.length - 1)
    throw invalid(spec, `rule ${all + 1} has no "match", so that rule ${all + 2} is never reached.`);
  if (rules.every((rule) => rule.first)) throw invalid(spec, 'every rule is for the first frame only.');
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
