/** Files of rules: YAML or JSON (which YAML contains), with mistakes told by line. */
import { codePage, isFairleadError, optionError } from '@fairlead/tcp';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { automationErrors } from '../catalogue.ts';
import { codecOf, connectionSchema, listenEndpointOf } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import { compileRules, type Mistake, type Path, placeOf, type Role } from './compile.ts';
import { unclosed } from './quotes.ts';
import { fileSchema, type RuleDefinition } from './schema.ts';
import type { RuleTree } from './tree.ts';

/** A mistake with its place in the text, both counted from 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  /** `rules[0].rules[1].check`, or empty for the text as a whole. */
  readonly path: string;
  readonly reason: string;
}

/** What a file of rules holds. */
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

/** Reads a file of rules. With `role` also what has no meaning there is a mistake. */
export function checkRules(text: string, role?: Role): CheckedRules {
  const { rulesFile, problems: most } = automationLimits.values;
  const whole = (reason: string) => ({ problems: [{ line: 1, column: 1, path: '', reason }] });
  if (Buffer.byteLength(text) > rulesFile) return whole(`the text is longer than ${rulesFile} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.slice(0, most).map((error) => {
        const { at, reason } = unclosed(document, error) ?? { at: error.pos[0], reason: error.message };
        const { line, col } = lines.linePos(at);
        return { line, column: col, path: '', reason: reason.replace(/\.$/, '') };
      }),
    };
  }
  // Aliases may stand for more than memory holds; yaml counts them and throws.
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return whole((error as Error).message);
  }
  const located = (mistakes: readonly Mistake[]) => ({
    problems: mistakes
      .map(({ path, reason }) => ({ ...place(document, lines, path), path: placeOf(path), reason }))
      .sort((a, b) => a.line - b.line || a.column - b.column),
  });
  if (typeof value !== 'object' || value === null)
    return whole('expected "rules:" and below it a list of rules');
  // A bare list is a tree too: what people try first.
  const isList = Array.isArray(value);
  const parsed = fileSchema.safeParse(isList ? { rules: value } : value);
  if (!parsed.success) {
    // A misspelt key explains why another is missing.
    const rank = ({ code }: z.core.$ZodIssue) => (code === 'unrecognized_keys' ? 0 : 1);
    const issues = parsed.error.issues.toSorted((a, b) => rank(a) - rank(b));
    return located(issues.map((issue) => asMistake(fileSchema, value, issue)));
  }
  const { rules, name, connection } = parsed.data;
  const { tree, mistakes = [] } = compileRules(rules, role, isList ? [] : ['rules']);
  const all = [...connectionMistakes(connection, role), ...mistakes];
  if (tree === undefined || all.length > 0) return located(all);
  return { file: { tree, rules: rules as RulesFile['rules'], name, connection } };
}

/** Reads a file of rules. Throws RULES_INVALID for the first mistake, with its line and how many there are. */
export function parseRules(text: string, role?: Role): RulesFile {
  const { file, problems } = checkRules(text, role);
  if (file !== undefined) return file;
  const { line, column, reason } = problems[0] as Problem;
  const place = `line ${line}, column ${column}`;
  throw automationErrors.error('RULES_INVALID', { place, reason, line, column, mistakes: problems.length });
}

/** What is wrong with the fields of a connection that stands in the file itself. */
function connectionMistakes(connection: unknown, role: Role | undefined): Mistake[] {
  if (typeof connection !== 'object') return [];
  const { success, data, error } = connectionSchema.safeParse(connection);
  const below = ({ path, reason }: Mistake) => ({ path: ['connection', ...path], reason });
  if (!success) return error.issues.map((issue) => below(asMistake(connectionSchema, connection, issue)));
  const looks: [field: string, look: () => unknown][] = [
    ['framing', () => codecOf(data)],
    ['codePage', () => codePage(data.codePage)],
  ];
  if (role === 'trigger') looks.push(['address', () => listenEndpointOf(data)]);
  return looks.flatMap(([field, look]) => {
    try {
      look();
      return [];
    } catch (cause) {
      if (!isFairleadError(cause)) throw cause;
      return [below({ path: [field], reason: cause.message.replace(/\.$/, '') })];
    }
  });
}

function asMistake(schema: z.ZodType, value: unknown, issue: z.core.$ZodIssue): Mistake {
  const { message } = optionError(schema, value, { issues: [issue] } as unknown as z.ZodError, '');
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return { path: [...path, ...key], reason: message.replace(/\.$/, '') };
}

/** Where the nearest thing on the way to `path` begins: the key where there is one, else the value. */
function place(document: Document, lines: LineCounter, path: Path): { line: number; column: number } {
  for (let depth = path.length; depth >= 0; depth--) {
    const above = depth === 0 ? undefined : document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(above)
      ? above.items.find(({ key }) => isScalar(key) && key.value === path[depth - 1])
      : undefined;
    const value = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    const node = pair === undefined ? value : pair.key;
    if (!isNode(node) || !node.range) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}
