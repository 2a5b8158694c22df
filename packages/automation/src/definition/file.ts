/** Definitions as files, YAML or JSON: one, or a list of them under their names. Mistakes are reported with their line. */
import { issueWords } from '@fairlead/core';
import {
  type Mistake,
  type Path,
  type Problem,
  readYaml,
  schemaMistakes,
  type YamlText,
} from '@fairlead/yaml';
import { connectionMistakes } from '../connection/mistakes.ts';
import { nameSchema } from '../connection/schema.ts';
import { jobMistakes } from '../job/mistakes.ts';
import { jobSchema } from '../job/schema.ts';
import { automationLimits } from '../limits.ts';
import type { DefinitionKind } from '../ports.ts';
import { checkTree } from '../rules/parse.ts';
import { MASK, maskIn } from '../secret/mask.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The content of a file and its text, or its problems. */
export type CheckedFile<T> =
  | { readonly found: T; readonly yaml: YamlText; readonly problems?: undefined }
  | { readonly found?: undefined; readonly yaml?: undefined; readonly problems: readonly Problem[] };

/** A definition in a list, with the place of its fields in the file. */
export interface Entry {
  readonly name: string;
  readonly fields: Fields;
  readonly path: Path;
}

/** Reads the fields of one definition. Does not check references to other definitions. */
export function checkFile(kind: DefinitionKind, text: string, now: number): CheckedFile<Fields> {
  const { yaml, problems } = readYaml(text, automationLimits.values.rulesFile);
  if (yaml === undefined) return { problems };
  const mistakes = mistakesIn(kind, yaml.value, now);
  if (mistakes.length > 0) return { problems: yaml.problems(mistakes) };
  return { found: bare(yaml.value as Fields), yaml };
}

/** Reads a list of definitions, as it was exported, or a single one; each has its name. */
export function checkList(kind: DefinitionKind, text: string, now: number): CheckedFile<readonly Entry[]> {
  const { yaml, problems } = readYaml(text);
  if (yaml === undefined) return { problems };
  const isList = Array.isArray(yaml.value);
  const all = [yaml.value].flat().map((value, at) => ({ value, path: isList ? [at] : [] }));
  const mistakes = all.flatMap(({ value, path }) => {
    const inside = [...nameMistakes(kind, value), ...mistakesIn(kind, value, now)];
    return inside.map((mistake) => ({ ...mistake, path: [...path, ...mistake.path] }));
  });
  const names = new Set<unknown>();
  for (const { path, value } of all) {
    if (!isFields(value) || value.name === undefined) continue;
    if (names.has(value.name))
      mistakes.push({ path: [...path, 'name'], reason: `two ${kind}s are called "${value.name}"` });
    names.add(value.name);
  }
  if (mistakes.length > 0) return { problems: yaml.problems(mistakes) };
  const entries = all.map(({ value, path }) => {
    const { name, ...fields } = value as { name: string };
    return { name, fields: bare(fields), path };
  });
  return { found: entries, yaml };
}

function nameMistakes(kind: DefinitionKind, value: unknown): Mistake[] {
  if (!isFields(value)) return []; // reported anyway
  if (value.name === undefined) return [{ path: [], reason: `this ${kind} has no "name"` }];
  const [issue] = nameSchema.safeParse(value.name).error?.issues ?? [];
  return issue === undefined ? [] : [{ path: ['name'], reason: issueWords(issue) }];
}

function mistakesIn(kind: DefinitionKind, value: unknown, now: number): Mistake[] {
  const mask = maskIn(value);
  if (mask !== undefined) {
    const reason = `"${MASK}" replaces a text: the definition was shown or exported without --secrets`;
    return [{ path: mask, reason }];
  }
  if (!isFields(value)) return [{ path: [], reason: `a ${kind} is expected: fields, "name: value" each` }];
  const fields = bare(value);
  if (kind === 'connection') return connectionMistakes(fields, false);
  if (kind === 'job') {
    if ('rules' in fields && !('steps' in fields))
      return [{ path: ['rules'], reason: 'rules belong to a task or trigger; a job has steps' }];
    const parsed = jobSchema.safeParse(fields);
    return parsed.success ? jobMistakes(parsed.data, now) : schemaMistakes(jobSchema, fields, parsed.error);
  }
  const mistakes = [...(checkTree(fields, kind).mistakes ?? [])];
  if (fields.connection === undefined) mistakes.push({ path: [], reason: '"connection" is missing' });
  if (kind === 'task' && fields.enabled !== undefined)
    mistakes.push({ path: ['enabled'], reason: '"enabled" is for triggers' });
  return mistakes;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Removes the keys that are not fields: the name, the schema for editors, time and revision of the last change. */
function bare(all: Fields): Fields {
  const { name: _name, $schema: _schema, changedAt: _changedAt, revision: _revision, ...fields } = all;
  return fields;
}
