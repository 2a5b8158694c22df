/** Files of rules: YAML or JSON, with the line of each mistake. */

import { type Mistake, type Problem, readYaml, schemaMistakes } from '@fairlead/yaml';
import { automationErrors } from '../catalogue.ts';
import { connectionMistakes } from '../connection/mistakes.ts';
import { parseConnection } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import { bodyMistakes } from './bodies.ts';
import { compileRules, type Role } from './compile.ts';
import { fileSchema, type RuleDefinition } from './schema.ts';
import type { RuleTree } from './tree.ts';

/** The content of a file of rules. */
export interface RulesFile {
  readonly tree: RuleTree;
  /** As written, checked. */
  readonly rules: readonly (RuleDefinition | 'receive')[];
  readonly name: string | undefined;
  /** Name of a saved connection, or its fields as written. */
  readonly connection: string | Readonly<Record<string, unknown>> | undefined;
}

export type CheckedRules =
  | { readonly file: RulesFile; readonly problems?: undefined }
  | { readonly file?: undefined; readonly problems: readonly Problem[] };

/** Reads a file of rules. With `role`, what has no meaning in that role is a mistake. */
export function checkRules(text: string, role?: Role): CheckedRules {
  const { yaml, problems } = readYaml(text, automationLimits.values.rulesFile);
  if (yaml === undefined) return { problems };
  const { file, mistakes } = checkTree(yaml.value, role);
  return file === undefined ? { problems: yaml.problems(mistakes) } : { file };
}

/** Reads a file of rules. Throws RULES_INVALID for the first mistake, with its line and how many there are. */
export function parseRules(text: string, role?: Role): RulesFile {
  const { file, problems } = checkRules(text, role);
  if (file !== undefined) return file;
  const { line, column, reason } = problems[0] as Problem;
  const place = `line ${line}, column ${column}`;
  throw automationErrors.error('RULES_INVALID', { place, reason, line, column, mistakes: problems.length });
}

/** Checks the parsed value of a file of rules. A bare list of rules is accepted too. */
export function checkTree(
  value: unknown,
  role?: Role,
):
  | { readonly file: RulesFile; readonly mistakes?: undefined }
  | { readonly file?: undefined; readonly mistakes: readonly Mistake[] } {
  if (typeof value !== 'object' || value === null)
    return { mistakes: [{ path: [], reason: 'expected "rules:" and below it a list of rules' }] };
  const isList = Array.isArray(value);
  if ('steps' in value && !('rules' in value))
    return { mistakes: [{ path: ['steps'], reason: 'a job has steps; here rules are expected' }] };
  const parsed = fileSchema.safeParse(isList ? { rules: value } : value);
  if (!parsed.success) return { mistakes: schemaMistakes(fileSchema, value, parsed.error) };
  const { rules, name, connection } = parsed.data;
  const { tree, mistakes = [] } = compileRules(rules, role, isList ? [] : ['rules']);
  const ofConnection =
    typeof connection === 'object' ? connectionMistakes(connection, role === 'trigger') : [];
  const all = [
    ...ofConnection.map(({ path, reason }) => ({ path: ['connection', ...path], reason })),
    ...mistakes,
  ];
  if (tree === undefined || all.length > 0) return { mistakes: all };
  const bodies = typeof connection === 'object' ? bodyMistakes(tree, parseConnection(connection)) : [];
  if (bodies.length > 0) return { mistakes: bodies };
  return { file: { tree, rules: rules as RulesFile['rules'], name, connection } };
}
