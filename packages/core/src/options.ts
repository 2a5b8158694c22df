import { z } from 'zod';
import { coreErrors } from './catalogue.ts';
import type { FairleadError } from './errors.ts';
import { issueWords } from './issue-words.ts';

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;
const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KB|KiB|MB|MiB|GB|GiB)$/;
const BYTES = { B: 1, KB: 1e3, KiB: 2 ** 10, MB: 1e6, MiB: 2 ** 20, GB: 1e9, GiB: 2 ** 30 } as const;

/** A duration as text or number: `'250ms'`, `'5s'`, `'2m'`, `'1h'`, `'1d'`, or a number of milliseconds. */
export type Duration = number | string;
/** A size as text or number: `'512B'`, `'64KiB'`, `'1MB'`, or a number of bytes. */
export type Size = number | string;

/** Schema of a {@link Duration}; its output is milliseconds. */
export const durationOption = z.union([z.number().nonnegative(), z.string()]).transform((value, context) => {
  const ms = typeof value === 'number' ? value : scaled(DURATION, MILLISECONDS, value);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: 'custom',
    message: 'expected a duration such as 250ms, 5s, 2m, 1h or a number of milliseconds',
  });
  return z.NEVER;
});

/** Schema of a {@link Size}; its output is a whole number of bytes. */
export const sizeOption = z.union([z.number().nonnegative(), z.string()]).transform((value, context) => {
  const size = typeof value === 'number' ? value : scaled(SIZE, BYTES, value);
  if (size !== undefined && Number.isInteger(size)) return size;
  context.addIssue({
    code: 'custom',
    message: 'expected a size such as 512B, 64KiB, 1MB or a number of bytes',
  });
  return z.NEVER;
});

/** Converts a {@link Duration} to milliseconds. Throws `OPTION_INVALID`. */
export function milliseconds(value: Duration, key = 'duration'): number {
  return parseOption(durationOption, value, key);
}

/** Converts a {@link Size} to bytes. Throws `OPTION_INVALID`. */
export function bytes(value: Size, key = 'size'): number {
  return parseOption(sizeOption, value, key);
}

function scaled<U extends string>(
  pattern: RegExp,
  units: Record<U, number>,
  text: string,
): number | undefined {
  const match = pattern.exec(text.trim());
  return match ? Number(match[1]) * units[match[2] as U] : undefined;
}

function parseOption<S extends z.ZodType>(schema: S, value: unknown, key: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw coreErrors.error('OPTION_INVALID', {
    key,
    where: '',
    reason: `${issueWords(result.error.issues[0] as z.core.$ZodIssue)}; got ${show(value)}.`,
  });
}

/**
 * Checks options against their schema. Use `z.strictObject`, so that unknown keys are found.
 * Throws `OPTION_UNKNOWN` with the most similar known key, or `OPTION_INVALID` with the allowed values.
 * @param where what the options belong to, for the message: `'connect()'`, `'fairlead.yaml'`
 */
export function parseOptions<S extends z.ZodType>(schema: S, input: unknown, where: string): z.output<S> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  throw optionError(schema, input, result.error, where);
}

/** Turns the first issue of a failed parse into an error of the catalogue. */
export function optionError(
  schema: z.ZodType,
  input: unknown,
  error: z.ZodError,
  where: string,
): FairleadError {
  const issue = deepest(error.issues[0] as z.core.$ZodIssue);
  const path = issue.path.map(String);
  const place = where === '' ? '' : ` of ${where}`;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] as string;
    const known = keysAt(schema, path);
    const near = nearest(key, known);
    const list = known.length > 0 ? `Known here: ${known.join(', ')}.` : 'No such key is known here.';
    const hint = near !== undefined ? `Did you mean "${near}"?` : list;
    return coreErrors.error('OPTION_UNKNOWN', { key: [...path, key].join('.'), where: place, hint });
  }
  if (issue.code === 'invalid_key') {
    const [first] = issue.issues;
    const reason = `${first && issueWords(first)}; got the key ${show(path.at(-1))}.`;
    return coreErrors.error('OPTION_INVALID', { key: path.slice(0, -1).join('.'), where: place, reason });
  }
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], input);
  const got = value === undefined ? '' : `; got ${show(value)}`;
  return coreErrors.error('OPTION_INVALID', {
    key: path.join('.') || 'options',
    where: place,
    reason: `${issueWords(issue)}${got}.`,
  });
}

/** For a failed union, the issue of the branch that matched furthest is the most useful. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors
    .map((branch) => branch[0])
    .filter((first) => first !== undefined)
    .map(deepest);
  const best = branches.sort((a, b) => b.path.length - a.path.length)[0];
  return best === undefined || best.path.length === 0
    ? issue
    : { ...best, path: [...issue.path, ...best.path] };
}

interface Schema {
  readonly shape?: Record<string, unknown>;
  readonly def?: {
    readonly innerType?: Schema;
    readonly in?: Schema;
    /** Of a record, of an array, and of a union. */
    readonly valueType?: Schema;
    readonly element?: Schema;
    readonly options?: readonly Schema[];
  };
}

/** The keys that a schema allows at a path. */
export function keysAt(schema: z.ZodType, path: readonly string[]): string[] {
  let at: Schema | undefined = schema as Schema;
  for (const key of path) {
    const inner = unwrap(at);
    at = (inner?.shape?.[key] as Schema | undefined) ?? inner?.def?.valueType ?? inner?.def?.element;
  }
  return Object.keys(unwrap(at)?.shape ?? {});
}

/** The schema inside optional, default and similar wrappers; for a union, its first object. */
function unwrap(schema: Schema | undefined): Schema | undefined {
  const { shape, def } = schema ?? {};
  if (schema === undefined || shape !== undefined) return schema;
  const inner = def?.innerType ?? def?.in;
  if (inner !== undefined) return unwrap(inner);
  const object = def?.options?.map(unwrap).find((option) => option?.shape ?? option?.def?.element);
  return object ?? schema;
}

/** The candidate with the fewest differences from `word`, if it is similar enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let distance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const d = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (d < distance) [best, distance] = [candidate, d];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
