import { optionError } from '@fairlead/core';
import type { z } from 'zod';
import { formatPath, MAX_MISTAKES, type Mistake, type Path } from './path.ts';

/** The findings of a schema as mistakes, each with the nearest known key and the value that was found. */
export function schemaMistakes(
  schema: z.ZodType,
  value: unknown,
  { issues: all }: Pick<z.ZodError, 'issues'>,
): Mistake[] {
  const issues = all.slice(0, MAX_MISTAKES);
  const unknown = issues
    .filter(({ code }) => code === 'unrecognized_keys')
    .map(({ path }) => formatPath(pathOf(path)));
  return issues.flatMap((issue) => {
    const path = pathOf(issue.path);
    if (issue.code === 'unrecognized_keys')
      return issue.keys
        .slice(0, MAX_MISTAKES)
        .flatMap((key) => mistake(schema, value, { ...issue, keys: [key] }, [...path, key]));
    if (issue.code === 'custom' && path.length === 0) return [{ path, reason: issue.message }];
    const met = valueAt(value, path);
    if (issue.code !== 'invalid_type' || met !== undefined) {
      const told = mistake(schema, value, issue, path);
      return [{ path, reason: told.reason + adviceOn(issue, met) }];
    }
    // A misspelt key beside it explains the missing one.
    const above = path.slice(0, -1);
    return unknown.includes(formatPath(above)) ? [] : [{ path, reason: `"${path.at(-1)}" is missing` }];
  });
}

/** A hint where YAML reads a value differently than people expect. */
function adviceOn(issue: z.core.$ZodIssue, met: unknown): string {
  if (issue.code !== 'invalid_type') return '';
  const isPlural = ['array', 'object', 'record'].includes(issue.expected);
  if (met === null && isPlural) return ': put its content on the lines below, indented further';
  const isPlain = typeof met === 'number' || typeof met === 'boolean';
  return issue.expected === 'string' && isPlain ? '; put quotes around it' : '';
}

const pathOf = (path: readonly PropertyKey[]): Path => path.filter((part) => typeof part !== 'symbol');

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);

function mistake(schema: z.ZodType, value: unknown, issue: z.core.$ZodIssue, path: Path): Mistake {
  const { message, details } = optionError(schema, value, { issues: [issue] } as unknown as z.ZodError, '');
  const long = String(details.key);
  const parts = long.split('.');
  // For a union, the branch that got furthest is reported, which may be deeper.
  const at =
    issue.code === 'invalid_union' ? parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part)) : path;
  // The position is known: the last key is enough.
  const short = parts.findLast((part) => !/^\d+$/.test(part)) ?? long;
  return { path: at, reason: message.replace(`"${long}"`, `"${short}"`).replace(/\.$/, '') };
}
