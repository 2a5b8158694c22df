/** Compiles rules to the tree that the engine walks. Collects all mistakes with their paths. */
import { nearest } from '@fairlead/core';
import { formatPath, type Mistake, type Path, schemaMistakes, yamlLimits } from '@fairlead/yaml';
import type { z } from 'zod';
import { LiteralError } from '../body/literal.ts';
import { checkFixed, hexTemplate, template } from '../body/template.ts';
import { automationErrors } from '../catalogue.ts';
import { keyFormat } from '../key-format.ts';
import { automationLimits } from '../limits.ts';
import { type Condition, condition, otherwise } from '../match/condition.ts';
import { conditionSchema } from '../match/schema.ts';
import { type Kind, kinds, ruleSchemas } from './schema.ts';
import { type Rule, RuleList, type RuleTree } from './tree.ts';

/** The tree, or what is wrong with it: never both. A tree for a task may not fire. */
type Compiled =
  | { readonly tree: RuleTree; readonly mistakes?: undefined }
  | { readonly tree?: undefined; readonly mistakes: readonly Mistake[] };

export type Role = 'task' | 'trigger';

/** Compiles a list of rules. With `role`, refuses what has no meaning in that role. */
export function compileRules(rules: unknown, role?: Role, path: Path = ['rules']): Compiled {
  const compiler = new Compiler(role);
  const list = compiler.list(rules, path, 0, false);
  const { mistakes, all } = compiler;
  if (mistakes.length > 0) return { mistakes };
  return { tree: { rules: list, size: all.length, all } };
}

/** Compiles a list of rules. Throws RULES_INVALID for the first mistake. */
export function compileTree(rules: unknown, role?: Role): RuleTree {
  const { tree, mistakes } = compileRules(rules, role);
  if (tree !== undefined) return tree;
  const { path, reason } = mistakes[0] as Mistake;
  throw automationErrors.error('RULES_INVALID', { place: `at ${formatPath(path)}`, reason });
}

class Compiler {
  readonly mistakes: Mistake[] = [];
  readonly all: Rule[] = [];
  #count = 0;
  /** Instructions of all regular expressions. */
  #patterns = 0;
  readonly #role: Role | undefined;

  constructor(role: Role | undefined) {
    this.#role = role;
  }

  list(value: unknown, path: Path, depth: number, hasMessage: boolean): RuleList {
    const { ruleDepth } = automationLimits.values;
    if (!Array.isArray(value))
      this.#mistake(path, 'a list of rules is expected, each line beginning with "-"');
    else if (depth > ruleDepth) this.#mistake(path, `rules are nested deeper than ${ruleDepth} levels`);
    else {
      const rules = value.map((item, at) => this.#rule(item, [...path, at], depth, hasMessage));
      return new RuleList(rules.filter((rule) => rule !== undefined));
    }
    return new RuleList([]);
  }

  #rule(item: unknown, path: Path, depth: number, hasMessage: boolean): Rule | undefined {
    const limits = automationLimits.values;
    if (this.mistakes.length >= yamlLimits.values.problems) return undefined;
    const index = this.#count++;
    if (index === limits.rules) this.#mistake(path, `the tree has more than ${limits.rules} rules`);
    if (index >= limits.rules) return undefined;
    const value = item === 'receive' ? { receive: null } : item;
    const kind = this.#kind(value, path);
    if (kind === undefined) return undefined;
    const parsed = ruleSchemas[kind].safeParse(value);
    if (!parsed.success) {
      this.#issues(ruleSchemas[kind], value, parsed.error, path);
      const { rules: below } = value as { rules?: unknown };
      if (Array.isArray(below)) this.list(below, [...path, 'rules'], depth + 1, true); // to report their mistakes
      return undefined;
    }
    if (kind === 'check' && !hasMessage)
      this.#mistake(path, 'a check tests the message of the rule above it; at the root there is none');
    this.all[index] = undefined as unknown as Rule; // reserves the index: rules below come after it
    const { rules = [] } = parsed.data;
    const children = this.list(rules, [...path, 'rules'], depth + 1, true);
    const rule = this.#attempt(path, () => this.#made(kind, parsed.data as never, index, path, children));
    if (rule !== undefined) this.all[index] = rule;
    return rule;
  }

  #kind(value: unknown, path: Path): Kind | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#mistake(path, 'a rule is expected: "send: TEXT", "receive:" or "check: ..."');
      return undefined;
    }
    const found = kinds.filter((kind) => kind in value);
    if (found.length === 1) return found[0];
    if (found.length > 1) this.#mistake(path, `a rule has one action; this one has ${found.join(' and ')}`);
    else {
      const near = Object.keys(value).find((key) => nearest(key, kinds) !== undefined);
      const hint = near === undefined ? '' : `; did you mean "${nearest(near, kinds)}" instead of "${near}"?`;
      this.#mistake(path, `a rule needs "send", "receive" or "check"${hint}`);
    }
    return undefined;
  }

  /** Reports one issue at a time, so that each mistake has the nearest key and the value that was found. */
  #issues(schema: z.ZodType, value: unknown, error: z.ZodError, path: Path): void {
    const unknown = error.issues.filter(({ code }) => code === 'unrecognized_keys');
    // A misspelt key is probably the cause of the other issues.
    const issues = unknown.length > 0 ? unknown : error.issues;
    for (const mistake of schemaMistakes(schema, value, { issues }))
      this.#mistake([...path, ...mistake.path], mistake.reason);
  }

  #made(kind: Kind, data: never, index: number, path: Path, children: RuleList): Rule | undefined {
    const { name, key, keyFormat: counts = false, fire = false, exit } = data as CommonData;
    if (fire && this.#role === 'task')
      throw new LiteralError('"fire" is for triggers; a task has nothing to fire');
    if (key !== undefined) checkFixed(key);
    const format = counts ? keyFormat(key ?? '') : undefined;
    if (counts && key === undefined) throw new LiteralError('"keyFormat" needs a "key"');
    if (counts && format === undefined)
      throw new LiteralError(
        `the key "${key}" is not a number format; write D2, X4 or a pattern of 0 and # such as MSG-000`,
      );
    const common = { index, path: formatPath(path), key, keyFormat: format, fire, exit, children };
    if (kind === 'send') {
      const { send, iterations = 1, delayBefore = 0, delayAfter = 0 } = data as SendData;
      const body = typeof send === 'string' ? template(send, 'body') : hexTemplate(send.hex);
      const made = `Send${times(iterations)} : ${shorten(body.source)}`;
      return { ...common, kind, name: name ?? made, body, iterations, delayBefore, delayAfter };
    }
    if (kind === 'receive') {
      const { receive, iterations = 1 } = data as ReceiveData;
      return {
        ...common,
        kind,
        name: name ?? `Receive${times(iterations)}`,
        iterations,
        timeout: timeout(receive),
      };
    }
    const { check, group = 0 } = data as CheckData;
    const asked = this.#condition(check, path);
    if (asked === undefined) return undefined;
    const made = `Check${group === 0 ? '' : ` (/${group})`} : ${asked.label}`;
    return { ...common, kind, name: name ?? made, condition: asked, group };
  }

  #condition(check: unknown, path: Path): Condition | undefined {
    if (check === 'otherwise') return otherwise;
    const at = [...path, 'check'];
    if (typeof check !== 'object' || check === null) {
      this.#mistake(at, 'a condition is expected, such as "equal: TEXT", or "otherwise"');
      return undefined;
    }
    const parsed = conditionSchema.safeParse(check);
    if (parsed.success) return this.#attempt(at, () => this.#counted(condition(parsed.data), at));
    this.#issues(conditionSchema, check, parsed.error, at);
    return undefined;
  }

  #counted(asked: Condition, path: Path): Condition {
    const { patternSizes } = automationLimits.values;
    this.#patterns += asked.expression?.pattern.size ?? 0;
    if (this.#patterns > patternSizes)
      this.#mistake(
        path,
        `the regular expressions up to here are too costly: they have more than ${patternSizes} instructions`,
      );
    return asked;
  }

  #attempt<T>(path: Path, make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof LiteralError)) throw error;
      this.#mistake(path, error.message);
      return undefined;
    }
  }

  #mistake(path: Path, reason: string): void {
    if (this.mistakes.length < yamlLimits.values.problems)
      this.mistakes.push({ path, reason: reason.replace(/\.$/, '') });
  }
}

type SendData = z.output<(typeof ruleSchemas)['send']>;
type ReceiveData = z.output<(typeof ruleSchemas)['receive']>;
type CheckData = z.output<(typeof ruleSchemas)['check']>;
type CommonData = Pick<SendData, 'name' | 'key' | 'keyFormat' | 'fire' | 'exit'>;

const times = (iterations: number): string =>
  iterations === Number.POSITIVE_INFINITY ? ' (*)' : iterations === 1 ? '' : ` (x${iterations})`;

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

/** As written: nothing or -1 for the connection's, 0 for until the socket closes. */
function timeout(value: number | null): number | undefined {
  if (value === null || value === -1) return undefined;
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}
